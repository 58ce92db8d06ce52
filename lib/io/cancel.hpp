// "Stop now", said once by anyone (a signal handler included) and seen by every thread that polls.
#pragma once
#include "io/unique_fd.hpp"

namespace salve::io {

// Thrown when the user interrupts: nothing is wrong, and nothing more is to be said.
struct Interrupted {};

class Cancel {
public:
    // Error(internal) if the system has no descriptor left.
    Cancel();
    // Async-signal-safe; later calls change nothing. errno is preserved.
    void request() const noexcept;
    bool requested() const;
    // Readable from the first request() on, for ever: many threads may poll it. Do not read from it.
    int fd() const { return fd_.get(); }

private:
    UniqueFd fd_;
};

}  // namespace salve::io
