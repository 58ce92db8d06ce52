// The least rights that reading and changing need, as manifests made from the tables of what is read and changed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kube/resource.hpp"

namespace salve::kube {

// YAML for `kubectl apply -f -`. Without namespaces: one ClusterRole that reads everything everywhere. With namespaces:
// a Role in each, and a ClusterRole for what belongs to no namespace (nodes, volumes, classes, webhooks, API services,
// the kube-system uid). No Secrets, no ConfigMaps, no exec, no proxy, no writes (TAXONOMY 3.6).
std::string reader_manifest(const std::vector<std::string>& namespaces);

struct NamedObject {
    Resource resource = Resource::deployments;
    std::string name;
};
// "deployments/web", the plural as kubectl writes it. Error(usage) for another shape, an invalid name, or a kind whose
// changes cannot be limited to names.
NamedObject parse_named_object(std::string_view word);

// What the remediator is to be.
struct RemediatorRole {
    std::vector<std::string> namespaces;
    bool statefulsets = false;  // restarts of StatefulSets are off by default
    // Not empty: only these may be patched. A kind without a name in it loses get and patch (the reader still gets it);
    // pods and new Jobs have names that nobody knows before, and stay.
    std::vector<NamedObject> names;
};

// One Role a namespace, beside the reader's, which it builds on. No update, no Secrets, no ConfigMaps, no exec, no
// escalate, bind or impersonate. Error(usage) without a namespace, for one that is invalid or the system's, and for a
// name of a StatefulSet without `statefulsets`.
std::string remediator_manifest(const RemediatorRole& role);

// The floor on the server (SAFETY 3.1), for Kubernetes 1.30 and later: a ValidatingAdmissionPolicy and its binding that
// deny the service account every write but those of the Role, whatever rights it was given. Admission sees writes, not
// reads. Errors as remediator_manifest; also for a service account that is not "NAMESPACE/NAME".
std::string remediator_policy(const RemediatorRole& role, std::string_view service_account);

}  // namespace salve::kube
