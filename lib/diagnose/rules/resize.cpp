// TAXONOMY 1.7: an in-place resize of a pod (Kubernetes 1.33) that the kubelet cannot carry out.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.resize.infeasible",
     .category = Category::scheduling_resources,
     .severity = Severity::low,
     .summary = "The node can never give a pod the resources that a resize asks for, or setting them failed.",
     .needs = "Condition PodResizePending with reason Infeasible, or PodResizeInProgress with reason Error.",
     .not_when = "The resize is merely deferred or under way.",
     .advice = "Ask for less, or let the pod be created anew on a larger node; it keeps its old resources meanwhile."},
    {.id = "pod.resize.deferred",
     .category = Category::scheduling_resources,
     .severity = Severity::low,
     .summary = "The node has no room now for the resources that a pod's resize asks for.",
     .needs = "Condition PodResizePending with reason Deferred for more than a minute.",
     .not_when = "It has just been asked for.",
     .advice = "The kubelet tries again when other pods leave the node; to have it sooner, free resources there or let "
               "the pod be created anew elsewhere."},
};

std::optional<Finding> judge(const World& world, const Pod& pod, const kube::Condition& condition) {
    const bool pending = condition.type == "PodResizePending", progress = condition.type == "PodResizeInProgress";
    if (condition.status != "True" || (!pending && !progress)) return std::nullopt;
    const bool deferred = pending && condition.reason == "Deferred";
    const bool infeasible = (pending && condition.reason == "Infeasible") || (progress && condition.reason == "Error");
    if (!deferred && !infeasible) return std::nullopt;
    if (deferred && condition.last_transition && world.now() - *condition.last_transition < pending_grace)
        return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, deferred ? "pod.resize.deferred" : "pod.resize.infeasible"), pod);
    finding.evidence.push_back(from_condition(pod.meta.ref(), condition));
    finding.summary = fmt::format("The resize of pod {} is not done ({}) on node {}: {}.", pod.meta.name,
                                  condition.reason, pod.spec.node_name,
                                  condition.message.empty() ? "the kubelet gives no text" : excerpt(condition.message));
    finding.first_seen = condition.last_transition;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled())
        for (const auto& condition : pod->conditions)
            if (auto finding = judge(world, *pod, condition)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule resize;
const Rule resize{.id = "resize", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
