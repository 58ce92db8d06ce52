// salve fix: the same as `plan`, ending as what would be done (S0.3 to S0.5). It shows the whole decision and changes
// nothing.
#include <memory>

#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/make_plan.hpp"
#include "report/plan.hpp"

namespace salve::cmd {
namespace {

struct Options {
    Planning planning;
    std::string output = "human";
    bool dry_run = true, show_rollback = false;
};

int run(Context& context, const Options& options) {
    const auto made = make_plan(context, options.planning, plan::Outcome::dry_run);
    const report::PlanView view{made.plan, made.id, made.record_path, made.unconcerned, options.show_rollback};
    context.out(options.output == "json" ? report::plan_json(view) : report::plan_human(view, context.style()));
    return 0;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    add_planning(app, options->planning);
    app.add_flag("--dry-run", options->dry_run, "show what would be done, and do nothing (always so)");
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.add_flag("--show-rollback", options->show_rollback, "print the commands of the way back as well");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command fix_command;
const Command fix_command = {"fix", "Show what would be done about it. Changes nothing.", add};

}  // namespace salve::cmd
