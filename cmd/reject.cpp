// salve reject: closes a plan for good. Nothing is changed and nothing is run (S1.25 to S1.28).
#include <fmt/format.h>

#include <memory>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/close_plan.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "io/find_run.hpp"
#include "io/history.hpp"
#include "io/system.hpp"
#include "plan/plan_json.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::string plan, reason, output = "human";
};

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.add_option("PLAN", options->plan, "the plan's id (at least 6 digits), or its run")->required();
    app.add_option("-m,--reason", options->reason, "why, for the record")->required();
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.footer(
        "The same action on the same object is denied for 15 minutes; 'fix --override-cooldown WHY' lifts that.");
    return [options](Context& context) {
        const auto path = reject(context, options->plan, options->reason);
        const nlohmann::ordered_json document = {
            {"schema", "salve.reject/v1"}, {"plan", options->plan}, {"record", path}};
        context.out(options->output == "json" ? document.dump(2) + "\n"
                                              : fmt::format("Plan {} is closed; nothing was changed.\nrecord: {}\n",
                                                            base::visible(options->plan), base::visible(path)));
        return exit_ok;
    };
}

}  // namespace

std::string reject(Context& context, const std::string& plan, const std::string& reason) {
    const auto runs = io::RunsFolder::open_or_make(context.runs_folder());
    const auto record = io::find_plan(runs, plan);
    const auto sha256 = record.document["plan"]["plan_sha256"].get<std::string>();
    const auto parsed = plan::parse_plan(record.document["plan"]["document"], sha256, to_text(record.name));
    // Not while it is being applied, nor before it is known what became of that.
    std::vector<io::UniqueFd> locks;
    for (const auto& step : parsed.steps)
        locks.push_back(io::claim_target(runs, parsed.bound.cluster.uid, step.target));
    const auto history = io::read_history(runs, context.now());
    if (const auto at = history.decided.find(sha256); at != history.decided.end())
        throw Error(ErrorKind::not_approved,
                    fmt::format("the plan was {} before, by {} at {}", at->second.decision, at->second.by,
                                base::to_rfc3339(at->second.at)),
                    "a plan is decided on once");
    auto& rejection = context.begin_record("reject", io::random_hex(12));
    rejection.parent_run_ids.push_back(parsed.run);
    rejection.cluster = parsed.bound.cluster;
    rejection.transitions.push_back({context.now(), sha256, std::nullopt, "planned", "rejected", reason});
    audit::Approval decision;
    decision.decision = "rejected";
    decision.plan_sha256 = sha256;
    decision.reason = reason;
    return seal_decision(context, rejection, std::move(decision), "rejected");
}

std::string seal_decision(Context& context, audit::Record& record, audit::Approval decision,
                          const std::string& status) {
    record.actor.reason = decision.reason;
    decision.method = "typed";
    decision.approver = record.actor.os_user;
    decision.at = context.now();
    record.approvals.push_back(std::move(decision));
    context.must_record(audit::Event::approval);
    return context.must_end_record(status, exit_ok);
}

extern const Command reject_command;
const Command reject_command = {"reject", "Close a plan for good, with the reason. Changes nothing.", add};

}  // namespace salve::cmd
