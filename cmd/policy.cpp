// salve policy: what may be done and what needs approval. Writes and checks policy files; sends nothing to a cluster.
#include "cmd/policy.hpp"

#include <memory>

#include "cmd/command.hpp"
#include "cmd/context.hpp"

namespace salve::cmd {
namespace {

Run add(CLI::App& app, Context&) {
    app.require_subcommand(1);
    app.fallthrough();
    const auto chosen = std::make_shared<Run>();
    const auto add_one = [&](const char* name, const char* summary, Run (*register_flags)(CLI::App&)) {
        auto* sub = app.add_subcommand(name, summary);
        sub->fallthrough();
        sub->final_callback([run = register_flags(*sub), chosen] { *chosen = run; });
    };
    add_one("check", "Say of each step of a plan whether it may be done, and which rule decided.", add_policy_check);
    add_one("explain", "Show every rule with the test and the value that decided, for each step of a plan.",
            add_policy_explain);
    add_one("simulate", "Judge all recorded plans anew: which verdicts would a policy change?", add_policy_simulate);
    add_one("init", "Print a policy file to start from.", add_policy_init);
    add_one("lint", "Tell what is probably wrong with a policy file: dead, shadowed and doubled rules.",
            add_policy_lint);
    add_one("test", "Run cases with the verdicts that they must get.", add_policy_test);
    return [chosen](Context& context) { return (*chosen)(context); };
}

}  // namespace

extern const Command policy_command;
const Command policy_command = {"policy", "Write and check the policy: what may be done, and what needs approval.",
                                add};

}  // namespace salve::cmd
