// TAXONOMY 1.8: pods that the kubelet evicted. Texts: pkg/kubelet/eviction/helpers.go, taken apart in
// eviction_text.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/eviction_text.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/node_health.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.evicted.node-memory",
     .category = Category::eviction,
     .severity = Severity::high,
     .summary = "The kubelet evicted the pod because its node ran low on memory.",
     .needs = "phase Failed, status.reason Evicted and \"The node was low on resource: memory\" (or, refused at "
              "admission, \"The node had condition: [MemoryPressure]\").",
     .not_when = "The container was killed at its own memory limit (pod.crashloop.oom). Low when the owner has all its "
                 "pods ready again and only one was evicted; pod.failed.leftover when that is more than an hour ago.",
     .advice = "Set the memory request to what the program really uses: pods that use more than they request are "
               "evicted first. If many pods are evicted, the node is overcommitted."},
    {.id = "pod.evicted.node-disk",
     .category = Category::eviction,
     .severity = Severity::high,
     .summary = "The kubelet evicted the pod because its node ran low on disk space or inodes.",
     .needs = "phase Failed, status.reason Evicted and \"The node was low on resource: ephemeral-storage\" or inodes "
              "(or, refused at admission, \"The node had condition: [DiskPressure]\").",
     .not_when = "The pod exceeded a limit of its own (pod.evicted.ephemeral-limit). Low when the owner has all its "
                 "pods ready again and only one was evicted; pod.failed.leftover when that is more than an hour ago.",
     .advice = "See what fills the node's disk (logs, images, emptyDir volumes), and set requests and limits for "
               "ephemeral-storage, so that the pod that writes most is the one that goes."},
    {.id = "pod.evicted.node-pids",
     .category = Category::eviction,
     .severity = Severity::high,
     .summary = "The kubelet evicted the pod because its node ran low on process ids.",
     .needs = "phase Failed, status.reason Evicted and \"The node was low on resource: pids\" (or, refused at "
              "admission, \"The node had condition: [PIDPressure]\").",
     .not_when = "Low when the owner has all its pods ready again and only one was evicted; pod.failed.leftover when "
                 "that is more than an hour ago.",
     .advice = "Find the program that leaves processes or threads behind, and limit processes per pod (podPidsLimit "
               "of the kubelet)."},
    {.id = "pod.evicted.ephemeral-limit",
     .category = Category::eviction,
     .severity = Severity::high,
     .summary = "The kubelet evicted the pod because it wrote more than its own limit of ephemeral storage allows.",
     .needs = "phase Failed, status.reason Evicted and \"exceeded its local ephemeral storage limit\", \"exceeds the "
              "total limit of containers\" or \"Usage of EmptyDir volume ... exceeds the limit\".",
     .not_when = "The template was changed since and the owner is well (pod.failed.leftover). The node's disk is not "
                 "to blame.",
     .advice = "Have the program write less or clean up after itself, or raise that limit (sizeLimit of the emptyDir, "
               "limits.ephemeral-storage); the replacement will be evicted in its turn."},
};

constexpr auto outlived_least = base::minutes(10);  // the eviction manager looks every ten seconds

std::string_view mode_of(EvictedFor what) {
    switch (what) {
        case EvictedFor::memory:
            return "pod.evicted.node-memory";
        case EvictedFor::disk:
            return "pod.evicted.node-disk";
        case EvictedFor::pids:
            return "pod.evicted.node-pids";
        case EvictedFor::limit:
            break;
    }
    return "pod.evicted.ephemeral-limit";
}

// How many pods of the owner were evicted for the same thing within the last hour.
int evicted_pods(const World& world, const kube::Owner& owner, EvictedFor what) {
    int count = 0;
    for (const auto* pod : world.pods_of(owner.ref)) {
        if (ending_of(*pod) != Ending::evicted) continue;
        const auto eviction = parse_eviction(pod->message);
        if (eviction && eviction->what == what && world.now() - ended_at(world, *pod) <= restart_window) ++count;
    }
    return count;
}

// Whether the pods that replaced it have by now run clearly longer than it did: they do not go the same way.
bool is_outlived(const World& world, const Pod& pod, const kube::Owner& owner) {
    const auto life = ended_at(world, pod) - pod.started.value_or(pod.meta.created);
    const auto enough = std::max(outlived_least, life * 2);
    for (const auto* sibling : world.pods_of(owner.ref))
        if (kube::is_ready(*sibling) && world.now() - sibling->started.value_or(sibling->meta.created) < enough)
            return false;
    return true;
}

// Whether it is long ago and other pods stand in its place: what ails the owner now is something else.
bool is_history(const World& world, const Pod& pod, const kube::Owner& owner) {
    if (!owner.workload || world.now() - ended_at(world, pod) <= restart_window) return false;
    const auto pods = world.pods_of(owner.ref);
    return std::count_if(pods.begin(), pods.end(), [](const Pod* other) {
               return !other->meta.deleted && (other->phase == "Running" || other->phase == "Pending");
           }) >= owner.workload->desired;
}

// Housekeeping: it happened once and the owner is well again. A limit of the pod's own strikes the replacement too.
bool is_hygiene(const World& world, const Pod& pod, const kube::Owner& owner, EvictedFor what, int count) {
    if (is_history(world, pod, owner)) return true;
    if (!is_well(owner)) return false;
    return what == EvictedFor::limit ? is_outlived(world, pod, owner) : count <= 1;
}

std::string owner_words(const kube::Owner& owner) { return owner.ref.kind + " " + owner.ref.name; }

Finding evicted(const World& world, const Pod& pod, const Eviction& eviction) {
    const auto& owner = world.owner(pod);
    const auto& mode = mode_in(modes, mode_of(eviction.what));
    // A pod that was refused for the node's condition has done nothing: the node is to be repaired.
    auto finding =
        eviction.at_admission ? pod_finding_on(world, mode, node_ref(world, pod), pod) : pod_finding(world, mode, pod);
    const auto count = evicted_pods(world, owner, eviction.what);
    finding.summary = fmt::format("Pod {} was {} node {}: {}", pod.meta.name,
                                  eviction.at_admission ? "Evicted (refused at admission) by" : "Evicted from",
                                  pod.spec.node_name.empty() ? "?" : pod.spec.node_name, excerpt(pod.message));
    finding.summary = with_stop(std::move(finding.summary));
    if (count > 1 && !owner.is_pod)
        finding.summary += fmt::format(" {} pods of {} went that way within the hour.", count, owner_words(owner));
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::status, "status.message", fmt::format("{}: {}", pod.reason, pod.message)));
    if (const auto* condition = kube::find_condition(pod.conditions, "DisruptionTarget"))
        finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    if (const auto* event = latest_event(world, pod, "", "Evicted")) finding.evidence.push_back(from_event(*event));
    finding.first_seen = finding.last_seen = ended_at(world, pod);
    if (is_hygiene(world, pod, owner, eviction.what, count)) {
        finding.severity = Severity::low;
        finding.summary += fmt::format(" {} has been given other pods since.", owner_words(owner));
        if (is_well(owner) && eviction.what != EvictedFor::limit) finding.actions.emplace_back("pod.cleanup-failed");
    } else if (owner.is_pod) {
        finding.advice.emplace_back("The pod has no controller: nothing will replace it.");
    }
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        if (ending_of(*pod) != Ending::evicted) continue;
        const auto& owner = world.owner(*pod);
        if (evictions_are_over(world, owner) || (!owner.workload && superseded(world, *pod))) continue;
        if (const auto eviction = parse_eviction(pod->message)) out.push_back(evicted(world, *pod, *eviction));
    }
    return out;
}

}  // namespace

extern const Rule eviction;
const Rule eviction{.id = "eviction", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
