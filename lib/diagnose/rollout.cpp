#include "diagnose/rollout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "diagnose/containers.hpp"
#include "diagnose/rollout_limits.hpp"

namespace salve::diagnose {
namespace {

using kube::Condition;
using kube::Workload;
using kube::World;

// "2" or "25%" of that many, rounded down or up; nothing when it is not written.
std::optional<int> resolved(const std::string& amount, int of, bool up) {
    if (amount.empty()) return std::nullopt;
    int number = 0;
    std::from_chars(amount.data(), amount.data() + amount.size(), number);
    if (amount.back() != '%') return number;
    const auto parts = static_cast<std::int64_t>(number) * of;
    return static_cast<int>((parts + (up ? 99 : 0)) / 100);
}

bool of_set(const Pod& pod, const Workload& set) {
    const auto* controller = pod.meta.controller();
    return controller && controller->uid == set.meta.uid;
}

const Condition* holding(const Workload& workload, std::string_view type, std::string_view status) {
    const auto* condition = kube::find_condition(workload.conditions, type);
    return condition && condition->status == status ? condition : nullptr;
}

std::string_view hash_of(const Pod& pod) {
    const auto at = pod.meta.labels.find(kube::hash_label);
    return at == pod.meta.labels.end() ? std::string_view() : std::string_view(at->second);
}

// The hash of the newest revision, where the Deployment has pods of no other and they agree: then its ReplicaSets tell
// nothing more, and need not have been read. Empty where it has no pods to be seen.
std::optional<std::string_view> only_hash(const Workload& deployment, const std::vector<const Pod*>& pods) {
    if (!kube::has_one_revision(deployment)) return std::nullopt;
    std::optional<std::string_view> only;
    for (const auto* pod : pods) {
        if (pod->meta.deleted || pod->phase == "Failed" || pod->phase == "Succeeded") continue;
        const auto hash = hash_of(*pod);
        if (hash.empty() || (only && *only != hash)) return std::nullopt;
        only = hash;
    }
    return only.value_or("");
}

Rollout rollout_of(const World& world, const Workload& deployment) {
    Rollout out;
    out.deployment = &deployment;
    out.progressing = kube::find_condition(deployment.conditions, "Progressing");
    out.available = kube::find_condition(deployment.conditions, "Available");
    out.replica_failure = holding(deployment, "ReplicaFailure", "True");
    auto pods = world.pods_of(deployment.meta.ref());
    if (const auto hash = only_hash(deployment, pods)) {
        std::erase_if(pods, [&](const Pod* pod) { return hash_of(*pod) != *hash; });
        out.troubles = troubles_of(world, pods);
        return out;
    }
    for (const auto* set : world.replica_sets_of(deployment)) {
        if (!out.newest) {
            out.newest = set;
            continue;
        }
        out.older_ready += set->ready;
        if (set->desired > 0) ++out.older_sets;
    }
    // Settled pods have no trouble: whose they are need not be known.
    std::erase_if(pods,
                  [&](const Pod* pod) { return world.is_settled(*pod) || (out.newest && !of_set(*pod, *out.newest)); });
    out.troubles = troubles_of(world, pods);
    return out;
}

}  // namespace

bool Rollout::past_deadline() const {
    if (!progressing || progressing->status != "False" || progressing->reason != "ProgressDeadlineExceeded")
        return false;
    const auto& d = *deployment;
    return !(d.updated >= d.desired && d.available >= d.desired && d.replicas == d.updated);
}

bool Rollout::under_way() const {
    return progressing && progressing->status == "True" &&
           (progressing->reason == "NewReplicaSetCreated" || progressing->reason == "FoundNewReplicaSet" ||
            progressing->reason == "ReplicaSetUpdated");
}

bool Rollout::served_by_older() const {
    return older_sets > 0 && older_ready > 0 && older_ready >= min_available(*deployment);
}

std::optional<base::Duration> Rollout::since_progress(Time now) const {
    if (!progressing) return std::nullopt;
    const auto& at = progressing->last_update ? progressing->last_update : progressing->last_transition;
    if (!at) return std::nullopt;
    return now - *at;
}

base::Duration patience_of(const Workload& deployment) {
    return std::min(base::seconds(deployment.progress_deadline_s.value_or(600)), default_progress_deadline);
}

int min_available(const Workload& deployment) {
    if (deployment.strategy == "Recreate") return deployment.desired;
    const int surge = resolved(deployment.max_surge, deployment.desired, true).value_or(1);
    int unavailable = resolved(deployment.max_unavailable, deployment.desired, false).value_or(deployment.desired / 4);
    if (surge == 0 && unavailable == 0) unavailable = 1;  // else nothing could ever be rolled out
    return std::max(0, deployment.desired - std::min(unavailable, deployment.desired));
}

std::vector<Rollout> rollouts_of(const World& world, bool (*wanted)(const Workload&)) {
    std::vector<Rollout> out;
    for (const auto* workload : world.workloads())
        if (workload->meta.kind == "Deployment" && !workload->meta.deleted && workload->desired > 0 &&
            kube::is_observed(*workload) && wanted(*workload))
            out.push_back(rollout_of(world, *workload));
    return out;
}

void tell(const World& world, const Rollout& rollout, Finding& finding, std::string lead,
          const std::vector<PodTrouble>& troubles) {
    if (rollout.replica_failure) {
        finding.evidence.push_back(from_condition(rollout.deployment->meta.ref(), *rollout.replica_failure));
        lead +=
            fmt::format("; {}: {}", rollout.replica_failure->reason, excerpt(rollout.replica_failure->message, 400));
    }
    if (const auto words = trouble_words(troubles); !words.empty()) lead += "; " + words;
    finding.summary = lead + ".";
    add_troubles(finding, troubles);
    if (!world.seen(kube::Resource::pods, rollout.deployment->meta.ns))
        finding.missing_evidence.emplace_back("pods of the namespace: they would say why they are not ready");
}

}  // namespace salve::diagnose
