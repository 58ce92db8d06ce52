// Pods that are not being placed, or are about to be: TAXONOMY 1.2, no-nodes, gated, no-scheduler, preempting and
// scheduler-error.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/pending_pods.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::World;

constexpr std::size_t most_named = 5;

constexpr Mode modes[] = {
    {"pod.pending.no-nodes",
     Category::node,
     Severity::critical,
     "The cluster has no node at all.",
     "PodScheduled=False with \"no nodes available to schedule pods\" or \"0/0 nodes\", or an empty list of nodes.",
     "A list of nodes that may not be read is not an empty list.",
     "Bring nodes into the cluster: check the machines, their kubelets and the node group's autoscaler.",
     {}},
    {"pod.pending.gated",
     Category::other,
     Severity::info,
     "A scheduling gate holds the pod back until its controller lifts it.",
     "PodScheduled=False SchedulingGated, and spec.schedulingGates.",
     "Queueing systems (Kueue) gate pods as a matter of course.",
     "Look at the controller that owns the gate: it lifts the gate by removing it from spec.schedulingGates.",
     {}},
    {"pod.pending.no-scheduler",
     Category::other,
     Severity::high,
     "No scheduler has looked at the pod: the one that it names does not run.",
     "No PodScheduled condition, no node and no FailedScheduling event two minutes after the pod was created.",
     "A scheduler that is busy or has just restarted needs a moment.",
     "Correct schedulerName in the pod template, or start that scheduler.",
     {}},
    {"pod.pending.preempting",
     Category::scheduling_resources,
     Severity::info,
     "Pods of lower priority are being removed to make room for the pod.",
     "status.nominatedNodeName is set and the pod is not bound.",
     "After five minutes the pod is judged as any other that does not fit.",
     "Wait for the grace period of the pods that are being removed.",
     {}},
    {"pod.pending.scheduler-error",
     Category::other,
     Severity::medium,
     "The scheduler fails with an error of its own when it tries to place the pod.",
     "PodScheduled=False SchedulerError.",
     "A conflict while binding is tried again at once and passes.",
     "Read the message, and the log of the scheduler (kubectl logs -n kube-system).",
     {}},
};

const kube::Condition* scheduled(const Pod& pod) { return kube::find_condition(pod.conditions, "PodScheduled"); }

std::optional<Finding> judge_no_nodes(const World& world, const Pod& pod) {
    const auto* condition = scheduled(pod);
    if (!condition || condition->status != "False" || condition->reason == "SchedulingGated") return std::nullopt;
    const bool seen = world.seen(kube::Resource::nodes, "");
    if (seen && !world.facts().nodes.empty()) return std::nullopt;
    if (!seen && !parse_scheduler_message(condition->message).has(Blocker::no_nodes)) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.pending.no-nodes"), pod);
    finding.summary = fmt::format("Cannot be scheduled, for there are no nodes: {}.", condition->message);
    finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    return finding;
}

std::optional<Finding> judge_gated(const World& world, const Pod& pod) {
    const auto* condition = scheduled(pod);
    const auto& gates = pod.spec.scheduling_gates;
    if (!condition || condition->reason != "SchedulingGated" || gates.empty()) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.pending.gated"), pod);
    const auto age = world.now() - pod.meta.created;
    if (age >= gated_grace) finding.severity = Severity::medium;
    finding.summary = fmt::format("Held back for {} by the scheduling gate{} {}.", base::to_words(age),
                                  gates.size() == 1 ? "" : "s", some_of(gates, most_named));
    finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    for (std::size_t i = 0; i < gates.size(); ++i)
        finding.evidence.push_back(
            from_field(pod.meta.ref(), Source::spec, fmt::format("spec.schedulingGates[{}].name", i), gates[i]));
    return finding;
}

// "2 other pods name it, 1 of them has a node": tells a scheduler that is gone from one that stands still.
std::string namesakes(const World& world, const Pod& pod) {
    std::size_t others = 0, placed = 0;
    for (const auto& other : world.facts().pods) {
        if (&other == &pod || other.spec.scheduler_name != pod.spec.scheduler_name) continue;
        ++others;
        if (!other.spec.node_name.empty()) ++placed;
    }
    return fmt::format("{} other pod{} that {} read name{} it, {} of them placed", others, others == 1 ? "" : "s",
                       others == 1 ? "was" : "were", others == 1 ? "s" : "", placed);
}

std::optional<Finding> judge_no_scheduler(const World& world, const Pod& pod) {
    if (scheduled(pod) || !pod.spec.scheduling_gates.empty()) return std::nullopt;
    if (!waits_for_a_node(world, pod, no_scheduler_grace)) return std::nullopt;
    const auto events = world.events(pod);
    if (std::any_of(events.begin(), events.end(),
                    [](const auto* event) { return event->reason == "FailedScheduling"; }))
        return std::nullopt;
    const auto name =
        pod.spec.scheduler_name.empty() ? std::string("default-scheduler") : pod.spec.scheduler_name.str();
    auto finding = pod_finding(world, mode_in(modes, "pod.pending.no-scheduler"), pod);
    finding.summary = fmt::format("No scheduler has looked at it in {}: schedulerName is {} ({}).",
                                  base::to_words(world.now() - pod.meta.created), name, namesakes(world, pod));
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::status, "status.phase", "Pending"));
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec, "spec.schedulerName",
                                          pod.spec.scheduler_name.empty() ? "default-scheduler" : name));
    if (!world.seen(kube::Resource::events, pod.meta.ns)) {
        finding.confidence = Confidence::probable;
        finding.missing_evidence.emplace_back("events (could not be read: the scheduler may have said something)");
    }
    return finding;
}

std::optional<Finding> judge_preempting(const World& world, const Pod& pod) {
    const auto* condition = scheduled(pod);
    if (!is_preempting(world, pod) || (condition && condition->status == "True")) return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.pending.preempting"), pod);
    finding.summary =
        fmt::format("Pods of lower priority on {} are being removed to make room for it.", pod.nominated_node);
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::status, "status.nominatedNodeName", pod.nominated_node));
    if (condition) finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    return finding;
}

std::optional<Finding> judge_error(const World& world, const Pod& pod) {
    const auto* condition = scheduled(pod);
    if (!condition || condition->status != "False" || condition->reason != "SchedulerError") return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.pending.scheduler-error"), pod);
    finding.summary = fmt::format("SchedulerError: {}.", condition->message);
    finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    finding.first_seen = condition->last_transition.value_or(pod.meta.created);
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled()) {
        if (!waits_for_a_node(world, *pod, pending_grace)) continue;
        for (const auto judge : {judge_no_nodes, judge_gated, judge_no_scheduler, judge_preempting, judge_error})
            if (auto finding = judge(world, *pod)) {
                findings.push_back(std::move(*finding));
                break;
            }
    }
    return findings;
}

}  // namespace

extern const Rule pod_pending_queue = {"pod_pending_queue", modes, match};

}  // namespace salve::diagnose::rules
