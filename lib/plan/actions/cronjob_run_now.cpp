// Makes one Job of a CronJob at once, to see whether a repair helped or to make up for a missed run (TAXONOMY 2.4). The
// Job's name holds the second of the plan, so that the same plan cannot run it twice.
#include <fmt/format.h>

#include "plan/draft.hpp"
#include "plan/suspend.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"CronJob"};
constexpr std::size_t longest_name = 63;  // the Job's name is a label of its pods

std::string job_name(const std::string& cron_job, base::Time now) {
    const auto end = fmt::format("-manual-{}", now.us / 1'000'000);
    auto begin = cron_job.substr(0, longest_name - end.size());
    while (!begin.empty() && (begin.back() == '-' || begin.back() == '.')) begin.pop_back();
    return begin + end;
}

Draft job_draft(const Situation& situation, const json& live, bool beside) {
    const auto& root = situation.finding.root.object;
    Draft draft;
    draft.target.object = root;
    draft.request.verb = kube::WriteVerb::create_job;
    draft.request.resource = kube::Resource::jobs;
    draft.request.ns = root.ns;
    draft.request.name = job_name(root.name, situation.now);
    draft.request.from = root.name;
    draft.preconditions.uid = text_at(live, "/metadata/uid");
    draft.preconditions.generation = number_at(live, "/metadata/generation");
    draft.changes = changes_of(draft.request);
    draft.description = fmt::format("Run CronJob {} once now, as Job {}.", root.name, draft.request.name);
    draft.why = sentence(situation.finding.summary) + " A run shows whether it works now.";
    draft.risk = Risk::medium;
    draft.risk_reasons = {"what a run does is done once more"};
    if (beside) draft.risk_reasons.emplace_back("another run of it is active: both work at the same time");
    draft.reversible = false;
    draft.inverse.description =
        fmt::format("what the run did stays done; to stop it, suspend Job {} or delete it by hand", draft.request.name);
    draft.verify = {{"job_succeeds", 600'000, 20}};
    return draft;
}

Proposal propose(const Situation& situation) {
    const auto& root = situation.finding.root.object;
    const auto* live = live_root(situation);
    if (root.kind != "CronJob" || !live) return Declined{"the CronJob could not be read"};
    if (is_suspended(*live)) return Declined{"it is suspended: somebody keeps it from running"};
    const auto* active = value_at(*live, "/status/active");
    const bool is_active = active && active->is_array() && !active->empty();
    if (is_active && text_at(*live, "/spec/concurrencyPolicy") == "Forbid")
        return Declined{fmt::format("concurrencyPolicy is Forbid and Job {} is active", text_at(*active, "/0/name"))};
    return job_draft(situation, *live, is_active);
}

}  // namespace

extern const Action cronjob_run_now;
constinit const Action cronjob_run_now = {
    .id = "cronjob.run-now",
    .summary = "Makes one Job of a CronJob at once.",
    .risk = Risk::medium,
    .reverses = "nothing: what a run does stays done",
    .kinds = kinds,
    .verb = kube::WriteVerb::create_job,
    .on_request = true,
    .propose = propose,
};

}  // namespace salve::plan::actions
