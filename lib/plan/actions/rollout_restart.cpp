// New pods for a program that hangs, leaks or clings to what it once read (TAXONOMY 2.4). Not `kubectl rollout
// restart`: that has no dry run and tests nothing; the same annotation is set by a patch.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "plan/blast.hpp"
#include "plan/draft.hpp"
#include "plan/fresh_start.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment", "DaemonSet"};
constexpr const char* annotations = "/spec/template/metadata/annotations";

std::optional<std::string> unfit(const kube::Workload& workload) {
    if (workload.paused) return "it is paused: nothing would be restarted before it is resumed";
    if (workload.strategy == "OnDelete") return "its updateStrategy is OnDelete: no pod would be restarted";
    if (workload.desired == 0) return "it has no pods";
    if (!kube::is_observed(workload) || workload.updated < workload.desired)
        return "a rollout is under way: wait for its end";
    return std::nullopt;
}

// A rollout asks no budget, but what a budget keeps is what the rollout may not take away.
bool budgets_allow(const Situation& situation, const kube::Workload& workload, int gone) {
    const auto budgets = situation.world.budgets_for(workload.meta.ns, workload.pod_template.labels);
    return std::none_of(budgets.begin(), budgets.end(),
                        [&](const auto* budget) { return budget->disruptions_allowed < gone; });
}

void add_risk(const Situation& situation, const kube::Workload& workload, Draft& draft) {
    const auto room = rollout_room(workload);
    draft.risk = Risk::medium;
    draft.risk_reasons = {"every pod is replaced"};
    if (workload.strategy == "Recreate") {
        draft.risk = Risk::high;
        draft.risk_reasons.emplace_back("strategy Recreate: nothing serves until the new pods are ready");
    } else if (!budgets_allow(situation, workload, room.unavailable)) {
        draft.risk_reasons.emplace_back("a disruption budget keeps more pods than the rollout does");
    } else if (workload.desired >= 2 && room.unavailable * 4 <= workload.desired) {
        draft.risk = Risk::low;
        draft.risk_reasons.push_back(
            fmt::format("at most {} of {} pods are missing at a time", room.unavailable, workload.desired));
    }
}

Proposal propose(const Situation& situation) {
    const auto& root = situation.finding.root.object;
    if (root.kind == "StatefulSet")
        return Declined{
            "a StatefulSet is not restarted: its pods go one after the other, and one that does not come "
            "back stops the rest"};
    if (auto reason = not_by_restart(situation)) return Declined{*reason};
    const auto* live = live_root(situation);
    const auto workload = situation.world.workload(root.kind, root.ns, root.name);
    if (!live || !workload) return Declined{"the workload could not be read"};
    if (auto reason = unfit(*workload)) return Declined{*reason};
    const auto now = base::to_rfc3339(situation.now).substr(0, 19) + "Z";
    const auto path = pointer(annotations, "kubectl.kubernetes.io/restartedAt");
    if (text_at(*live, path) == now) return Declined{"it was restarted this very second"};
    Patch patch(*live);
    patch.put_deep(path, now);
    auto draft = patch_draft(situation, patch);
    // Only an annotation of the template is new: nobody puts it back, and there is nothing to go back to.
    draft.writes_spec = false;
    draft.ends_pods = true;
    draft.reversible = false;
    draft.inverse = {
        "nothing has to be put back: the template differs by an annotation only, and the old pods are gone",
        std::nullopt};
    draft.description =
        fmt::format("Restart the pods of {} {}, one after the other as its strategy says.", root.kind, root.name);
    if (workload->strategy == "Recreate")
        draft.description = fmt::format("Restart the pods of {} {}, all at once (Recreate).", root.kind, root.name);
    draft.why = sentence(situation.finding.summary) + " A fresh start frees what the program holds or clings to.";
    add_risk(situation, *workload, draft);
    draft.verify = rollout_checks();
    return draft;
}

}  // namespace

extern const Action rollout_restart;
constinit const Action rollout_restart = {
    .id = "rollout.restart",
    .summary = "Replaces the pods of a Deployment or DaemonSet by new ones of the same template.",
    .risk = Risk::low,
    .reverses = "nothing to put back: the template stays the same",
    .kinds = kinds,
    .on_request = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
