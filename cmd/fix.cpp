// salve fix: without --approve or -i the same as `plan`, ending as what would be done (S0.3 to S0.5): nothing is
// changed. With --approve it does exactly what the named plan showed; with -i it asks for each step.
#include <fmt/format.h>

#include <memory>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/apply_plan.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/make_plan.hpp"
#include "cmd/walk_plan.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    Planning planning;
    Approving approving;
    std::string output = "human";
    bool dry_run = false, show_rollback = false, interactive = false;
    bool json() const { return output == "json"; }
};

int print(Context& context, const Options& options, const Done& done) {
    context.out(options.json() ? report::apply_json(done.view) : report::apply_human(done.view, context.style()));
    return done.exit_code;
}

int show(Context& context, const Options& options) {
    const auto made = make_plan(context, options.planning, plan::Outcome::dry_run);
    print_plan(context, made, options.output == "json", options.show_rollback);
    return exit_ok;
}

void check(const Options& options) {
    const bool approves = !options.approving.plan.empty();
    const auto& planning = options.planning;
    if (approves + options.interactive + options.dry_run > 1)
        throw Error(ErrorKind::usage, "--approve, --interactive and --dry-run cannot be used together", "give one");
    const bool plans = !planning.what.empty() || !planning.reading.from.empty() || !planning.reading.save.empty() ||
                       planning.reading.all || !planning.reading.namespaces.empty() || !planning.action.empty() ||
                       !planning.set.empty();
    if (approves && plans)
        throw Error(ErrorKind::usage, "--approve takes the plan as it was shown, and nothing that would change it",
                    "plan again for another one");
    if (options.interactive && !planning.reading.from.empty())
        throw Error(ErrorKind::usage, "a recording cannot be changed", "leave --from out");
    if (options.interactive && options.json())
        throw Error(ErrorKind::usage, "--interactive is for people", "use 'salve plan -o json' and --approve");
    const bool confirms = !options.approving.confirm.empty() || !options.approving.override_cooldown.empty() ||
                          !options.approving.reason.empty() || options.approving.soak_s >= 0;
    if (!approves && !options.interactive && confirms)
        throw Error(ErrorKind::usage, "--confirm, --reason, --override-cooldown and --soak go with --approve or -i");
}

int run(Context& context, Options options) {
    check(options);
    options.approving.context = options.planning.context;
    options.approving.kubectl_timeout_s = options.planning.reading.kubectl_timeout_s;
    if (!options.approving.plan.empty()) return print(context, options, apply_plan(context, options.approving));
    if (options.interactive) return walk_plan(context, options.planning, options.approving);
    return show(context, options);
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    add_planning(app, options->planning);
    auto& approving = options->approving;
    app.add_flag("--dry-run", options->dry_run, "show what would be done, and do nothing (the default)");
    app.add_option("--approve", approving.plan,
                   "CHANGE THE CLUSTER: apply the plan of this id (at least 12 digits), exactly as it was shown");
    app.add_flag("-i,--interactive", options->interactive,
                 "CHANGE THE CLUSTER after asking: approve, reject or modify each step");
    app.add_option("--confirm", approving.confirm, "the name of an object that a high-risk step changes (repeatable)")
        ->allow_extra_args(false);
    app.add_option("-m,--reason", approving.reason, "why, for the record");
    app.add_option("--override-cooldown", approving.override_cooldown,
                   "apply although it was tried or rejected a moment ago; the reason goes into the record");
    app.add_option("--soak", approving.soak_s, "watch the result for at most so many seconds (default: as planned)")
        ->check(CLI::Range(0, 86'400));
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.add_flag("--show-rollback", options->show_rollback, "print the commands of the way back as well");
    app.footer(
        "Exit codes with --approve and -i: 0 done and verified, 73 no record can be written, 74 nor kept after a\n"
        "change, 75 somebody else changes it or a dead run is not settled, 76 the plan is stale, 77 the policy denies\n"
        "it, 78 not approved, 79 a step failed, 80 its effect is not known ('salve runs recover'), 81 changed, but\n"
        "not verified. A signal lets what was sent finish and begins nothing more; a second one gives it up.");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command fix_command;
const Command fix_command = {
    "fix", "Show what would be done about it; with --approve PLAN or -i, do it, check it and record it.", add};

}  // namespace salve::cmd
