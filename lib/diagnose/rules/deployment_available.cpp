// TAXONOMY 1.10: Deployments with fewer pods than their strategy promises. Condition: pkg/controller/deployment/sync.go
// (calculateStatus); after a completed rollout it is the only one that changes.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/rollout.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "deploy.unavailable",
     .category = Category::rollout,
     .severity = Severity::high,
     .summary = "A Deployment has fewer available pods than its strategy allows.",
     .needs = "Condition Available=False with reason MinimumReplicasUnavailable, too few ready pods, and a pod with a "
              "hard error, pods that may not be created, or five minutes of it.",
     .not_when = "Enough replicas are ready, it is scaled to zero, or its pods are merely starting inside the progress "
                 "deadline.",
     .advice = "Look at why its pods are not ready; the Deployment itself only counts them."},
};

// Pods that are only starting are given time: the deadline of a rollout, or five minutes when one was replaced.
bool has_waited(const World& world, const Rollout& rollout, const std::vector<PodTrouble>& troubles) {
    const auto& since = rollout.available->last_transition;
    const auto age = since ? world.now() - *since : base::Duration{};
    if (rollout.replica_failure || any_at_least(troubles, PodTrouble::Level::broken)) return true;
    if (rollout.under_way() || !rollout.progressing) {
        // A warming application fails its readiness probe too.
        if (any_at_least(troubles, PodTrouble::Level::unready))
            return any_older_than(world, troubles, unavailable_grace);
        return age > patience_of(*rollout.deployment) && any_older_than(world, troubles, default_progress_deadline);
    }
    if (any_at_least(troubles, PodTrouble::Level::unready)) return age > pending_grace;
    return age > unavailable_grace;
}

std::optional<Finding> judge(const World& world, const Rollout& rollout) {
    const auto& d = *rollout.deployment;
    const auto troubles = troubles_of(world, world.pods_of(d.meta.ref()));
    if (!has_waited(world, rollout, troubles)) return std::nullopt;
    auto finding = object_finding(modes[0], d.meta.ref());
    finding.evidence.push_back(from_condition(d.meta.ref(), *rollout.available));
    finding.first_seen = rollout.available->last_transition;
    auto lead = fmt::format("Deployment {} has {} of {} replicas ready ({}: {})", d.meta.name, d.ready, d.desired,
                            rollout.available->reason, excerpt(rollout.available->message));
    if (rollout.progressing && rollout.progressing->reason == "NewReplicaSetAvailable") {
        finding.evidence.push_back(from_condition(d.meta.ref(), *rollout.progressing));
        lead += ", though its rollout had completed";
    }
    tell(world, rollout, finding, std::move(lead), troubles);
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    // With as many ready as the strategy keeps, minReadySeconds has not passed yet.
    const auto unavailable = [](const kube::Workload& workload) {
        const auto* available = kube::find_condition(workload.conditions, "Available");
        return available && available->status == "False" && workload.ready < min_available(workload);
    };
    for (const auto& rollout : rollouts_of(world, unavailable))
        if (auto finding = judge(world, rollout)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule deployment_available;
const Rule deployment_available{.id = "deployment_available", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
