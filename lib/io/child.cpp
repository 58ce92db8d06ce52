#include "io/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <mutex>
#include <system_error>

#include "base/error.hpp"

namespace salve::io {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

// What posix_spawn is told, freed with the object. The calls can fail only for lack of memory or invalid numbers.
class SpawnPlan {
public:
    explicit SpawnPlan(const Streams& streams) {
        int bad = ::posix_spawn_file_actions_init(&files_);
        bad |= ::posix_spawnattr_init(&attributes_);
        bad |= streams.in < 0 ? ::posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0)
                              : ::posix_spawn_file_actions_adddup2(&files_, streams.in, 0);
        bad |= ::posix_spawn_file_actions_adddup2(&files_, streams.out, 1);
        bad |= streams.err < 0 ? ::posix_spawn_file_actions_addopen(&files_, 2, "/dev/null", O_WRONLY, 0)
                               : ::posix_spawn_file_actions_adddup2(&files_, streams.err, 2);
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

}  // namespace

void cannot_start(const Program& program, int error) {
    throw base::Error(base::ErrorKind::kubectl_unavailable, "cannot start \"" + program.path + "\": " + reason(error));
}

void check_absolute(const Program& program) {
    if (!program.path.starts_with('/') || !program.resolved.starts_with('/'))
        throw base::Error(base::ErrorKind::internal, "the program is not an absolute path");
}

UniqueFd above_standard(UniqueFd fd) {
    if (fd.get() > 2) return fd;
    return UniqueFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

Pipe make_pipe(const Program& program) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) cannot_start(program, errno);
    Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    pipe.read = above_standard(std::move(pipe.read));
    pipe.write = above_standard(std::move(pipe.write));
    if (!pipe.read || !pipe.write || ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) cannot_start(program, errno);
    return pipe;
}

Child::Child(const Program& program, const std::vector<std::string>& args, const std::vector<std::string>& environment,
             const Streams& streams) {
    keep_exit_codes();
    const SpawnPlan plan(streams);
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

void Child::signal_group(int number) const { ::kill(-pid_, number); }

std::optional<siginfo_t> Child::ended() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return std::nullopt;
    return info;
}

void Child::kill_and_reap() {
    if (pid_ <= 0) return;
    signal_group(SIGKILL);
    const auto limit = std::chrono::steady_clock::now() + unkillable_after;
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0 &&
           std::chrono::steady_clock::now() < limit)
        ::poll(nullptr, 0, 1);
    pid_ = -1;
}

}  // namespace salve::io
