// Runs one program to its end (SAFETY 4). Only run_kubectl.cpp calls it, which tests/one_spawn.sh holds.
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

}  // namespace salve::io
