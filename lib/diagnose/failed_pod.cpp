#include "diagnose/failed_pod.hpp"

#include <algorithm>

#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::Owner;
using kube::Pod;
using kube::World;

// Reasons of kubelets of all ages; OutOf<resource> is matched by its prefix (pkg/kubelet/lifecycle/predicate.go).
constexpr std::string_view rejections[] = {
    "AppArmor",           "InitContainerRestartPolicyForbidden",
    "InvalidNodeInfo",    "NodeAffinity",
    "NodeName",           "NodePorts",
    "NodeUnschedulable",  "SupplementalGroupsPolicyNotSupported",
    "PodOSNotSupported",  "PodOSSelectorNodeLabelDoesNotMatch",
    "SysctlForbidden",    "TaintToleration",
    "UnknownReason",      "TopologyAffinityError",
    "HostName",           "UnexpectedPredicateFailureType",
    "PodFitsHostPorts",   "UnexpectedAdmissionError",
    "MatchNodeSelector",  "PodLevelResourcesNotAdmittedReason",
    "PodFeatureDisabled",
};

// pkg/kubelet/nodeshutdown/nodeshutdown_manager.go; "Shutdown" and "Node is shutting, evicting pods" before 1.22.
bool is_node_shutdown(const Pod& pod) {
    return pod.reason == "NodeShutdown" || pod.reason == "Shutdown" ||
           (pod.reason == "Terminated" && pod.message.find("node shutdown") != std::string::npos);
}

bool is_rejected(const Pod& pod) {
    return pod.reason.starts_with("OutOf") || pod.message.starts_with("Pod was rejected") ||
           std::find(std::begin(rejections), std::end(rejections), pod.reason) != std::end(rejections);
}

}  // namespace

std::optional<Ending> ending_of(const Pod& pod) {
    if (pod.phase != "Failed" || pod.meta.deleted) return std::nullopt;
    if (pod.reason == "Evicted") return Ending::evicted;
    if (pod.reason == "Preempting") return Ending::preempted;
    if (is_node_shutdown(pod)) return Ending::node_shutdown;
    return is_rejected(pod) ? Ending::rejected : Ending::other;
}

kube::Time ended_at(const World& world, const Pod& pod) {
    auto at = pod.meta.created;
    for (const auto* type : {"DisruptionTarget", "Ready"})
        if (const auto* condition = kube::find_condition(pod.conditions, type); condition && condition->last_transition)
            at = std::max(at, *condition->last_transition);
    for (const auto& status : pod.statuses)
        if (status.state.terminated && status.state.terminated->finished)
            at = std::max(at, *status.state.terminated->finished);
    for (const auto* event : world.events(pod))
        if (event->reason == pod.reason) at = std::max(at, event->last);
    return at;
}

bool is_well(const Owner& owner) {
    const auto* workload = owner.workload;
    return workload && kube::is_observed(*workload) && workload->ready >= workload->desired;
}

bool has_old_template(const World& world, const Pod& pod) {
    const auto& owner = world.owner(pod);
    const auto* controller = pod.meta.controller();
    if (!owner.workload || !controller) return false;
    if (owner.workload->meta.kind == "Deployment") {
        const auto sets = world.replica_sets_of(*owner.workload);
        return !sets.empty() && sets.front()->meta.uid != controller->uid;
    }
    const auto hash = pod.meta.labels.find("controller-revision-hash");
    const auto& wanted = owner.workload->update_revision;
    return hash != pod.meta.labels.end() && !wanted.empty() && hash->second != wanted;
}

bool evictions_are_over(const World& world, const Owner& owner) {
    if (!is_well(owner)) return false;
    const auto pods = world.pods_of(owner.ref);
    return std::none_of(pods.begin(), pods.end(), [&](const Pod* pod) {
        return ending_of(*pod) == Ending::evicted && !has_old_template(world, *pod) &&
               world.now() - ended_at(world, *pod) <= restart_window;
    });
}

}  // namespace salve::diagnose
