// Pods that the kubelet refused to admit (TAXONOMY 1.3; pkg/kubelet/lifecycle/predicate.go, kubelet.go rejectPod).
#include <fmt/format.h>

#include "diagnose/build.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.node-rejected",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The kubelet of the chosen node refused to run the pod.",
     .needs = "status.phase Failed and an admission reason in status.reason (OutOfcpu, NodeAffinity, "
              "UnexpectedAdmissionError, ...), or a message that begins with \"Pod was rejected\"",
     .not_when = "evictions (pod.evicted.*) and shutdowns of the node (pod.node-shutdown); low when the owner has all "
                 "its pods ready again",
     .advice = "A rejected pod never runs again: it must be replaced. spec.nodeName passes the scheduler by; use a "
               "nodeSelector instead, and requests that fit the node."},
};

std::string why(const Pod& pod) {
    std::string_view message = pod.message;
    for (const std::string_view prefix : {"Pod was rejected: ", "Pod "})
        if (message.starts_with(prefix)) {
            message.remove_prefix(prefix.size());
            break;
        }
    return message.empty() ? pod.reason.str() : fmt::format("{}: {}", pod.reason, tail_of(message));
}

bool is_replaced(const kube::Owner& owner) {
    const auto desired = owner.desired(), ready = owner.ready();
    return !owner.is_pod && desired && ready && *ready >= *desired;
}

Finding rejected(const World& world, const Pod& pod) {
    auto finding = pod_finding(world, modes[0], pod);
    const auto& owner = world.owner(pod);
    if (pod.reason.starts_with("OutOf")) finding.category = Category::scheduling_resources;
    finding.summary =
        fmt::format("node {} rejected the pod ({})", pod.spec.node_name.empty() ? "?" : pod.spec.node_name, why(pod));
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::status, pod.message.empty() ? "status.reason" : "status.message",
                   pod.message.empty() ? pod.reason.str() : fmt::format("{}: {}", pod.reason, pod.message)));
    for (const auto* event : world.events(pod))
        if (!pod.reason.empty() && event->reason == pod.reason) {
            finding.evidence.push_back(from_event(*event));
            finding.last_seen = event->last;
        }
    if (is_replaced(owner)) {
        finding.severity = Severity::low;
        finding.summary += "; its owner has all its pods ready again, only the Failed pod is left";
        finding.actions.emplace_back("pod.cleanup-failed");
    } else if (owner.is_pod) {
        finding.advice.emplace_back(
            "The pod has no controller: nothing will replace it. Delete it and create it anew.");
    }
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled())
        if (ending_of(*pod) == Ending::rejected) findings.push_back(rejected(world, *pod));
    return findings;
}

}  // namespace

extern const Rule node_rejection;
const Rule node_rejection = {.id = "node_rejection", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
