// Lets a suspended CronJob start runs again (TAXONOMY 2.4). Only on request: somebody suspended it.
#include <fmt/format.h>

#include "plan/draft.hpp"
#include "plan/suspend.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"CronJob"};

Proposal propose(const Situation& situation) {
    const auto& root = situation.finding.root;
    const auto* live = live_root(situation);
    if (root.object.kind != "CronJob" || !live) return Declined{"the CronJob could not be read"};
    if (!is_suspended(*live)) return Declined{"it is not suspended"};
    auto draft = suspend_draft(situation, *live, {root.object, ""}, false);
    draft.description = fmt::format("Resume CronJob {}.", root.object.name);
    draft.risk = Risk::medium;
    draft.risk_reasons = {"it starts runs again, with whatever made somebody suspend it"};
    if (!number_at(*live, "/spec/startingDeadlineSeconds"))
        draft.warnings.push_back(fmt::format(
            "CronJob {} has no startingDeadlineSeconds: a run that it missed may start at once", root.object.name));
    draft.inverse.description = "suspends it again; runs that were started by then go on";
    return draft;
}

}  // namespace

extern const Action cronjob_resume;
constinit const Action cronjob_resume = {
    .id = "cronjob.resume",
    .summary = "Lets a suspended CronJob start runs again.",
    .risk = Risk::medium,
    .reverses = "cronjob.suspend",
    .kinds = kinds,
    .on_request = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
