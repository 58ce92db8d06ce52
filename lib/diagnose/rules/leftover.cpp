// TAXONOMY 1.8: Failed pods that nobody misses.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.failed.leftover",
     .category = Category::eviction,
     .severity = Severity::low,
     .summary = "A Failed pod is left over from a trouble that is past: its owner has all its pods ready.",
     .needs = "phase Failed with a status.reason, and a controller that has as many ready pods as it wants.",
     .not_when =
         "It was evicted within the last hour from the present template (pod.evicted.*), or refused by its node "
         "or ended for its shutdown (pod.node-rejected, pod.node-shutdown).",
     .advice = "Tidy up when its log and status are no longer wanted: the pod never runs again and counts against "
               "quotas of objects.",
     .actions = {"pod.cleanup-failed"}},
};

// A program that failed is judged by its exit code (pod.crashloop.*).
bool is_crash(const World& world, const Pod& pod) {
    return std::any_of(pod.statuses.begin(), pod.statuses.end(),
                       [&](const ContainerStatus& status) { return is_crashing(world, pod, status); });
}

bool is_leftover(const World& world, const Pod& pod) {
    const auto ending = ending_of(pod);
    const auto& owner = world.owner(pod);
    if (!ending || !is_well(owner) || pod.reason.empty()) return false;
    if (ending == Ending::evicted) return evictions_are_over(world, owner);
    return ending == Ending::preempted || (ending == Ending::other && !is_crash(world, pod));
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        if (!is_leftover(world, *pod)) continue;
        const auto& owner = world.owner(*pod);
        auto finding = pod_finding(world, modes[0], *pod);
        const auto why = pod->message.empty() ? pod->reason.str() : fmt::format("{}: {}", pod->reason, pod->message);
        finding.summary =
            fmt::format("Failed pod {} is left over ({}); {} {} has all its {} pods ready.", pod->meta.name,
                        excerpt(why), owner.ref.kind, owner.ref.name, owner.workload->desired);
        finding.evidence.push_back(from_field(pod->meta.ref(), Source::status,
                                              pod->message.empty() ? "status.reason" : "status.message", why,
                                              ended_at(world, *pod)));
        finding.evidence.push_back(
            from_field(owner.ref, Source::status, "status.readyReplicas",
                       fmt::format("{} of {} ready", owner.workload->ready, owner.workload->desired)));
        finding.first_seen = ended_at(world, *pod);
        out.push_back(std::move(finding));
    }
    return out;
}

}  // namespace

extern const Rule leftover;
const Rule leftover{.id = "leftover", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
