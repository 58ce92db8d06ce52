#include "io/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>

#include "base/error.hpp"

namespace salve::io {
namespace {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

constexpr std::size_t chunk_size = 1 << 18;
// How long to wait for the end of a process after SIGKILL before giving it up (uninterruptible sleep on a dead network
// file system).
constexpr auto unkillable_after = std::chrono::seconds(5);

std::chrono::microseconds span(base::Duration duration) { return std::chrono::microseconds(duration.us); }

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void cannot_start(const Program& program, int error) {
    throw base::Error(base::ErrorKind::kubectl_unavailable, "cannot start \"" + program.path + "\": " + reason(error));
}

void check_absolute(const Program& program) {
    if (!program.path.starts_with('/') || !program.resolved.starts_with('/'))
        throw base::Error(base::ErrorKind::internal, "the program is not an absolute path");
}

// Moves a descriptor out of 0 to 2, which it gets when our own standard streams are closed: the dup2 calls for the
// child would overwrite it.
UniqueFd above_standard(UniqueFd fd) {
    if (fd.get() > 2) return fd;
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

struct Pipe {
    UniqueFd read;   // non-blocking
    UniqueFd write;  // blocking: it becomes the child's stream
};

Pipe make_pipe(const Program& program) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) cannot_start(program, errno);
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    pipe.read = above_standard(std::move(pipe.read));
    pipe.write = above_standard(std::move(pipe.write));
    if (!pipe.read || !pipe.write || ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) cannot_start(program, errno);
    return pipe;
}

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

// A pipe that kills: when its writing end is lost, the group that is then set gets SIGKILL.
Pipe make_lifeline(const Program& program) {
    Pipe pipe = make_pipe(program);
    if (::fcntl(pipe.read.get(), F_SETSIG, SIGKILL) != 0 || ::fcntl(pipe.read.get(), F_SETFL, O_ASYNC) != 0)
        cannot_start(program, errno);
    return pipe;
}

// What posix_spawn is told, freed with the object. The calls can fail only for lack of memory or invalid numbers.
class SpawnPlan {
public:
    // What becomes stdin, stdout and stderr; /dev/null for a negative input or err.
    SpawnPlan(int input, int out, int err) {
        int bad = ::posix_spawn_file_actions_init(&files_);
        bad |= ::posix_spawnattr_init(&attributes_);
        bad |= input < 0 ? ::posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0)
                         : ::posix_spawn_file_actions_adddup2(&files_, input, 0);
        bad |= ::posix_spawn_file_actions_adddup2(&files_, out, 1);
        bad |= err < 0 ? ::posix_spawn_file_actions_addopen(&files_, 2, "/dev/null", O_WRONLY, 0)
                       : ::posix_spawn_file_actions_adddup2(&files_, err, 2);
        bad |= ::posix_spawn_file_actions_addclosefrom_np(&files_, 3);
        sigset_t every;
        sigset_t none;
        ::sigfillset(&every);
        ::sigemptyset(&none);
        bad |= ::posix_spawnattr_setsigdefault(&attributes_, &every);
        bad |= ::posix_spawnattr_setsigmask(&attributes_, &none);
        bad |= ::posix_spawnattr_setpgroup(&attributes_, 0);
        bad |= ::posix_spawnattr_setflags(&attributes_,
                                          POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        if (bad != 0) throw base::Error(base::ErrorKind::internal, "cannot prepare a child process");
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    const posix_spawn_file_actions_t* files() const { return &files_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

// Pointers for the C interface. A word with a NUL would arrive cut short, so it is refused.
std::vector<char*> pointers(const std::vector<std::string>& words, const std::string* first = nullptr) {
    std::vector<char*> result;
    if (first != nullptr) result.push_back(const_cast<char*>(first->c_str()));
    for (const std::string& word : words) {
        if (word.find('\0') != std::string::npos)
            throw base::Error(base::ErrorKind::internal, "NUL byte in an argument or environment variable");
        result.push_back(const_cast<char*>(word.c_str()));
    }
    result.push_back(nullptr);
    return result;
}

// A parent that ignored SIGCHLD passes that on to us, and then the kernel throws exit codes away.
void keep_exit_codes() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction now {};
        if (::sigaction(SIGCHLD, nullptr, &now) != 0) return;
        if (now.sa_handler == SIG_IGN || (now.sa_flags & SA_NOCLDWAIT) != 0) ::signal(SIGCHLD, SIG_DFL);
    });
}

// The leader of a group, reaped last: while it is a zombie, neither its id nor its group's can be given to anyone else,
// so that no signal goes astray.
class Child {
public:
    Child(const Program& program, const std::vector<std::string>& args, const std::vector<std::string>& environment,
          const SpawnPlan& plan) {
        keep_exit_codes();
        const auto argv = pointers(args, &program.path);
        const auto envp = pointers(environment);
        const int error =
            ::posix_spawn(&pid_, program.resolved.c_str(), plan.files(), plan.attributes(), argv.data(), envp.data());
        if (error != 0) {
            pid_ = -1;
            cannot_start(program, error);
        }
        const rlimit no_core{0, 0};
        ::prlimit(pid_, RLIMIT_CORE, &no_core, nullptr);
        pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        if (pidfd_) return;
        const int why = errno;
        kill_and_reap();
        throw base::Error(base::ErrorKind::kubectl_unavailable, "cannot watch a child process: " + reason(why),
                          "pidfd_open needs Linux 5.3 or later");
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { kill_and_reap(); }

    int pidfd() const { return pidfd_.get(); }
    pid_t group() const { return pid_; }
    void signal_group(int number) const { ::kill(-pid_, number); }

    // The end of the leader, read without reaping it.
    std::optional<siginfo_t> ended() const {
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return std::nullopt;
        return info;
    }

private:
    void kill_and_reap() {
        if (pid_ <= 0) return;
        signal_group(SIGKILL);
        const Moment limit = Clock::now() + unkillable_after;
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0 &&
               Clock::now() < limit)
            ::poll(nullptr, 0, 1);
        pid_ = -1;
    }

    pid_t pid_ = -1;
    UniqueFd pidfd_;
};

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
        const Child child(program, args, environment, SpawnPlan(input.get(), out.write.get(), err.write.get()));
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
            throw base::Error(base::ErrorKind::internal, "poll: " + reason(errno));
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

class Beside : public Companion {
public:
    Beside(const Program& program, const std::vector<std::string>& args, const std::vector<std::string>& environment) {
        Pipe life = make_lifeline(program);
        Pipe out = make_pipe(program);
        child_.emplace(program, args, environment, SpawnPlan(life.read.get(), out.write.get(), -1));
        if (::fcntl(life.read.get(), F_SETOWN, -child_->group()) != 0) cannot_start(program, errno);
        life_ = std::move(life.write);
        out_ = std::move(out.read);
    }

    std::optional<std::string> first_line(base::Duration budget, const Cancel* cancel) override {
        const Moment limit = Clock::now() + span(budget);
        std::string text;
        while (text.size() < max_line && out_ && ready(limit, cancel)) {
            char buffer[512];
            const auto size = ::read(out_.get(), buffer, sizeof buffer);
            if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            if (size <= 0) break;
            text.append(buffer, static_cast<std::size_t>(size));
            if (const auto end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
        }
        return std::nullopt;
    }

    bool running() const override { return !child_->ended(); }

private:
    static constexpr std::size_t max_line = 4096;

    // Whether something can be read before the limit.
    bool ready(Moment limit, const Cancel* cancel) const {
        while (true) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now()).count();
            if (left <= 0) return false;
            std::array<pollfd, 2> entries{{{out_.get(), POLLIN, 0}, {cancel ? cancel->fd() : -1, POLLIN, 0}}};
            const int count =
                ::poll(entries.data(), entries.size(), static_cast<int>(std::min<std::int64_t>(left, 60'000)));
            if (count < 0 && errno != EINTR) return false;
            if (entries[1].revents != 0) return false;
            if (entries[0].revents != 0) return true;
        }
    }

    std::optional<Child> child_;
    UniqueFd life_, out_;  // closed before the child is reaped: it must not be able to wait for us
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

std::unique_ptr<Companion> start_process(const Program& program, const std::vector<std::string>& args,
                                         const std::vector<std::string>& environment) {
    check_absolute(program);
    return std::make_unique<Beside>(program, args, environment);
}

}  // namespace salve::io
