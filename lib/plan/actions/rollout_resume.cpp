// Lets a paused Deployment roll out what waits (TAXONOMY 2.4).
#include <fmt/format.h>

#include "plan/draft.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment"};

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the Deployment could not be read"};
    const auto* paused = value_at(*live, "/spec/paused");
    if (!paused || *paused != true) return Declined{"it is not paused"};
    Patch patch(*live);
    patch.remove("/spec/paused");  // the server keeps no false there, and the way back could not test one
    auto draft = patch_draft(situation, patch);
    draft.description = fmt::format("Resume the rollout of Deployment {}.", situation.finding.root.object.name);
    draft.why = sentence(situation.finding.summary);
    draft.risk = Risk::medium;
    draft.risk_reasons = {"what was changed during the pause starts to roll out"};
    draft.ends_pods = true;
    draft.inverse.description = "pauses it again; pods that were replaced by then stay replaced";
    draft.verify = rollout_checks();
    return draft;
}

}  // namespace

extern const Action rollout_resume;
constinit const Action rollout_resume = {
    .id = "rollout.resume",
    .summary = "Lets a paused rollout go on.",
    .risk = Risk::medium,
    .reverses = "rollout.pause",
    .kinds = kinds,
    .propose = propose,
};

}  // namespace salve::plan::actions
