// TAXONOMY 1.8: pods that somebody ends on purpose, or whose node is gone. Condition texts: pkg/registry/core/pod/
// storage/eviction.go, pkg/controller/podgc/gc_controller.go, pkg/kubelet/nodeshutdown/nodeshutdown_manager.go.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/node_health.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.evicted.api",
     .category = Category::eviction,
     .severity = Severity::info,
     .summary = "The pod is being evicted through the eviction API: a drain, an autoscaler or an operator moves it.",
     .needs =
         "Condition DisruptionTarget with reason EvictionByEvictionAPI, and an owner that has fewer ready pods than "
         "it wants, or none.",
     .not_when = "The owner has all its pods ready: moving pods is normal work.",
     .advice = "Nothing to repair here: find out who drains the node if the workload is short of pods for long."},
    {.id = "pod.gc",
     .category = Category::node,
     .severity = Severity::info,
     .summary = "The pod is removed because the Node object that it was bound to no longer exists.",
     .needs = "Condition DisruptionTarget with reason DeletionByPodGC, and an owner that has fewer ready pods than it "
              "wants, or none.",
     .not_when = "The owner has all its pods ready again.",
     .advice = "A node was taken out of the cluster without being drained; its pods are made anew by their owners."},
    {.id = "pod.node-shutdown",
     .category = Category::node,
     .severity = Severity::low,
     .summary = "The pod was ended, or refused, because its node was shutting down.",
     .needs = "phase Failed with status.reason Terminated and \"in response to imminent node shutdown\", or reason "
              "NodeShutdown.",
     .not_when = "The pod's Job has succeeded since.",
     .advice =
         "A controller has made another pod; the Failed one can be deleted. Drain a node before it is shut down."},
    {.id = "pod.lost",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "Nobody knows how the pod is: its node stopped answering.",
     .needs = "phase Unknown, or status.reason NodeLost.",
     .not_when = "It has been deleted and cannot go (pod.terminating.node-dead).",
     .advice = "Repair the node, or make sure that the machine is off and delete the Node object; the pod is made anew "
               "elsewhere by its owner, if it has one."},
};

bool is_short(const kube::Owner& owner) { return owner.is_pod || (owner.workload && !is_well(owner)); }

// The mode of the condition's reason, or nothing.
std::string_view disruption_mode(const Pod& pod) {
    const auto* target = kube::find_condition(pod.conditions, "DisruptionTarget");
    if (!target || target->status != "True") return "";
    if (target->reason == "EvictionByEvictionAPI") return "pod.evicted.api";
    return target->reason == "DeletionByPodGC" ? "pod.gc" : "";
}

// Beyond its grace period the pod is stuck, which is another mode.
bool is_overdue(const World& world, const Pod& pod) {
    return pod.meta.deleted && world.now() - *pod.meta.deleted > terminating_grace;
}

std::optional<Finding> disrupted(const World& world, const Pod& pod) {
    const auto id = disruption_mode(pod);
    if (id.empty() || pod.phase == "Succeeded" || is_overdue(world, pod) || !is_short(world.owner(pod)))
        return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, id), pod);
    const auto* target = kube::find_condition(pod.conditions, "DisruptionTarget");
    finding.evidence.push_back(from_condition(pod.meta.ref(), *target));
    finding.summary =
        fmt::format("Pod {} is being removed from node {}: {}.", pod.meta.name, pod.spec.node_name,
                    excerpt(target->message.empty() ? target->reason.str() : target->reason + ": " + target->message));
    finding.first_seen = target->last_transition;
    return finding;
}

std::optional<Finding> shut_down(const World& world, const Pod& pod) {
    if (ending_of(pod) != Ending::node_shutdown) return std::nullopt;
    const auto& owner = world.owner(pod);
    if (!owner.workload && superseded(world, pod)) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.node-shutdown"), pod);
    finding.summary = fmt::format("Pod {} ended with its node {}: {}", pod.meta.name, pod.spec.node_name,
                                  excerpt(pod.message.empty() ? pod.reason.str() : pod.reason + ": " + pod.message));
    finding.summary = with_stop(std::move(finding.summary));
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::status,
                                          pod.message.empty() ? "status.reason" : "status.message",
                                          pod.message.empty() ? pod.reason.str() : pod.reason + ": " + pod.message));
    if (const auto* target = kube::find_condition(pod.conditions, "DisruptionTarget"))
        finding.evidence.push_back(from_condition(pod.meta.ref(), *target));
    if (is_well(owner)) finding.actions.emplace_back("pod.cleanup-failed");
    if (owner.is_pod) finding.advice = {"The pod has no controller: nothing replaces it. Create it anew."};
    finding.first_seen = ended_at(world, pod);
    return finding;
}

std::optional<Finding> lost(const World& world, const Pod& pod) {
    if ((pod.phase != "Unknown" && pod.reason != "NodeLost") || is_overdue(world, pod)) return std::nullopt;
    if (pod.spec.node_name.empty()) return std::nullopt;
    auto finding = pod_finding_on(world, mode_in(modes, "pod.lost"), node_ref(world, pod), pod);
    const bool reason = pod.reason == "NodeLost";
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::status, reason ? "status.message" : "status.phase",
                   reason ? fmt::format("NodeLost: {}", pod.message) : std::string("phase: Unknown")));
    if (const auto node = world.node(pod.spec.node_name))
        if (const auto* ready = ready_condition(*node))
            finding.evidence.push_back(from_condition(node->meta.ref(), *ready));
    finding.summary = fmt::format("Nobody knows how pod {} on node {} is: {}.", pod.meta.name, pod.spec.node_name,
                                  excerpt(finding.evidence.front().text));
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<const Pod*> pods;
    for (const auto& pod : world.facts().pods)
        if (!world.is_settled(pod) && pod.meta.deleted) pods.push_back(&pod);
    const auto by_place = [](const Pod* a, const Pod* b) { return place(a->meta) < place(b->meta); };
    std::sort(pods.begin(), pods.end(), by_place);
    const auto deleted = static_cast<std::ptrdiff_t>(pods.size());
    pods.insert(pods.end(), world.unsettled().begin(), world.unsettled().end());  // in this order already
    std::inplace_merge(pods.begin(), pods.begin() + deleted, pods.end(), by_place);
    std::vector<Finding> out;
    for (const auto* pod : pods)
        for (const auto judge : {shut_down, lost, disrupted})
            if (auto finding = judge(world, *pod)) {
                out.push_back(std::move(*finding));
                break;
            }
    return out;
}

}  // namespace

extern const Rule disruption;
const Rule disruption{.id = "disruption", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
