// A rollout that hangs, a Job that gives up, a budget that blocks: the consequence of what is wrong with the pods, or
// with what refuses to make them (TAXONOMY 0.6).
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

bool is_symptom(const Finding& finding) {
    // A StatefulSet whose template is right again waits for its broken pod: that is the fault, and what ails the pod is
    // history (sts.update-stuck).
    const bool replace =
        std::find(finding.actions.begin(), finding.actions.end(), "sts.replace-stuck-pod") != finding.actions.end();
    return !replace && is_of(finding, {"deploy.progress-deadline", "deploy.stale-rollout", "deploy.unavailable",
                                       "deploy.rollout-in-progress", "sts.ordinal-blocked", "sts.update-stuck",
                                       "ds.unavailable", "ds.pod-failed-loop", "job", "cronjob.last-failed",
                                       "cronjob.blocked-forbid", "pdb.blocking", "gitops.drift-risk"});
}

// What names one of the same pods; where no pod is named, or could be made, what names the same workload.
std::vector<std::size_t> causes_of(const World& world, std::span<const Finding> findings, const FindingIndex& index,
                                   const Finding& symptom) {
    std::vector<std::size_t> causes;
    const auto take = [&](const std::vector<std::size_t>& about, auto wanted) {
        for (const auto at : about)
            if (wanted(findings[at])) causes.push_back(at);
    };
    const auto fault = [](const Finding& finding) {
        return is_pod_fault(finding) || is_of(finding, {"node.notready"});
    };
    for (const auto* pod : pods_of(world, symptom)) take(index.about(pod->meta.ref()), fault);
    if (!causes.empty()) return causes;
    const bool blocked = is_of(symptom, {"cronjob.blocked-forbid"});
    const auto refused = [&](const Finding& finding) {
        return is_of(finding, {"ctrl.failed-create", "sts.failed-create"}) ||
               (blocked && is_of(finding, {"job.stuck"}));
    };
    const bool named = !pods_of(world, symptom).empty();
    const auto any = [&](const Finding& finding) { return refused(finding) || (!named && fault(finding)); };
    take(index.about(symptom.root.object), any);
    for (const auto& subject : symptom.affected)
        if (subject.object.kind != "Pod" && subject.object.kind != "Service" && subject.object.kind != "Ingress")
            take(index.about(subject.object), any);
    return causes;
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (std::size_t at = 0; at < findings.size(); ++at)
        if (is_symptom(findings[at]))
            if (const auto cause = worst(findings, causes_of(world, findings, index, findings[at])))
                edges.push_back(edge_between(findings, *cause, at));
    return edges;
}

}  // namespace

extern const Link pods_of_workload;
const Link pods_of_workload{.id = "pods_of_workload", .match = match};

}  // namespace salve::diagnose::links
