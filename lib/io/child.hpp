// One child process: how it is started, and that it is gone when its owner is (SAFETY 4). The only place that spawns,
// which tests/one_spawn.sh holds; process.hpp and companion.hpp say what a child gets.
#pragma once
#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "io/find_program.hpp"
#include "io/unique_fd.hpp"

namespace salve::io {

// How long to wait for the end of a process after SIGKILL before giving it up (uninterruptible sleep on a dead network
// file system).
inline constexpr auto unkillable_after = std::chrono::seconds(5);

inline std::chrono::microseconds span(base::Duration duration) { return std::chrono::microseconds(duration.us); }

// Error(kubectl_unavailable) with the system's reason.
[[noreturn]] void cannot_start(const Program& program, int error);
// Error(internal) for a program that is looked for.
void check_absolute(const Program& program);

struct Pipe {
    UniqueFd read;   // non-blocking
    UniqueFd write;  // blocking: it becomes the child's stream
};

// Its ends lie above the standard streams. Errors as cannot_start().
Pipe make_pipe(const Program& program);

// The descriptor above 0 to 2, which it gets when our own standard streams are closed: what is done for the child would
// overwrite it. Not valid where none is left.
UniqueFd above_standard(UniqueFd fd);

// What becomes of the child's standard streams; /dev/null for a negative in or err.
struct Streams {
    int in = -1, out = -1, err = -1;
};

// The leader of a group, reaped last: while it is a zombie, neither its id nor its group's can be given to anyone else,
// so that no signal goes astray.
class Child {
public:
    // args without the program's name, environment as "NAME=value". Errors as of process.hpp.
    Child(const Program& program, const std::vector<std::string>& args, const std::vector<std::string>& environment,
          const Streams& streams);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() { kill_and_reap(); }

    int pidfd() const { return pidfd_.get(); }
    pid_t group() const { return pid_; }
    void signal_group(int number) const;
    // The end of the leader, read without reaping it.
    std::optional<siginfo_t> ended() const;

private:
    void kill_and_reap();
    pid_t pid_ = -1;
    UniqueFd pidfd_;
};

}  // namespace salve::io
