// salve policy check, explain, simulate: what the policy of now says of plans that were made. Nothing is read from a
// cluster and nothing is sent.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "audit/summary.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/make_plan.hpp"
#include "cmd/policy.hpp"
#include "io/find_run.hpp"
#include "io/policy_file.hpp"
#include "plan/plan_json.hpp"
#include "policy/floor.hpp"
#include "policy/plan_input.hpp"
#include "report/policy.hpp"
#include "report/policy_simulate.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::string plan, output = "human";
    bool json() const { return output == "json"; }
};

// The plan out of its record, proven to be what was sealed.
plan::Plan plan_of(const io::ReadRecord& record) {
    const auto& fields = record.document["plan"];
    return plan::parse_plan(fields["document"], fields["plan_sha256"].get<std::string>(),
                            to_text(record.name) + ": .plan.document");
}

std::string title_of(const plan::Step& step) {
    const auto& target = step.target.object;
    return fmt::format("step {}: {} on {} {}/{}", step.ordinal, step.action_id, target.kind, target.ns, target.name);
}

std::vector<report::JudgedStep> judge(const plan::Plan& plan, const policy::Policy& policy,
                                      const policy::Settings& settings) {
    std::vector<report::JudgedStep> judged;
    for (const auto& step : plan.steps) {
        auto input = policy::input_of(plan, step, settings);
        auto decision = policy::decide(policy, input);
        judged.push_back({title_of(step), std::move(input), std::move(decision)});
    }
    return judged;
}

std::vector<report::JudgedStep> judged_plan(Context& context, const Options& options) {
    const auto runs = io::RunsFolder::open(context.runs_folder());
    const auto plan = plan_of(io::find_plan(runs, options.plan));
    if (plan.steps.empty())
        throw Error(ErrorKind::usage, fmt::format("plan {} has no step that could be judged", options.plan),
                    "'salve runs show' prints what it says");
    return judge(plan, io::read_policy(context.policy_file()), settings_of(context, context.now()));
}

int check(Context& context, const Options& options) {
    const auto judged = judged_plan(context, options);
    context.out(options.json() ? report::policy_check_json(judged)
                               : report::policy_check_human(judged, context.style()));
    const bool denied = std::any_of(judged.begin(), judged.end(), [](const report::JudgedStep& step) {
        return step.decision.effect == policy::Effect::deny;
    });
    return denied ? exit_denied : exit_ok;
}

int explain(Context& context, const Options& options) {
    const auto judged = judged_plan(context, options);
    context.out(options.json() ? report::policy_explain_json(judged)
                               : report::policy_explain_human(judged, context.style()));
    return exit_ok;
}

void add(report::Simulation& result, const plan::Plan& plan, const std::string& id,
         const std::vector<report::JudgedStep>& judged) {
    ++result.plans;
    for (std::size_t i = 0; i < judged.size(); ++i) {
        ++result.steps;
        const auto& before = plan.steps[i].verdict;
        const auto after = base::word(policy::effect_names, judged[i].decision.effect);
        if (before.effect != after)
            result.flips.push_back({id, plan.created_at, before.effect, before.reason, judged[i]});
    }
}

// What each recorded step was told then, against what the policy of now says to the same facts at the same time.
int simulate(Context& context, const Options& options) {
    const auto file = context.policy_file();
    if (!file) throw Error(ErrorKind::usage, "there is no policy to try", "name one with --policy FILE");
    const auto policy = io::load_policy(*file);
    const auto runs = io::RunsFolder::open(context.runs_folder());
    report::Simulation result;
    result.policy_file = *file;
    auto settings = settings_of(context, context.now());
    settings.history = policy::History();  // what was tried since then was not known then
    const auto take = [&](const io::ReadRecord& record) {
        if (record.document["kind"] != "plan" || !record.document["plan"].is_object()) return true;
        try {
            const auto plan = plan_of(record);
            const auto id = audit::plan_id(record.document["plan"]["plan_sha256"].get<std::string>());
            settings.now = plan.created_at;
            add(result, plan, id, judge(plan, policy, settings));
        } catch (const Error& error) {
            context.warn(fmt::format("salve: warning: left out: {}", error.what()));
        }
        return true;
    };
    io::each_record(runs, take, [&](const Error& error) {
        context.warn(fmt::format("salve: warning: left out: {}", error.what()));
    });
    context.out(options.json() ? report::policy_simulate_json(result)
                               : report::policy_simulate_human(result, context.style()));
    return result.flips.empty() ? exit_ok : exit_findings;
}

void add_plan(CLI::App& app, Options& options) {
    app.add_option("plan", options.plan, "the plan's id (at least 6 digits), or its run")->required();
}
void add_output(CLI::App& app, Options& options) {
    app.add_option("-o,--output", options.output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
}

}  // namespace

Run add_policy_check(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    add_plan(app, *options);
    add_output(app, *options);
    app.footer("Exit codes: 0 no step is denied, 77 one is, 65 the plan is not what was sealed.");
    return [options](Context& context) { return check(context, *options); };
}

Run add_policy_explain(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    add_plan(app, *options);
    add_output(app, *options);
    return [options](Context& context) { return explain(context, *options); };
}

Run add_policy_simulate(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    add_output(app, *options);
    app.footer("Exit codes: 0 no verdict would be another one, 1 some would.");
    return [options](Context& context) { return simulate(context, *options); };
}

}  // namespace salve::cmd
