// TAXONOMY 1.10 and 0.10: a controller that does not look at what it is for. Every workload controller writes the
// generation that it has seen to status.observedGeneration at the end of a sync.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diagnose/containers.hpp"
#include "diagnose/rollout_limits.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Workload;

constexpr Mode modes[] = {
    {.id = "ctrl.not-observing",
     .category = Category::other,
     .severity = Severity::critical,
     .summary =
         "A workload controller of the control plane does not see changes: nothing is created, replaced or scaled.",
     .needs =
         "status.observedGeneration below metadata.generation for more than a minute on at least two objects of one "
         "kind.",
     .not_when = "The change is only seconds old, one object alone lags, or the controller has written an error since.",
     .advice =
         "Look at kube-controller-manager: whether it runs, holds its lease, and what its log says. Until then trust "
         "no status of these objects."},
};

constexpr std::size_t least_objects = 2, most_named = 5;

// Since when it must have been there to be seen: its creation when nothing was ever seen of it, else its last change.
std::optional<Time> unseen_since(const Workload& workload) {
    if (!workload.observed_generation.value_or(0)) return workload.meta.created;
    return std::nullopt;
}

// A ReplicaSet that cannot be created ends the sync before the generation is written.
bool is_lagging(const World& world, const Workload& workload) {
    if (kube::is_observed(workload) || workload.meta.deleted) return false;
    const auto* progressing = kube::find_condition(workload.conditions, "Progressing");
    if (progressing && progressing->reason == "ReplicaSetCreateError") return false;
    const auto since = unseen_since(workload);
    return since && world.now() - *since > observe_grace;
}

Finding finding_of(const std::vector<const Workload*>& lagging) {
    auto finding = object_finding(modes[0], lagging[0]->meta.ref());
    std::vector<std::string> names;
    for (const auto* workload : lagging) {
        const auto text = fmt::format("{}: generation {}, observedGeneration {}", workload->meta.name,
                                      workload->meta.generation.value_or(0), workload->observed_generation.value_or(0));
        if (names.size() < most_named) {
            names.push_back(text);
            finding.evidence.push_back(
                from_field(workload->meta.ref(), Source::status, "status.observedGeneration", text));
        }
        if (workload != lagging[0]) finding.affected.push_back({workload->meta.ref(), ""});
        const auto since = unseen_since(*workload);
        if (!finding.first_seen || *since < *finding.first_seen) finding.first_seen = since;
    }
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.summary = fmt::format(
        "The controller of {}s has not seen the present spec of {} of them for more than a minute "
        "({}{}): kube-controller-manager does not work.",
        lagging[0]->meta.kind, lagging.size(), fmt::join(names, "; "), lagging.size() > names.size() ? "; ..." : "");
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::map<std::string, std::vector<const Workload*>> lagging;
    for (const auto* workload : world.workloads())
        if (is_lagging(world, *workload)) lagging[workload->meta.kind].push_back(workload);
    std::vector<Finding> out;
    for (const auto& [kind, workloads] : lagging)
        if (workloads.size() >= least_objects) out.push_back(finding_of(workloads));
    return out;
}

}  // namespace

extern const Rule not_observing;
const Rule not_observing{.id = "not_observing", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
