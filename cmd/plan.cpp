// salve plan: triage, then the smallest safe repair of the catalog for each root: shown, rehearsed by the server,
// sealed. Changes nothing.
#include "plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/make_plan.hpp"
#include "report/plan.hpp"

namespace salve::cmd {
namespace {

struct Options {
    Planning planning;
    std::string output = "human";
    bool commands = false, list_actions = false, show_rollback = false;
};

int run(Context& context, const Options& options) {
    if (options.list_actions) {
        const auto actions = plan::all_actions();
        context.out(options.output == "json" ? report::actions_json(actions) : report::actions_human(actions));
        return 0;
    }
    const auto made = make_plan(context, options.planning, plan::Outcome::planned);
    if (options.commands) {
        context.out(report::plan_commands(made.plan, options.show_rollback));
        return 0;
    }
    print_plan(context, made, options.output == "json", options.show_rollback);
    return 0;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    add_planning(app, options->planning);
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.add_flag("--commands", options->commands, "print the commands only, to be copied");
    app.add_flag("--show-rollback", options->show_rollback, "print the commands of the way back as well");
    app.add_flag("--list-actions", options->list_actions, "print the catalog of actions");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command plan_command;
const Command plan_command = {"plan", "Show the smallest safe repair, rehearsed by the server. Changes nothing.", add};

}  // namespace salve::cmd
