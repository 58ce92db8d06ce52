#include "cmd/context.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/error.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "diagnose/modes_digest.hpp"
#include "io/child_environment.hpp"
#include "io/file.hpp"
#include "io/history.hpp"
#include "io/parallel.hpp"
#include "io/plain_kubeconfig.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"
#include "plan/action.hpp"
#include "version.hpp"

namespace salve::cmd {

Context::Context(std::vector<std::string> argv) : argv_(std::move(argv)), started_us_(io::monotonic_us()) {}

base::Time Context::now() const { return io::wall_clock(); }
std::int64_t Context::elapsed_us() const { return io::monotonic_us() - started_us_; }

const io::Config& Context::config() {
    if (!config_) {
        const auto file = flags.config_file.empty() ? io::default_config_file() : flags.config_file;
        config_ = file ? io::read_config(*file) : io::Config();
    }
    return *config_;
}

const io::Program& Context::kubectl() {
    if (!kubectl_) kubectl_ = io::find_program(config().kubectl_path, io::variable("PATH"));
    return *kubectl_;
}

std::vector<std::string> Context::child_environment() const { return io::child_environment(io::environment()); }

kube::Target Context::target(const std::string& context) const {
    kube::Target target;
    if (!context.empty()) target.context = kube::checked_context_name(context);
    if (!flags.kubeconfig.empty()) target.kubeconfig = flags.kubeconfig;
    return target;
}

io::Chosen Context::choose(const std::string& context, const std::function<void()>& before_asking) {
    const auto named = target(context);
    if (auto plain = io::choose_plain_context(kubectl(), named)) return *std::move(plain);
    if (before_asking) before_asking();
    return io::choose_context(kubectl(), child_environment(), named, config().kubectl_timeout);
}

std::string Context::runs_folder() {
    if (!flags.runs_dir.empty()) return flags.runs_dir;
    if (auto named = io::variable("SALVE_RUNS"); !named.empty()) return named;
    if (config().runs_dir) return *config().runs_dir;
    struct stat status {};
    if (::stat("runs", &status) == 0 && S_ISDIR(status.st_mode)) return "./runs";
    return state_folder() + "/runs";
}

std::string Context::state_folder() const {
    if (const auto state = io::variable("XDG_STATE_HOME"); state.starts_with('/')) return state + "/salve";
    return io::variable("HOME") + "/.local/state/salve";
}

std::optional<std::string> Context::policy_file() {
    return flags.policy_file.empty() ? config().policy_file : std::optional(flags.policy_file);
}

std::optional<bool> Context::unsettled_runs() {
    try {
        io::refuse_unsettled(io::RunsFolder::open(runs_folder()));
        return false;
    } catch (const base::Error& error) {
        if (error.kind() == base::ErrorKind::locked) return true;
        return std::nullopt;
    }
}

std::optional<policy::History> Context::history(base::Time now) {
    struct stat status {};
    if (::stat(runs_folder().c_str(), &status) != 0 && errno == ENOENT) return policy::History();
    try {
        return io::read_history(io::RunsFolder::open(runs_folder()), now);
    } catch (const base::Error&) {
        return std::nullopt;
    }
}

bool Context::colour_out() const {
    if (flags.colour != "auto") return flags.colour == "always";
    return io::is_terminal(STDOUT_FILENO) && io::variable("NO_COLOR").empty() && io::variable("TERM") != "dumb";
}

bool Context::terminal_err() const { return io::is_terminal(STDERR_FILENO) && !flags.quiet; }

int Context::width_out() const {
    const int width = io::columns(STDOUT_FILENO);
    return width > 0 ? std::clamp(width, 40, 120) : 80;
}

report::Style Context::style() const { return {colour_out(), width_out(), flags.verbosity, flags.quiet}; }

audit::Record& Context::begin_record(const std::string& kind, const std::string& run) {
    record_.emplace();
    log_.reset();
    unrecorded_ = false;
    record_->kind = kind;
    record_->run_id = run;
    if (!binary_sha256_.valid()) binary_sha256_ = io::beside(io::own_digest).share();
    record_->tool = {"salve", SALVE_VERSION, SALVE_COMMIT, "", plan::catalog_sha256(), diagnose::modes_digest(), ""};
    record_->actor = io::actor();
    record_->actor.ticket = flags.ticket;
    record_->clock = io::clock_facts();
    record_->argv = base::Redactor(io::random_hex(32)).args(argv_);
    record_->started_at = now();
    begun_us_ = elapsed_us();
    return *record_;
}

void Context::require_record() {
    record_->tool.binary_sha256 = binary_sha256_.get();
    record_->tool.config_sha256 = config().sha256;
    log_.emplace(io::RunsFolder::open_or_make(runs_folder()), *record_,
                 io::Moment{now(), elapsed_us(), io::monotonic_us()});
}

bool Context::open_log() {
    if (log_) return true;
    if (unrecorded_) return false;
    try {
        require_record();
        return true;
    } catch (const base::Error& failure) {
        no_record(failure);
        return false;
    }
}

void Context::no_record(const base::Error& failure) {
    unrecorded_ = true;
    log_.reset();
    warn(fmt::format("salve: warning: no record of this run: {}", failure.what()));
    if (!failure.hint().empty()) warn(fmt::format("hint: {}", failure.hint()));
}

void Context::write_record(audit::Event event) {
    const bool opened_before = log_.has_value();
    if (!open_log() || (!opened_before && event == audit::Event::open)) return;
    try {
        log_->write(event, *record_, {now(), elapsed_us()});
    } catch (const base::Error& failure) {
        no_record(failure);
    }
}

const audit::SigningKey* Context::signing_key() {
    const auto& file = config().sign_key;
    if (file && !signing_key_) signing_key_.emplace(io::read_file(*file, 65536), *file);
    return signing_key_ ? &*signing_key_ : nullptr;
}

void Context::record_failed(const base::Error& failure) {
    const auto ends_with = io::after_failure(*log_, state_folder() + "/unsealed", failure, [&](std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stderr);
    });
    unrecorded_ = true;
    log_.reset();
    throw ends_with;
}

void Context::must_record(audit::Event event) {
    if (!log_) require_record();
    try {
        log_->write(event, *record_, {now(), elapsed_us()});
    } catch (const base::Error& failure) {
        record_failed(failure);
    }
}

// How the record ends, before its last line is written.
void Context::close_record(const std::string& status, int exit_code, const std::optional<std::string>& error) {
    record_->status = status;
    record_->exit_code = exit_code;
    if (error) record_->errors.push_back({exit_code, *error, ""});
    record_->ended_at = now();
    record_->mono_us = elapsed_us();
    // A wall clock that ran behind the monotonic one by more than a second was set back.
    const auto wall = (*record_->ended_at - record_->started_at).us, real = elapsed_us() - begun_us_;
    record_->clock.went_back = wall + 1'000'000 < real;
    if (record_->clock.went_back) record_->warnings.push_back("the wall clock was set back while the run went on");
}

std::string Context::seal(bool must_last) {
    const auto sealed = log_->seal({now(), signing_key(), std::nullopt, config().immutable, must_last});
    for (const auto& warning : sealed.warnings) warn(fmt::format("salve: warning: {}", warning));
    return sealed.path;
}

std::string Context::must_end_record(const std::string& status, int exit_code) {
    close_record(status, exit_code, std::nullopt);
    must_record(audit::Event::close);
    std::string path;
    try {
        path = seal(true);
    } catch (const base::Error& failure) {
        record_failed(failure);
    }
    record_.reset();
    log_.reset();
    return path;
}

void Context::leave_record() {
    left_open_ = true;
    record_.reset();
    log_.reset();
}

std::string Context::end_record(const std::string& status, int exit_code, const std::optional<std::string>& error) {
    if (!record_) return "";
    const bool open = std::any_of(record_->steps.begin(), record_->steps.end(),
                                  [](const audit::Step& step) { return !step.ended_at; });
    if (open && log_) {
        warn("salve: what became of a step is not known: 'salve runs recover' finds it out");
        leave_record();
        return "";
    }
    close_record(status, exit_code, error);
    write_record(audit::Event::close);
    std::string path;
    if (log_) try {
            path = seal(!record_->steps.empty());
        } catch (const base::Error& failure) {
            no_record(failure);
        }
    record_.reset();
    log_.reset();
    return path;
}

void Context::finish_what_is_sent() {
    finishes_ = true;
    std::signal(SIGPIPE, SIG_IGN);  // whoever read our output may be gone; the change is to be proved all the same
}

void Context::out(std::string_view text) {
    constexpr std::size_t at_once = 4096;  // what a pipe that is ready takes without a wait
    while (!text.empty()) {
        pollfd ready[] = {{cancel_.fd(), POLLIN, 0}, {STDOUT_FILENO, POLLOUT, 0}};
        ::poll(ready, 2, -1);
        if (ready[1].revents == 0 && cancel_.requested()) throw io::Interrupted();
        if (ready[1].revents == 0) continue;
        const auto count = ::write(STDOUT_FILENO, text.data(), std::min(text.size(), at_once));
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0 && errno == EPIPE) return;
        if (count < 0) throw base::Error(base::ErrorKind::internal, "cannot write to the standard output");
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void Context::warn(std::string_view text) {
    const auto line = base::visible(text) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace salve::cmd
