// salve runs: the audit chain. Reads it, proves it, settles what dead runs left, and turns it into a report.
#include "cmd/runs.hpp"

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
    add_one("list", "Show what ran, newest first.", add_runs_list);
    add_one("show", "Show one record.", add_runs_show);
    add_one("diff", "Show what changed between two triages.", add_runs_diff);
    add_one("report", "Write the post-incident document of an incident.", add_runs_report);
    add_one("stats", "Count runs, outcomes and failure modes.", add_runs_stats);
    add_one("verify", "Prove that no record was changed, removed or put in.", add_runs_verify);
    add_one("recover", "Settle what runs that died left behind. Sends nothing to the cluster.", add_runs_recover);
    add_one("head", "Print the note that names the newest record, to be kept elsewhere.", add_runs_head);
    return [chosen](Context& context) { return (*chosen)(context); };
}

}  // namespace

extern const Command runs_command;
const Command runs_command = {"runs", "Read, prove and repair the records of past runs.", add};

}  // namespace salve::cmd
