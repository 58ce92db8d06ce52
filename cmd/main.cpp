// Parses, runs one command, catches once, and turns what happened into the exit code.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "io/list_read.hpp"
#include "version.hpp"

// How jemalloc is set up (jemalloc(3), TUNING). Few threads run at once, and each has a cache of its own: one arena
// wastes least; and what the lists left behind goes back soon, for the record comes after them.
extern "C" const char* const malloc_conf;
const char* const malloc_conf = "narenas:1,dirty_decay_ms:500";

namespace salve::cmd {
#define COMMAND(name) extern const Command name##_command;
#include "cmd/commands.def"
#undef COMMAND

namespace {

constexpr const Command* const commands[] = {
#define COMMAND(name) &name##_command,
#include "cmd/commands.def"
#undef COMMAND
};

Context* told_of_signals = nullptr;
volatile std::sig_atomic_t caught = 0, signals = 0;
constexpr int watched[] = {SIGINT, SIGTERM, SIGHUP};

// Async-signal-safe. The first signal asks to stop; a further one ends us at once, or, while something is being sent,
// gives that up first.
void on_signal(int signal) {
    caught = signal;
    told_of_signals->note_signal(signal);
    signals = signals + 1;
    if (signals == 1) told_of_signals->cancel().request();
    const bool finishes = told_of_signals->finishes_what_is_sent();
    if (signals == 2 && finishes) told_of_signals->abandon().request();
    if (signals == 1 && finishes) return;
    for (const int one : watched) std::signal(one, SIG_DFL);
}

// The children are in process groups of their own: they end because we end them, not because the terminal does.
void watch_signals(Context& context) {
    told_of_signals = &context;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (const int signal : watched) ::sigaction(signal, &action, nullptr);
}

void add_common(CLI::App& app, CommonFlags& flags) {
    app.add_option("--config", flags.config_file,
                   "configuration file (default: ./salve.yaml, then ~/.config/salve/salve.yaml)");
    app.add_option("--kubeconfig", flags.kubeconfig, "kubeconfig file (default: as kubectl)");
    app.add_option("--runs", flags.runs_dir,
                   "folder for the records (default: $SALVE_RUNS, ./runs, ~/.local/state/salve/runs)");
    app.add_option("--policy", flags.policy_file, "policy file (default: policy.file of the configuration)");
    app.add_option("--ticket", flags.ticket, "the incident that this run belongs to, for the record");
    app.add_option("--color", flags.colour, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}));
    app.add_flag("-q,--quiet", flags.quiet, "no progress; only the verdict and the reasons");
    app.add_flag("-v,--verbose", flags.verbosity, "show the evidence with its paths");
}

// CLI11 says no more than that a subcommand is required.
void check_command_word(int argc, char** argv) {
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word.empty() || word.starts_with('-')) return;
    std::vector<std::string_view> known;
    for (const auto* command : commands) known.push_back(command->name);
    if (std::find(known.begin(), known.end(), word) != known.end()) return;
    const auto near = base::nearest(word, known);
    throw base::Error(base::ErrorKind::usage, fmt::format("unknown command {}", base::quoted(word)),
                      near ? fmt::format("did you mean \"{}\"?", *near) : "see 'salve --help'");
}

int parse_and_run(Context& context, int argc, char** argv) {
    check_command_word(argc, argv);
    CLI::App app(
        "Finds what is broken in a Kubernetes cluster and why, with the proof. Only 'fix --approve' and 'fix -i' "
        "change anything.",
        "salve");
    app.set_version_flag("--version", fmt::format("salve {} ({})", SALVE_VERSION, SALVE_COMMIT));
    app.require_subcommand(1);
    app.footer(std::string(exit_code_help()));
    std::function<int(Context&)> chosen;
    for (const auto* command : commands) {
        auto* sub = app.add_subcommand(std::string(command->name), std::string(command->summary));
        add_common(*sub, context.flags);
        auto run = command->add(*sub, context);
        sub->final_callback([run, &chosen] { chosen = run; });
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        throw base::Error(base::ErrorKind::usage, error.what(), "see 'salve --help'");
    }
    return chosen(context);
}

int report(Context& context, const base::Error& error) {
    context.end_record("failed", exit_code(error.kind()), error.what());
    context.warn(fmt::format("salve: error: {}", error.what()));
    if (!error.hint().empty()) context.warn(fmt::format("hint: {}", error.hint()));
    return context.left_open() ? exit_effect_unknown : exit_code(error.kind());
}

int run(int argc, char** argv) {
    Context context(std::vector<std::string>(argv, argv + argc));
    watch_signals(context);
    try {
        return parse_and_run(context, argc, argv);
    } catch (const io::Interrupted&) {
        const int code = 128 + (caught ? caught : SIGINT);
        context.end_record("interrupted", code, "interrupted");
        return context.left_open() ? exit_effect_unknown : code;
    } catch (const base::Error& error) {
        return report(context, error);
    } catch (const std::exception& error) {
        return report(context, base::Error(base::ErrorKind::internal, error.what(),
                                           "this is a fault in salve: please report it"));
    }
}

}  // namespace
}  // namespace salve::cmd

int main(int argc, char** argv) { return salve::cmd::run(argc, argv); }
