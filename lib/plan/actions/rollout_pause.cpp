// Keeps a bad rollout from spreading while the pods of the older revision still serve (TAXONOMY 2.4).
#include <fmt/format.h>

#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment"};

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the Deployment could not be read"};
    if (const auto* paused = value_at(*live, "/spec/paused"); paused && *paused == true)
        return Declined{"it is paused already"};
    const auto workload =
        situation.world.deployment(situation.finding.root.object.ns, situation.finding.root.object.name);
    if (!workload) return Declined{"what its pods are could not be read"};
    if (workload->updated >= workload->desired)
        return Declined{"no rollout is going on: every pod has the newest template"};
    if (workload->ready == 0) return Declined{"nothing serves any more, so there is nothing to keep"};
    Patch patch(*live);
    patch.put("/spec/paused", true);
    auto draft = patch_draft(situation, patch);
    draft.description = fmt::format("Pause the rollout of Deployment {}.", workload->meta.name);
    draft.why = fmt::format("{} of {} pods are ready and of the older revision; a paused rollout leaves them alone.",
                            workload->ready, workload->desired);
    draft.risk = Risk::low;
    draft.risk_reasons = {"nothing is restarted"};
    draft.inverse.description = "resumes the rollout";
    draft.verify = {{"field_is", 10'000, 1}, {"replicas_held", 60'000, 3}};
    return draft;
}

}  // namespace

extern const Action rollout_pause;
constinit const Action rollout_pause = {
    .id = "rollout.pause",
    .summary = "Stops a rollout where it is, so that a bad revision does not spread.",
    .risk = Risk::low,
    .reverses = "rollout.resume",
    .kinds = kinds,
    .propose = propose,
};

}  // namespace salve::plan::actions
