#include "cmd/context.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/error.hpp"
#include "base/text.hpp"
#include "io/audit_store.hpp"
#include "io/child_environment.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"
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

io::Chosen Context::choose(const std::string& context) {
    kube::Target target;
    if (!context.empty()) target.context = kube::checked_context_name(context);
    if (!flags.kubeconfig.empty()) target.kubeconfig = flags.kubeconfig;
    return io::choose_context(kubectl(), child_environment(), target, config().kubectl_timeout);
}

std::string Context::runs_folder() {
    if (!flags.runs_dir.empty()) return flags.runs_dir;
    if (auto named = io::variable("SALVE_RUNS"); !named.empty()) return named;
    if (config().runs_dir) return *config().runs_dir;
    struct stat status {};
    if (::stat("runs", &status) == 0 && S_ISDIR(status.st_mode)) return "./runs";
    if (const auto state = io::variable("XDG_STATE_HOME"); state.starts_with('/')) return state + "/salve/runs";
    return io::variable("HOME") + "/.local/state/salve/runs";
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

audit::Record& Context::begin_record(const std::string& kind, const std::string& run) {
    record_.emplace();
    record_->kind = kind;
    record_->run_id = run;
    record_->tool = {"salve", SALVE_VERSION, SALVE_COMMIT};
    record_->actor = io::actor();
    record_->argv = argv_;
    record_->started_at = now();
    return *record_;
}

std::string Context::end_record(const std::string& status, int exit_code, const std::optional<std::string>& error) {
    if (!record_) return "";
    auto record = std::move(*record_);
    record_.reset();
    record.status = status;
    record.exit_code = exit_code;
    record.error = error;
    record.ended_at = now();
    record.mono_us = elapsed_us();
    try {
        return io::publish_record(runs_folder(), record.started_at, record.kind, record.run_id, audit::to_json(record));
    } catch (const base::Error& failure) {
        warn(fmt::format("salve: warning: no record of this run: {}", failure.what()));
        return "";
    }
}

void Context::out(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw base::Error(base::ErrorKind::internal, "cannot write to the standard output");
}

void Context::warn(std::string_view text) {
    const auto line = base::visible(text) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace salve::cmd
