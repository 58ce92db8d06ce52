// The subcommands of 'salve runs': each registers its flags and returns what is run when it was chosen.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace salve::cmd {

class Context;
using Run = std::function<int(Context&)>;

Run add_runs_list(CLI::App& app);
Run add_runs_show(CLI::App& app);
Run add_runs_diff(CLI::App& app);
Run add_runs_report(CLI::App& app);
Run add_runs_stats(CLI::App& app);
Run add_runs_verify(CLI::App& app);
Run add_runs_head(CLI::App& app);
Run add_runs_recover(CLI::App& app);

}  // namespace salve::cmd
