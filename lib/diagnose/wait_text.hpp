// Whether a container's log, or its command, is a loop that waits for something.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kube/world.hpp"

namespace salve::diagnose {

// What is waited for, as far as text and Services tell.
struct WaitTarget {
    std::string host, port;                  // as written; empty when the text names nobody
    std::string ns, name;                    // of the Service that the host means, if it means one
    const kube::Service* service = nullptr;  // that Service, when it exists
    bool absent = false;                     // the Services were read and it is not among them
    std::optional<int> ready;                // its ready addresses; nothing when slices could not be read
};

struct Wait {
    std::vector<const kube::LogLine*> lines;  // the decisive ones, at most three, no text twice; may be empty
    std::string command;                      // the container's command when that is what tells
    WaitTarget target;
};

// Reads the current log of a running container: a wait is a line about something that does not answer or is waited for
// among the last lines, or the same line again and again. A log that moves on (a migration's steps) is none. Without a
// log the container's command is read: a shell's until or while loop with a sleep, or a known waiting tool.
std::optional<Wait> read_wait(const kube::World& world, const kube::Pod& pod, std::string_view container);

}  // namespace salve::diagnose
