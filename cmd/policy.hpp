// The subcommands of 'salve policy': each registers its flags and returns what is run when it was chosen.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace salve::cmd {

class Context;
using Run = std::function<int(Context&)>;

Run add_policy_init(CLI::App& app);
Run add_policy_lint(CLI::App& app);
Run add_policy_test(CLI::App& app);
Run add_policy_check(CLI::App& app);
Run add_policy_explain(CLI::App& app);
Run add_policy_simulate(CLI::App& app);

}  // namespace salve::cmd
