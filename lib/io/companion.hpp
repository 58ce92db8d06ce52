// A program that runs beside us while we work. The child gets what process.hpp says, but for its stdin and its stderr.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/find_program.hpp"

namespace salve::io {

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
