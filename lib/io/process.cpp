#include "io/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "io/child.hpp"

namespace salve::io {
namespace {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

constexpr std::size_t chunk_size = 1 << 18;

// The text as a file in memory that nobody can change any more, read from its start: a child that does not read it
// blocks nobody, as it would with a pipe. No text: no file.
UniqueFd sealed(const Program& program, std::string_view text) {
    if (text.empty()) return UniqueFd();
    UniqueFd file(::memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) cannot_start(program, errno);
    file = above_standard(std::move(file));
    while (!text.empty()) {
        const auto written = ::write(file.get(), text.data(), text.size());
        if (written <= 0) cannot_start(program, written == 0 ? EIO : errno);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    constexpr int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (::lseek(file.get(), 0, SEEK_SET) != 0 || ::fcntl(file.get(), F_ADD_SEALS, seals) != 0)
        cannot_start(program, errno);
    return file;
}

// One run: the loop over both pipes, the end of the leader, the cancel request and the next deadline.
class Run {
public:
    Run(const Sink& sink, const ProcessOptions& options) : sink_(sink), options_(options) {}

    ProcessResult operator()(const Program& program, const std::vector<std::string>& args,
                             const std::vector<std::string>& environment) {
        Pipe out = make_pipe(program);
        Pipe err = make_pipe(program);
        const Moment start = Clock::now();
        deadline_ = start + span(options_.budget);
        const auto input = sealed(program, options_.input);
        const Child child(program, args, environment, Streams{input.get(), out.write.get(), err.write.get()});
        out.write.reset();
        err.write.reset();
        out_ = std::move(out.read);
        err_ = std::move(err.read);
        while (!finished()) {
            wait(child);
            if (Clock::now() >= deadline_) pass_deadline(child);
        }
        result_.end = verdict();
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
        result_.took = {took.count()};
        return std::move(result_);
    }

private:
    enum class Phase { running, asked, killed, draining, over };
    enum class Cause { itself, budget, cap, sink, cancel };

    bool finished() const { return phase_ == Phase::over || (leader_ && !out_ && !err_); }

    int poll_timeout() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    }

    void wait(const Child& child) {
        const bool watch_cancel = options_.cancel != nullptr && phase_ == Phase::running;
        // poll skips negative descriptors: closed pipes, the leader that has ended.
        std::array<pollfd, 4> entries{{{out_.get(), POLLIN, 0},
                                       {err_.get(), POLLIN, 0},
                                       {leader_ ? -1 : child.pidfd(), POLLIN, 0},
                                       {watch_cancel ? options_.cancel->fd() : -1, POLLIN, 0}}};
        if (::poll(entries.data(), entries.size(), poll_timeout()) < 0) {
            if (errno == EINTR) return;
            throw base::Error(base::ErrorKind::internal, "poll: " + std::generic_category().message(errno));
        }
        if (entries[3].revents != 0) ask_to_end(child, Cause::cancel, options_.cancel_grace);
        if (entries[0].revents != 0) read_out(child);
        if (entries[1].revents != 0) read_err(child);
        if (entries[2].revents != 0) note_end(child);
    }

    // One piece, or nothing when there is none now; closes the pipe at its end.
    std::string_view piece(UniqueFd& fd) {
        const auto size = ::read(fd.get(), buffer_.get(), chunk_size);
        if (size > 0) return {buffer_.get(), static_cast<std::size_t>(size)};
        if (size == 0 || (errno != EAGAIN && errno != EINTR)) fd.reset();
        return {};
    }

    void read_out(const Child& child) {
        const std::string_view bytes = piece(out_);
        if (bytes.empty()) return;
        const auto room =
            static_cast<std::size_t>(std::min<std::uint64_t>(options_.out_cap - result_.out_bytes, bytes.size()));
        const std::string_view fitting = bytes.substr(0, room);
        if (fitting.size() < bytes.size()) {
            result_.out_truncated = true;
            kill_now(child, Cause::cap);
        }
        if (fitting.empty()) return;
        result_.out_bytes += fitting.size();
        if (!sink_(fitting)) kill_now(child, Cause::sink);
    }

    void read_err(const Child& child) {
        const std::string_view bytes = piece(err_);
        const std::size_t room = std::min(options_.err_cap - result_.err.size(), bytes.size());
        result_.err.append(bytes.substr(0, room));
        if (room == bytes.size()) return;
        result_.err_truncated = true;
        kill_now(child, Cause::cap);
        err_.reset();
    }

    void note_end(const Child& child) {
        leader_ = child.ended();
        if (!leader_) return;
        phase_ = Phase::draining;
        deadline_ = Clock::now() + span(options_.drain);
    }

    // The first cause is the one that is told.
    void blame(Cause cause) {
        if (cause_ == Cause::itself && !leader_) cause_ = cause;
    }

    void ask_to_end(const Child& child, Cause cause, base::Duration grace) {
        if (phase_ != Phase::running) return;
        blame(cause);
        child.signal_group(SIGTERM);
        phase_ = Phase::asked;
        deadline_ = Clock::now() + span(grace);
    }

    // Nobody wants what stdout still holds.
    void kill_now(const Child& child, Cause cause) {
        blame(cause);
        if (cause == Cause::sink) stopped_by_sink_ = true;
        child.signal_group(SIGKILL);  // before closing, or it may die of SIGPIPE
        out_.reset();
        if (leader_) return;
        phase_ = Phase::killed;
        deadline_ = Clock::now() + unkillable_after;
    }

    void pass_deadline(const Child& child) {
        if (phase_ == Phase::running) {
            ask_to_end(child, Cause::budget, options_.grace);
        } else if (phase_ == Phase::asked) {
            took_kill_ = true;
            child.signal_group(SIGKILL);
            phase_ = Phase::killed;
            deadline_ = Clock::now() + unkillable_after;
        } else {
            phase_ = Phase::over;  // drained long enough, or unkillable
        }
    }

    std::variant<Exited, Signalled, TimedOut, Stopped> verdict() const {
        if (cause_ == Cause::budget) return TimedOut{took_kill_};
        if (cause_ == Cause::cancel) return Stopped{true};
        if (cause_ == Cause::sink || stopped_by_sink_) return Stopped{false};
        if (!leader_) return Signalled{SIGKILL};  // sent, and never seen to work
        if (leader_->si_code == CLD_EXITED) return Exited{leader_->si_status};
        return Signalled{leader_->si_status};
    }

    const Sink& sink_;
    const ProcessOptions& options_;
    const std::unique_ptr<char[]> buffer_{new char[chunk_size]};
    UniqueFd out_;
    UniqueFd err_;
    std::optional<siginfo_t> leader_;  // how it ended, once it has
    Phase phase_ = Phase::running;
    Cause cause_ = Cause::itself;
    bool stopped_by_sink_ = false;  // even after the leader's end: the output is incomplete
    bool took_kill_ = false;
    Moment deadline_;
    ProcessResult result_;
};

}  // namespace

Sink gather(std::string& into) {
    return [&into](std::string_view bytes) {
        into += bytes;
        return true;
    };
}

ProcessResult run_process(const Program& program, const std::vector<std::string>& args,
                          const std::vector<std::string>& environment, const Sink& sink,
                          const ProcessOptions& options) {
    check_absolute(program);
    if (options.cancel != nullptr && options.cancel->requested()) {
        ProcessResult nothing;
        nothing.end = Stopped{true};
        return nothing;
    }
    return Run(sink, options)(program, args, environment);
}

}  // namespace salve::io
