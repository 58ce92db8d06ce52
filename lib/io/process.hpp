// Runs one program to its end, or beside us (SAFETY 4). The only place that spawns; tests/one_spawn.sh holds that, and
// that only run_kubectl.cpp calls it.
//
// The child gets: stdin (/dev/null, or a sealed memory file), two pipes, no other descriptor, exactly the given
// environment, a process group of its own, default signal dispositions, an empty signal mask, no core dumps. No shell
// is involved. When run_process returns or throws, its group has been killed and its leader reaped (but for a process
// that not even SIGKILL ends), and every descriptor is closed.
//
// Safe to call from several threads at once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/find_program.hpp"

namespace salve::io {

// stdout, as it arrives: pieces of 1 byte to 256 KiB, cut anywhere. false stops the process. May throw: the process is
// killed first.
using Sink = std::function<bool(std::string_view)>;

// Keeps all of it; the string must outlive the process.
Sink gather(std::string& into);

struct ProcessOptions {
    base::Duration budget = base::seconds(60);  // wall time; then SIGTERM to the group
    base::Duration grace = base::seconds(3);    // from SIGTERM to SIGKILL
    // After the leader's end: a grandchild (credential plugin) may hold the pipes open. Then they are closed and it is
    // killed.
    base::Duration drain = {500'000};
    std::uint64_t out_cap = 1ULL << 30;  // bytes; the sink gets that many, then the group is killed
    std::size_t err_cap = 1 << 18;       // bytes; the same
    const Cancel* cancel =
        nullptr;  // must outlive the call; SIGTERM, and SIGKILL after cancel_grace; before the start: none
    base::Duration cancel_grace = {500'000};
    std::string_view input = {};  // its standard input, whole and sealed before the start; empty: /dev/null
};

struct Exited {
    int code;
};
// Also the end of a process that went over a cap: SIGKILL, and one of the truncated flags.
struct Signalled {
    int signal;
};
// The budget ran out, whatever the process did with the SIGTERM.
struct TimedOut {
    bool killed;  // it took a SIGKILL
};
struct Stopped {
    bool cancelled;  // by ProcessOptions::cancel; otherwise by the sink
};

struct ProcessResult {
    std::variant<Exited, Signalled, TimedOut, Stopped> end;
    std::string err;              // stderr, up to its cap; raw
    bool out_truncated = false;   // stdout had more than out_cap bytes
    bool err_truncated = false;   // stderr had more than err_cap bytes
    std::uint64_t out_bytes = 0;  // handed to the sink
    base::Duration took;          // spawn to the end of the drain
};

// args without the program's name, environment as "NAME=value". A program that cannot be started (gone, not executable,
// argument list too long, no process or descriptor left) is base::Error(kubectl_unavailable): find_program has checked
// it before, so it is no expected outcome. An argument with a NUL byte is Error(internal).
ProcessResult run_process(const Program& program, const std::vector<std::string>& args,
                          const std::vector<std::string>& environment, const Sink& sink, const ProcessOptions& options);

// A program that stays beside us while we work. The kernel kills its group when we are gone, however we die: its stdin
// is the reading end of a pipe whose other end only we have, and the loss of that end is SIGKILL to the group
// (fcntl(2), F_SETSIG). In all else it gets what run_process gives, but for its stderr, which nobody reads.
class Companion {
public:
    virtual ~Companion() = default;  // its group is killed, its leader reaped
    // The first line that it prints, without the end of the line; nothing when it ends, prints too much or the budget
    // passes before, or when it is cancelled. To be asked once.
    virtual std::optional<std::string> first_line(base::Duration budget, const Cancel* cancel) = 0;
    virtual bool running() const = 0;
};

// Errors as run_process; Error(kubectl_unavailable) also where the kernel cannot tie it to us. Should we die within
// this very call, it is not tied yet: what must never outlive us is to be kept from its work until the call has
// returned.
std::unique_ptr<Companion> start_process(const Program& program, const std::vector<std::string>& args,
                                         const std::vector<std::string>& environment);

}  // namespace salve::io
