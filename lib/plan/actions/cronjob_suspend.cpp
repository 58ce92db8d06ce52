// Keeps a CronJob from starting further runs, for instance while what fails is repaired (TAXONOMY 2.4).
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
    if (is_suspended(*live)) return Declined{"it is suspended already"};
    auto draft = suspend_draft(situation, *live, {root.object, ""}, true);
    draft.description = fmt::format("Suspend CronJob {}: it starts no further runs.", root.object.name);
    draft.risk = Risk::low;
    draft.risk_reasons = {"runs that are going on are left alone; what its runs do is not done meanwhile"};
    draft.inverse.description = number_at(*live, "/spec/startingDeadlineSeconds")
                                    ? "resumes it"
                                    : "resumes it; a run that it missed may then start at once";
    return draft;
}

}  // namespace

extern const Action cronjob_suspend;
constinit const Action cronjob_suspend = {
    .id = "cronjob.suspend",
    .summary = "Keeps a CronJob from starting further runs.",
    .risk = Risk::low,
    .reverses = "cronjob.resume",
    .kinds = kinds,
    .on_request = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
