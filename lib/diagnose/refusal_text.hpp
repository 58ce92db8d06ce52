// Reading of the texts with which the API server refuses what a controller wants to create. The same text stands in a
// ReplicaFailure condition and, behind the controller's own words, in FailedCreate events.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace salve::diagnose {

enum class RefusalCause {
    quota,        // more than a ResourceQuota has left
    quota_unset,  // a ResourceQuota counts what the pod does not state
    psa,
    webhook_denied,  // also ValidatingAdmissionPolicy and the image policy webhook
    webhook_down,
    serviceaccount,
    limitrange,
    priorityclass,
    runtimeclass,
    invalid,
    terminating,  // the namespace is being deleted: not the controller's fault, and no mode of a workload
    other,
};

// One resource of "exceeded quota: Q, requested: R=x, used: R=y, limited: R=z".
struct QuotaAmount {
    std::string resource, requested, used, limited;
    bool operator==(const QuotaAmount&) const = default;
};

struct Refusal {
    RefusalCause cause = RefusalCause::other;
    std::string text;   // the API server's words, without the made-up name of the pod
    std::string name;   // of the quota, webhook, policy, ServiceAccount, PriorityClass or RuntimeClass; may be empty
    std::string about;  // StatefulSets say which object they wanted: its name, else empty
    bool about_claim = false;          // that object is a PersistentVolumeClaim, not a Pod
    std::string service_ns, service;   // a webhook that could not be called: its backend, when the text has it
    std::vector<QuotaAmount> amounts;  // RefusalCause::quota
};

Refusal parse_refusal(std::string_view message);

// "ctrl.failed-create.quota"; empty for terminating.
std::string_view mode_id(RefusalCause cause);

}  // namespace salve::diagnose
