// TAXONOMY 1.13: a workload that fails and is written by a controller which would revert a change made by hand. Only
// beside a visible failure: that somebody uses GitOps is no news.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "diagnose/build.hpp"
#include "diagnose/impact.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "gitops.drift-risk",
     .category = Category::other,
     .severity = Severity::info,
     .summary = "A failing workload is managed by a controller that reverts what is changed by hand.",
     .needs = "A label or annotation of Argo CD, Flux, kapp, Config Sync, Rancher or OLM on a workload that has a "
              "failing pod, a failed rollout or a refused creation.",
     .not_when = "The workload is well, or is only installed by Helm: that does not revert by itself.",
     .advice = "Make the repair in the repository that the workload comes from, or suspend the synchronisation first."},
};

// Where the markers stand, as managers_of reads them (TAXONOMY 2.3).
constexpr std::string_view marker_keys[] = {"argocd.argoproj.io/tracking-id",
                                            "argocd.argoproj.io/instance",
                                            "kustomize.toolkit.fluxcd.io/name",
                                            "helm.toolkit.fluxcd.io/name",
                                            "kapp.k14s.io/app",
                                            "configmanagement.gke.io/managed",
                                            "objectset.rio.cattle.io/id",
                                            "objectset.rio.cattle.io/hash",
                                            "olm.owner"};

bool has_hard_error(const World& world, const kube::Pod& pod) {
    const auto bad = [](const kube::ContainerStatus& status) {
        const auto& waiting = status.state.waiting;
        if (waiting && !waiting->reason.empty() && waiting->reason != "ContainerCreating" &&
            waiting->reason != "PodInitializing")
            return true;
        return status.state.terminated && status.state.terminated->exit_code != 0;
    };
    if (kube::is_ready(pod)) return false;
    const auto* scheduled = kube::find_condition(pod.conditions, "PodScheduled");
    if (scheduled && scheduled->status == "False" && scheduled->reason == "Unschedulable" &&
        world.now() - pod.meta.created > pending_grace)
        return true;
    return std::any_of(pod.statuses.begin(), pod.statuses.end(), bad);
}

// What shows that the workload fails, or nothing.
std::optional<Evidence> failure_of(const World& world, const kube::Workload& workload) {
    const auto ref = workload.meta.ref();
    const auto* refusal = kube::find_condition(workload.conditions, "ReplicaFailure");
    if (refusal && refusal->status == "True") return from_condition(ref, *refusal);
    const auto* progress = kube::find_condition(workload.conditions, "Progressing");
    if (progress && progress->status == "False" && workload.ready < workload.desired)
        return from_condition(ref, *progress);
    if (workload.ready >= workload.desired && workload.updated >= workload.desired) return std::nullopt;
    const auto candidates = world.candidates();
    for (const auto* pod : world.pods_of(ref))
        if (has_hard_error(world, *pod) && std::find(candidates.begin(), candidates.end(), pod) != candidates.end())
            return from_field(pod->meta.ref(), Source::status, "status.phase", pod->phase);
    return std::nullopt;
}

std::optional<Evidence> marker_of(const kube::Meta& meta) {
    for (const auto key : marker_keys)
        for (const auto* from : {&meta.annotations, &meta.labels})
            if (const auto at = from->find(key); at != from->end())
                return from_field(meta.ref(), Source::spec,
                                  fmt::format("metadata.{}[{}]", from == &meta.labels ? "labels" : "annotations", key),
                                  at->second);
    return std::nullopt;
}

std::optional<Finding> judge(const World& world, const kube::Workload& workload) {
    if (workload.meta.deleted || workload.desired == 0 || !kube::is_observed(workload)) return std::nullopt;
    auto failure = failure_of(world, workload);
    if (!failure) return std::nullopt;
    auto marker = marker_of(workload.meta);
    if (!marker) return std::nullopt;
    auto finding = object_finding(modes[0], workload.meta.ref());
    finding.summary = fmt::format("{} {} is managed by {}: a change made by hand will be reverted.", workload.meta.kind,
                                  workload.meta.name, base::join(managers_of(workload.meta), ", "));
    finding.evidence = {std::move(*marker), std::move(*failure)};
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* workload : world.workloads())
        if (auto finding = judge(world, *workload)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule drift;
const Rule drift{.id = "drift", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
