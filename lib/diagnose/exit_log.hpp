// What a shell or an exec wrapper says before it ends with 126 or 127: the program was not found, or may not run.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "diagnose/finding.hpp"
#include "kube/snapshot.hpp"

namespace salve::diagnose {

struct ExitLog {
    const Mode* mode = nullptr;           // pod.run.command-not-found or pod.run.permission-denied
    std::string program;                  // as the line names it; may be empty
    const kube::LogLine* line = nullptr;  // null when only the exit code tells
};

// Reads the end of the log (oldest line first) of a process that ended with that code. 127 and 126 are the shell's
// (POSIX 2.8.2); the line `exec PROGRAM: no such file or directory` of the runtime counts with any code but 0. Without
// a log the codes 126 and 127 alone are taken for the shell's; with one that says something else they are the
// program's.
std::optional<ExitLog> read_exit_log(int exit_code, const std::vector<const kube::LogLine*>& lines);

}  // namespace salve::diagnose
