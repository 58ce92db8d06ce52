// TAXONOMY 1.8: pods that had to make room for others or to leave a tainted node. They are soon gone: what tells of
// them are Normal events. Texts: pkg/scheduler/framework/preemption/preemption.go,
// pkg/kubelet/preemption/preemption.go, pkg/controller/tainteviction/taint_eviction.go.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/node_fit.hpp"
#include "diagnose/pending_pods.hpp"
#include "diagnose/placement_proofs.hpp"
#include "diagnose/preempted.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Event;
using kube::Workload;

constexpr Mode modes[] = {
    {.id = "pod.preempted",
     .category = Category::scheduling_resources,
     .severity = Severity::medium,
     .summary = "A pod was removed to make room for one of higher priority, and nothing has taken its place.",
     .needs = "Condition DisruptionTarget with reason PreemptionByScheduler, event Preempted, or status.reason "
              "Preempting (by the kubelet, for a critical pod), and an owner that has fewer ready pods than it wants, "
              "or none.",
     .not_when =
         "The replacement fits nowhere for lack of resources: then that mode (pod.pending.insufficient-*) tells "
         "of the preemption. The owner has all its pods ready again.",
     .advice = "Add capacity, or give the workload a priority class that says how much it matters."},
    {.id = "pod.taint-evicted",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "A taint with effect NoExecute drove the pod from its node, and its owner is short of pods since.",
     .needs = "Condition DisruptionTarget with reason DeletionByTaintManager, or event TaintManagerEviction and a "
              "NoExecute taint that the workload does not tolerate.",
     .not_when = "The owner has all its pods ready elsewhere; or Kubernetes set the taint for a condition of the node "
                 "(node.notready.*).",
     .advice = "Find out who tainted the node and why; remove the taint when that work is done, or give the workload a "
               "toleration if it belongs there."},
};

bool is_recent(const World& world, const Event& event) { return world.now() - event.last <= restart_window; }

// What happened to pods lately, oldest first. Few events of a cluster are these, and each workload that is short of
// pods is held against them.
std::vector<const Event*> recent(const World& world, std::string_view reason, std::string_view message) {
    std::vector<const Event*> found;
    for (const auto& event : world.facts().events)
        if (event.reason == reason && is_recent(world, event) && event.message.starts_with(message))
            found.push_back(&event);
    std::stable_sort(found.begin(), found.end(), [](const Event* a, const Event* b) {
        return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
    });
    return found;
}

const Event* newest_about(const World& world, const Workload& workload, const std::vector<const Event*>& events) {
    const auto found = std::find_if(events.rbegin(), events.rend(),
                                    [&](const Event* event) { return is_about_pod_of(world, workload, *event); });
    return found == events.rend() ? nullptr : *found;
}

bool is_short(const Workload& workload) {
    return workload.desired > 0 && kube::is_observed(workload) && workload.ready < workload.desired;
}

// ---- preemption

std::string by_whom(const World& world, const Event& event) {
    const auto* taker = preemptor(world, event);
    return taker ? fmt::format("{} (the taker is pod {}/{})", excerpt(event.message), taker->meta.ns, taker->meta.name)
                 : excerpt(event.message);
}

// The pods of the workload that wait for a node for another reason than room: those have a mode that says it all.
std::vector<const Pod*> unplaced(const std::vector<PendingPod>& pending, const World& world, const Workload& workload) {
    std::vector<const Pod*> found;
    for (const auto& one : pending) {
        if (world.owner(*one.pod).ref != workload.meta.ref()) continue;
        switch (one.lead.blocker) {
            case Blocker::insufficient_cpu:
            case Blocker::insufficient_memory:
            case Blocker::insufficient_resource:
            case Blocker::too_many_pods:
                return {};
            default:
                found.push_back(one.pod);
        }
    }
    return found;
}

std::optional<Finding> preempted_workload(const World& world, const Workload& workload,
                                          const std::vector<const Event*>& preempted,
                                          const std::vector<PendingPod>& pending) {
    const auto* event = newest_about(world, workload, preempted);
    if (!event) return std::nullopt;
    const auto waiting = unplaced(pending, world, workload);
    if (waiting.empty()) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "pod.preempted"), workload.meta.ref());
    for (const auto* pod : waiting) finding.affected.push_back({pod->meta.ref(), ""});
    finding.confidence = Confidence::probable;
    finding.evidence.push_back(from_event(*event));
    finding.evidence.push_back(from_condition(waiting.front()->meta.ref(),
                                              *kube::find_condition(waiting.front()->conditions, "PodScheduled")));
    finding.summary = fmt::format("Pod {} of {} {} had to go: {}. Its replacement finds no node.", event->about.name,
                                  workload.meta.kind, workload.meta.name, by_whom(world, *event));
    finding.first_seen = event->first;
    return finding;
}

// A pod without a controller does not come back.
std::vector<Finding> preempted_bare_pods(const World& world) {
    std::vector<const Event*> events;
    for (const auto& event : world.facts().events)
        if (event.reason == "Preempted" && event.about.kind == "Pod" && is_recent(world, event))
            events.push_back(&event);
    std::sort(events.begin(), events.end(), [](const Event* a, const Event* b) {
        return std::tie(a->about.ns, a->about.name, a->last) < std::tie(b->about.ns, b->about.name, b->last);
    });
    std::vector<Finding> out;
    for (const auto* event : events) {
        const auto* present = world.pod(event->about.uid);
        if (present
                ? !world.owner(*present).is_pod
                : !world.pod(event->about.ns, event->about.name).absent() || may_have_controller(world, event->about))
            continue;
        auto finding = object_finding(mode_in(modes, "pod.preempted"), event->about);
        finding.affected.push_back({event->about, ""});
        finding.confidence = Confidence::probable;
        finding.evidence.push_back(from_event(*event));
        finding.summary = fmt::format("Pod {} had to go: {}. It has no controller: nothing replaces it.",
                                      event->about.name, by_whom(world, *event));
        finding.first_seen = event->first;
        out.push_back(std::move(finding));
    }
    return out;
}

std::vector<Finding> preempted_by_kubelet(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        if (ending_of(*pod) != Ending::preempted) continue;
        const auto& owner = world.owner(*pod);
        if (is_well(owner) || (!owner.workload && superseded(world, *pod))) continue;
        auto finding = pod_finding(world, mode_in(modes, "pod.preempted"), *pod);
        finding.evidence.push_back(from_field(pod->meta.ref(), Source::status, "status.message",
                                              fmt::format("{}: {}", pod->reason, pod->message)));
        if (const auto* target = kube::find_condition(pod->conditions, "DisruptionTarget"))
            finding.evidence.push_back(from_condition(pod->meta.ref(), *target));
        finding.summary = fmt::format("Pod {} was preempted by the kubelet of node {}: {}.", pod->meta.name,
                                      pod->spec.node_name, excerpt(pod->reason + ": " + pod->message));
        finding.first_seen = ended_at(world, *pod);
        out.push_back(std::move(finding));
    }
    return out;
}

// ---- taints

struct Driven {
    const kube::Node* node = nullptr;
    const kube::Taint* taint = nullptr;
};

// A node with a NoExecute taint of somebody's own that the pods do not tolerate; of several, the first by name.
Driven driven_from(const World& world, const kube::PodSpec& spec, std::string_view node_name) {
    Driven found;
    for (const auto& node : world.facts().nodes) {
        if (!node_name.empty() && node.meta.name != node_name) continue;
        if (found.node && found.node->meta.name < node.meta.name) continue;
        for (const auto* taint : untolerated(spec, node))
            if (taint->effect == "NoExecute" && !is_condition_taint(taint->key) && matches_node(spec, node))
                found = {&node, taint};
    }
    return found;
}

Finding taint_finding(const Driven& driven, const ObjectRef& owner, std::string_view pod, std::string_view why) {
    auto finding = object_finding(mode_in(modes, "pod.taint-evicted"), driven.node->meta.ref());
    finding.affected.push_back({owner, ""});
    finding.summary = fmt::format("Taint {} of node {} drove pod {} of {} {} away: {}.", taint_words(*driven.taint),
                                  driven.node->meta.name, pod, owner.kind, owner.name, why);
    finding.evidence.push_back(taint_evidence(*driven.node, *driven.taint));
    return finding;
}

std::optional<Finding> driven_workload(const World& world, const Workload& workload,
                                       const std::vector<const Event*>& evicted) {
    const auto* event = newest_about(world, workload, evicted);
    if (!event) return std::nullopt;
    const auto* present = world.pod(event->about.uid);
    const auto driven =
        driven_from(world, workload.pod_template.spec, present ? std::string_view(present->spec.node_name) : "");
    if (!driven.node) return std::nullopt;
    auto finding = taint_finding(driven, workload.meta.ref(), event->about.name, excerpt(event->message));
    finding.evidence.push_back(from_event(*event));
    finding.confidence = Confidence::probable;
    if (present) {
        finding.affected.push_back({present->meta.ref(), ""});
        if (const auto* target = kube::find_condition(present->conditions, "DisruptionTarget")) {
            finding.evidence.push_back(from_condition(present->meta.ref(), *target));
            finding.confidence = Confidence::confirmed;
        }
    }
    for (const auto* pod : world.pods_of(workload.meta.ref()))
        if (never_bound(*pod) && !pod->meta.deleted) finding.affected.push_back({pod->meta.ref(), ""});
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.first_seen = event->first;
    return finding;
}

// While it goes, the pod itself says so; without a controller it is not made anew.
std::optional<Finding> driven_pod(const World& world, const Pod& pod) {
    const auto* target = kube::find_condition(pod.conditions, "DisruptionTarget");
    if (!target || target->reason != "DeletionByTaintManager" || !pod.meta.deleted) return std::nullopt;
    const auto& owner = world.owner(pod);
    if (world.now() - *pod.meta.deleted > terminating_grace || (!owner.is_pod && !owner.workload)) return std::nullopt;
    if (owner.workload && !is_short(*owner.workload)) return std::nullopt;
    const auto driven = driven_from(world, pod.spec, pod.spec.node_name);
    if (!driven.node) return std::nullopt;
    auto finding = taint_finding(driven, owner.ref, pod.meta.name,
                                 excerpt(target->message.empty() ? target->reason.str() : target->message));
    finding.affected.push_back({pod.meta.ref(), ""});
    finding.evidence.push_back(from_condition(pod.meta.ref(), *target));
    finding.first_seen = target->last_transition;
    return finding;
}

std::vector<Finding> match(const World& world) {
    auto out = preempted_by_kubelet(world);
    auto bare = preempted_bare_pods(world);
    std::move(bare.begin(), bare.end(), std::back_inserter(out));
    const auto& pending = unschedulable_pods(world);
    const auto preempted = recent(world, "Preempted", "");
    const auto evicted = recent(world, "TaintManagerEviction", "Marking for deletion");
    for (const auto* workload : world.workloads()) {
        if (!is_short(*workload)) continue;
        if (auto finding = preempted_workload(world, *workload, preempted, pending)) out.push_back(std::move(*finding));
        if (auto finding = driven_workload(world, *workload, evicted)) out.push_back(std::move(*finding));
    }
    for (const auto& pod : world.facts().pods)
        if (!world.is_settled(pod))
            if (auto finding = driven_pod(world, pod)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule displaced;
const Rule displaced{.id = "displaced", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
