// TAXONOMY 1.8: pods whose deletion does not come to its end. The deletionTimestamp includes the grace period, so a
// long one alarms nobody.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/node_health.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.terminating.finalizer",
     .category = Category::other,
     .severity = Severity::medium,
     .summary = "A deleted pod has ended, and a finalizer keeps its object: the controller that should remove it does "
                "not.",
     .needs = "deletionTimestamp more than 60 seconds ago, metadata.finalizers, and no container that runs.",
     .not_when = "A container still runs (pod.terminating.slow), or the pod's node is silent "
                 "(pod.terminating.node-dead).",
     .advice = "Find the controller that owns the finalizer: is it installed, does it run, may it update pods? Do not "
               "remove the finalizer by hand: what it guards would be left undone."},
    {.id = "pod.terminating.node-dead",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "A deleted pod cannot go because its node does not answer: nobody knows whether it still runs.",
     .needs = "deletionTimestamp more than 60 seconds ago, and condition Ready of the node Unknown, or no such node.",
     .not_when = "The nodes could not be read, or the containers are known to have ended.",
     .advice = "Make sure that the machine is powered off; only then taint it node.kubernetes.io/out-of-service or "
               "delete the Node object. Never delete the pod with --force: it may still run and write to its volumes."},
    {.id = "pod.terminating.slow",
     .category = Category::other,
     .severity = Severity::low,
     .summary = "A deleted pod still runs, or is still there, long after its grace period.",
     .needs = "deletionTimestamp more than 60 seconds ago (five minutes where all containers have ended), and a node "
              "that answers.",
     .not_when = "It is within its grace period, however long terminationGracePeriodSeconds is.",
     .advice = "The kubelet kills at the end of the grace period; that it cannot points at the node: a hung mount "
               "(processes in state D), a runtime that does not answer. Look at the node's kubelet log."},
};

constexpr auto clean_up_grace = base::minutes(5);  // unmounting volumes, removing cgroups
constexpr auto slow_is_stuck = base::minutes(10);  // from then on it will not end by itself
constexpr std::size_t pods_stand_alone = 2;        // more stuck pods of one owner are its finding

bool has_ended(const Pod& pod) {
    return std::none_of(pod.statuses.begin(), pod.statuses.end(),
                        [](const ContainerStatus& status) { return status.state.running.has_value(); });
}

std::string over_for(const World& world, const Pod& pod) {
    return base::to_words(world.now() - *pod.meta.deleted) + " after its grace period ended";
}

Evidence deletion(const Pod& pod) {
    return from_field(pod.meta.ref(), Source::status, "metadata.deletionTimestamp",
                      "deletionTimestamp: " + base::to_rfc3339(*pod.meta.deleted), pod.meta.deleted);
}

Finding finalizer(const World& world, const Pod& pod) {
    // The pod is what is stuck: its owner has made another one, or waits for this one to go.
    auto finding = object_finding(mode_in(modes, "pod.terminating.finalizer"), pod.meta.ref());
    finding.affected.push_back({pod.meta.ref(), ""});
    finding.summary = fmt::format("Deleted pod {} is still there {}: its finalizer{} {} {} not removed.", pod.meta.name,
                                  over_for(world, pod), pod.meta.finalizers.size() == 1 ? "" : "s",
                                  fmt::join(pod.meta.finalizers, ", "), pod.meta.finalizers.size() == 1 ? "is" : "are");
    finding.evidence.push_back(deletion(pod));
    for (std::size_t i = 0; i < pod.meta.finalizers.size(); ++i)
        finding.evidence.push_back(from_field(pod.meta.ref(), Source::status, fmt::format("metadata.finalizers[{}]", i),
                                              pod.meta.finalizers[i]));
    if (std::find(pod.meta.finalizers.begin(), pod.meta.finalizers.end(), "batch.kubernetes.io/job-tracking") !=
        pod.meta.finalizers.end())
        finding.advice = {
            "The Job controller (in kube-controller-manager) removes this finalizer once it has counted the pod: it is "
            "behind or does not run, or the pod's Job is gone."};
    finding.first_seen = pod.meta.deleted;
    return finding;
}

Finding node_dead(const World& world, const Pod& pod) {
    const auto node = world.node(pod.spec.node_name);
    auto finding = pod_finding_on(world, mode_in(modes, "pod.terminating.node-dead"), node_ref(world, pod), pod);
    const auto* ready = node ? ready_condition(*node) : nullptr;
    finding.summary = fmt::format(
        "Pod {} cannot be deleted ({}): its node {} {}.", pod.meta.name, over_for(world, pod), pod.spec.node_name,
        ready ? "does not answer: " + excerpt(ready->reason + ": " + ready->message) : "does not exist");
    finding.summary = with_stop(std::move(finding.summary));
    if (ready) finding.evidence.push_back(from_condition(node->meta.ref(), *ready));
    finding.evidence.push_back(deletion(pod));
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec, "spec.nodeName", pod.spec.node_name));
    if (const auto* cause = kube::find_condition(pod.conditions, "DisruptionTarget"))
        finding.evidence.push_back(from_condition(pod.meta.ref(), *cause));
    finding.first_seen = pod.meta.deleted;
    return finding;
}

// What the kubelet says about the kill (pkg/kubelet/kubelet.go, pod_workers.go).
const kube::Event* kill_event(const World& world, const Pod& pod) {
    const kube::Event* newest = nullptr;
    for (const auto* event : world.events(pod))
        if (event->reason == "FailedKillPod" || event->reason == "ExceededGracePeriod" ||
            event->reason == "FailedPreStopHook")
            newest = event;
    return newest;
}

Finding slow(const World& world, const Pod& pod) {
    auto finding = pod_finding(world, mode_in(modes, "pod.terminating.slow"), pod);
    const auto* event = kill_event(world, pod);
    const bool stuck = world.now() - *pod.meta.deleted > slow_is_stuck || (event && event->reason == "FailedKillPod");
    if (stuck) finding.severity = Severity::medium;
    finding.evidence.push_back(deletion(pod));
    std::vector<std::string> running;
    for (const auto& status : pod.statuses)
        if (status.state.running) {
            running.push_back(fmt::format("\"{}\"", status.name));
            finding.evidence.push_back(from_status(pod, status, "state", "running", status.state.running->started));
        }
    if (event) finding.evidence.push_back(from_event(*event));
    finding.summary = fmt::format("Deleted pod {} is still there {} on node {}: {}.", pod.meta.name,
                                  over_for(world, pod), pod.spec.node_name,
                                  running.empty() ? std::string("its containers have ended and the kubelet has not "
                                                                "cleaned up (volumes, cgroups)")
                                                  : fmt::format("container {} still runs", fmt::join(running, ", ")));
    if (event) finding.summary = with_stop(finding.summary + " " + excerpt(event->reason + ": " + event->message));
    if (const auto node = world.node(pod.spec.node_name)) {
        if (const auto* ready = ready_condition(*node); ready && ready->status != "True")
            finding.evidence.push_back(from_condition(node->meta.ref(), *ready));
    } else {
        finding.confidence = Confidence::probable;
        finding.missing_evidence.push_back(
            fmt::format("node {}: whether it answers, and so whether the pod still runs", pod.spec.node_name));
    }
    finding.first_seen = pod.meta.deleted;
    return finding;
}

std::optional<Finding> judge(const World& world, const Pod& pod) {
    if (!pod.meta.deleted || world.now() - *pod.meta.deleted <= terminating_grace) return std::nullopt;
    const bool ended = has_ended(pod), bound = !pod.spec.node_name.empty();
    // What a silent kubelet said last about the containers is old, unless it said that they had ended.
    const bool finished = pod.phase == "Succeeded" || pod.phase == "Failed";
    if (bound && !finished && health_of(world, pod) == NodeHealth::silent) return node_dead(world, pod);
    if (ended && !pod.meta.finalizers.empty()) return finalizer(world, pod);
    if (!bound || (ended && world.now() - *pod.meta.deleted <= clean_up_grace)) return std::nullopt;
    return slow(world, pod);
}

// Many pods of one owner that the same thing holds are one finding, about the owner.
void gather(const World& world, std::vector<Finding>& findings) {
    std::map<std::pair<ObjectRef, std::string_view>, std::vector<Finding*>> by_owner;
    for (auto& finding : findings) {
        const auto* pod = finding.root.object.kind == "Pod" ? world.pod(finding.root.object.uid) : nullptr;
        if (pod && !world.owner(*pod).is_pod) by_owner[{world.owner(*pod).ref, finding.mode->id}].push_back(&finding);
    }
    for (auto& [key, group] : by_owner)
        if (group.size() > pods_stand_alone)
            for (auto* finding : group) finding->root.object = key.first;
}

std::vector<Finding> match(const World& world) {
    std::vector<const Pod*> pods;
    for (const auto& pod : world.facts().pods)
        if (!world.is_settled(pod) && pod.meta.deleted) pods.push_back(&pod);
    std::sort(pods.begin(), pods.end(), [](const Pod* a, const Pod* b) {
        return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
    });
    std::vector<Finding> out;
    for (const auto* pod : pods)
        if (auto finding = judge(world, *pod)) out.push_back(std::move(*finding));
    gather(world, out);
    return out;
}

}  // namespace

extern const Rule terminating;
const Rule terminating{.id = "terminating", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
