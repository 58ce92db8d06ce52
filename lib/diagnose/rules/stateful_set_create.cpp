// TAXONOMY 1.10: pods and claims that a StatefulSet may not create. Events of pkg/controller/statefulset/
// stateful_pod_control.go: "create Claim C for Pod P in StatefulSet S failed error: TEXT" and "create Pod P in
// StatefulSet S failed error: TEXT"; a StatefulSet has no condition that would keep the text.
#include <fmt/format.h>
#include <re2/re2.h>

#include "diagnose/containers.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Workload;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "sts.failed-create",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "A StatefulSet cannot create a pod or the claim of a pod.",
     .needs = "An event FailedCreate of the last 20 minutes about a pod that does not exist now.",
     .not_when = "The text is a refusal that ctrl.failed-create.* names (quota, policy, webhook, ServiceAccount, "
                 "LimitRange, priority or runtime class, an invalid pod), or the pod has been created since.",
     .advice = "Read the error: it names the object that is refused and why; correct volumeClaimTemplates or the "
               "template. The StatefulSet tries again by itself."},
};

// The controller's longest pause between two tries is 1000 s (client-go util/workqueue default rate limiter).
constexpr auto retry_window = base::minutes(20);

// What other rules read out of every controller's FailedCreate.
bool is_named_refusal(const std::string& text) {
    static const RE2 named(
        R"((?i)exceeded quota|failed quota|violates PodSecurity|admission webhook|failed calling webhook|)"
        R"(ValidatingAdmissionPolicy|error looking up service account|(?:minimum|maximum) \S+ (?:usage )?per |)"
        R"(no PriorityClass|RuntimeClass|Pod "[^"]*" is invalid)");
    return RE2::PartialMatch(text, named);
}

struct Failure {
    const kube::Event* event = nullptr;
    std::string claim, pod, text;
};

// The newest failure of a pod that is still absent; one of a claim says more than the pod's that follows from it.
Failure failure_of(const World& world, const Workload& set) {
    static const RE2 text(R"((?s)^create (?:Claim (\S+) for )?Pod (\S+) in StatefulSet \S+ failed error: (.*))");
    Failure out;
    for (const auto* event : world.events(set.meta.uid)) {
        if (event->reason != "FailedCreate" || world.now() - event->last > retry_window) continue;
        Failure one{event, "", "", ""};
        if (!RE2::PartialMatch(event->message, text, &one.claim, &one.pod, &one.text)) continue;
        if (is_named_refusal(one.text) || !world.pod(set.meta.ns, one.pod).absent()) continue;
        if (!out.event || !one.claim.empty() || out.claim.empty()) out = std::move(one);
    }
    return out;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* set : world.workloads()) {
        if (set->meta.kind != "StatefulSet" || set->meta.deleted || set->desired <= set->replicas) continue;
        const auto failure = failure_of(world, *set);
        if (!failure.event) continue;
        auto finding = object_finding(modes[0], set->meta.ref());
        finding.confidence = Confidence::probable;
        finding.evidence.push_back(from_event(*failure.event));
        finding.evidence.push_back(from_field(set->meta.ref(), Source::status, "status.replicas",
                                              fmt::format("replicas: {} of {}", set->replicas, set->desired)));
        finding.affected.push_back({{"v1", "Pod", set->meta.ns, failure.pod, ""}, ""});
        if (!failure.claim.empty())
            finding.affected.push_back({{"v1", "PersistentVolumeClaim", set->meta.ns, failure.claim, ""}, ""});
        finding.first_seen = failure.event->first;
        const auto what = failure.claim.empty() ? "pod " + failure.pod
                                                : fmt::format("claim {} of pod {}", failure.claim, failure.pod);
        finding.summary = fmt::format("StatefulSet {} has {} of {} pods: {} cannot be created: {}.", set->meta.name,
                                      set->replicas, set->desired, what, excerpt(failure.text, 400));
        out.push_back(std::move(finding));
    }
    return out;
}

}  // namespace

extern const Rule stateful_set_create;
const Rule stateful_set_create{.id = "stateful_set_create", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
