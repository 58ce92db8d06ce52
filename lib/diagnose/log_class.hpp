// What the end of a crashed program's log is about (TAXONOMY 1.6, the log-classified rows).
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "diagnose/log_facts.hpp"

namespace salve::diagnose {

// In the order of their precedence within one line: the more specific text first.
enum class LogClass {
    exec_format,
    port_in_use,
    rbac,
    tls,
    auth,
    disk,  // no space left
    file_descriptors,
    fs_permission,
    dns,
    dependency,
    config,
};

// The class of one line, or nothing.
std::optional<LogClass> class_of_line(std::string_view line);

// How loud a line is: `trace` belongs to a stack trace or carries nothing; `calm` is marked INFO, DEBUG or WARN, or
// says that it retries; `end` only says that the program gives up; `error` states an error; `exception` is the head of
// a stack trace or the line that names the exception.
enum class LineWeight { trace, plain, calm, end, error, exception };
LineWeight weight_of_line(std::string_view line);

struct LogVerdict {
    std::optional<LogClass> found;        // nothing: an error of the application itself, or no error at all
    const kube::LogLine* line = nullptr;  // the decisive line; without a class the last one that states an error, else
                                          // the last one; null only when there are no lines
    const kube::LogLine* head = nullptr;  // the head of its stack trace ("Traceback", "panic: ..."), if another line
    std::optional<Endpoint> endpoint;     // for dns and dependency (and tls, auth where named)
    std::vector<const kube::LogLine*> tail;  // the lines that were looked at, oldest first
};

// Reads the last log_tail_lines lines, stack frames not counted, from the end upwards: the last line that states an
// error decides. A class further up counts only when nothing below it states another error; a calm line ("WARN ...
// retrying") only when nothing below it states any.
LogVerdict classify_log(const std::vector<const kube::LogLine*>& lines);

}  // namespace salve::diagnose
