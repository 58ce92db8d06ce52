// The one composition root: streams, clock, settings. Subcommands get what they need from here and nowhere else.
#pragma once
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.hpp"
#include "audit/record.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/config.hpp"
#include "io/find_program.hpp"
#include "io/kubeconfig.hpp"
#include "io/run_log.hpp"
#include "kube/command.hpp"
#include "policy/history.hpp"
#include "report/format.hpp"

namespace salve::cmd {

// Flags that every subcommand shares (CLI.md section 1).
struct CommonFlags {
    std::string config_file, kubeconfig, runs_dir, policy_file, colour = "auto";
    std::string ticket;  // for the record: the incident that the run belongs to
    bool quiet = false;
    int verbosity = 0;
};

class Context {
public:
    explicit Context(std::vector<std::string> argv);

    CommonFlags flags;
    const std::vector<std::string>& argv() const { return argv_; }
    const io::Cancel& cancel() const { return cancel_; }

    base::Time now() const;           // wall clock
    std::int64_t elapsed_us() const;  // since the start of the process, monotonic
    const io::Config& config();       // read once; errors name the file and the line
    const io::Program& kubectl();     // found once, or Error(kubectl_unavailable)
    std::string runs_folder();        // --runs, SALVE_RUNS, configuration, ./runs, $XDG_STATE_HOME/salve/runs
    // --policy, else the configuration; nothing: there is none, and everything is denied.
    std::optional<std::string> policy_file();
    // Whether an earlier run died and was not settled; nothing where that cannot be read.
    std::optional<bool> unsettled_runs();
    // What was tried, decided and snoozed before; nothing where the records cannot be read. Without a folder: nothing
    // was.
    std::optional<policy::History> history(base::Time now);
    bool terminal_err() const;    // stderr is a terminal: progress may be shown
    int width_out() const;        // columns of stdout, 80 where there is none
    report::Style style() const;  // how stdout wants it, and the flags

    // The named context, or whichever is the current one.
    kube::Target target(const std::string& context) const;
    // What the kubeconfig says of it. before_asking: called if kubectl must be asked, which takes a while.
    io::Chosen choose(const std::string& context, const std::function<void()>& before_asking = {});
    std::vector<std::string> child_environment() const;

    // From now on a first signal only keeps further steps from being begun, and a second one is told by abandon().
    void finish_what_is_sent();
    const io::Cancel& abandon() const { return abandon_; }
    bool finishes_what_is_sent() const { return finishes_; }
    // The signal that came first, or 0. Async-signal-safe.
    void note_signal(int number) {
        if (signal_ == 0) signal_ = number;
    }
    int signal() const { return signal_; }

    // The record of the run that goes on. What is known of it is filled in before the first write_record(), which opens
    // its journal; each further one puts what was added to it on the disk. end_record() seals it: once, whatever comes
    // later; without a begun record it does nothing. A folder that cannot be written is a warning, said once: reading
    // goes on without a record (SAFETY 1.4).
    audit::Record& begin_record(const std::string& kind, const std::string& run);
    void write_record(audit::Event event);
    // Opens the journal now, for a run that must not go on without: Error(audit_unwritable) instead of a warning.
    void require_record();
    // As write_record, for a run that changes something. Error(audit_unwritable) as long as nothing can have been sent;
    // after that Error(audit_degraded), with every line kept elsewhere or printed (SAFETY 1.4).
    void must_record(audit::Event event);
    // Seals the record of such a run; the same errors. The path of the record.
    std::string must_end_record(const std::string& status, int exit_code);
    // Gives the run up with its journal as it is, for 'salve runs recover': what became of a step is not known.
    void leave_record();
    // A journal was left open because what became of a step is not known.
    bool left_open() const { return left_open_; }
    // The path of the sealed record, or empty. A record with a step whose outcome is not known is left instead.
    std::string end_record(const std::string& status, int exit_code,
                           const std::optional<std::string>& error = std::nullopt);
    // The key that signs records, if the configuration names one; Error(usage) if it cannot be used.
    const audit::SigningKey* signing_key();

    // stdout; a closed pipe ends the program quietly. Interrupted, if a signal comes while nobody takes what is
    // written.
    void out(std::string_view text);
    void warn(std::string_view text);  // stderr, escaped

private:
    bool colour_out() const;
    bool open_log();
    void no_record(const base::Error& failure);
    void close_record(const std::string& status, int exit_code, const std::optional<std::string>& error);
    [[noreturn]] void record_failed(const base::Error& failure);
    std::string state_folder() const;
    std::string seal(bool must_last);  // the path; errors of RunLog::seal
    std::vector<std::string> argv_;
    std::int64_t started_us_, begun_us_ = 0;  // of the process, of the record
    io::Cancel cancel_, abandon_;
    volatile bool finishes_ = false;
    volatile int signal_ = 0;
    bool left_open_ = false;
    std::optional<io::Config> config_;
    std::optional<io::Program> kubectl_;
    std::optional<audit::SigningKey> signing_key_;
    std::optional<audit::Record> record_;
    std::optional<io::RunLog> log_;
    bool unrecorded_ = false;
    std::shared_future<std::string> binary_sha256_;  // counted while kubectl starts
};

}  // namespace salve::cmd
