#include "diagnose/start_text.hpp"

#include <re2/re2.h>

namespace salve::diagnose {
namespace {

using re2::RE2;

// The last wrapper before the words that matter, and gRPC's tail after them.
std::string decisive_part(std::string_view text) {
    static const RE2 wrapper(
        R"((?is)^.*(?:unable to start container process|error during container init|container_linux\.go:\d+|starting container process caused|process_linux\.go:\d+|runc create failed|OCI runtime create failed|container create failed|desc = failed to start container "[^"]*")\s*:\s*)");
    static const RE2 tail(R"(:\s*unknown\s*$)");
    std::string part(text);
    RE2::Replace(&part, wrapper, "");
    RE2::Replace(&part, tail, "");
    return part.empty() ? std::string(text) : part;
}

// A quoted name: "x", \"x\", `x` or 'x'.
const std::string quoted = R"(\\?["'`]([^"'`\\]+)\\?["'`])";

std::string capture(std::string_view text, const RE2& pattern) {
    std::string found;
    RE2::PartialMatch(text, pattern, &found);
    return found;
}

bool under(std::string_view path, std::string_view parent) {
    return path == parent || (path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/');
}

// /proc, /sys and /dev are mounted by the runtime itself: a failure there is the node's, not the template's.
bool of_runtime(std::string_view path) { return under(path, "/proc") || under(path, "/sys") || under(path, "/dev"); }

bool read_workdir(std::string_view text, std::string_view working_dir, StartText& out) {
    static const RE2 chdir(R"((?i)chdir to cwd|chdir to `|set cwd|cannot chdir)");
    static const RE2 named(R"((?i)(?:chdir|cwd)[^"'`]*)" + quoted);
    static const RE2 mkdir(
        R"((?i)mkdir(?:at)? ([^\s:]+): (?:not a directory|read-only file system|file exists|permission denied|no such file))");
    if (RE2::PartialMatch(text, chdir)) {
        out.subject = capture(text, named);
        if (out.subject.empty()) out.subject = working_dir;
        out.fault = StartFault::bad_workdir;
        return true;
    }
    const auto made = capture(text, mkdir);
    if (made.empty()) return false;
    out.subject = made;
    // runc makes a missing working directory itself; any other directory it makes is a mount point.
    const bool workdir = !working_dir.empty() && under(working_dir, made);
    out.fault = workdir ? StartFault::bad_workdir : StartFault::bad_mount;
    return true;
}

bool read_mount(std::string_view text, StartText& out) {
    static const RE2 mounting(
        R"((?i)error mounting|mounting "[^"]*" to rootfs|make mountpoint|create mountpoint|mount a directory onto a file|creat(?:e|ing) (?:target of )?file bind-mount|mount `[^`]*` to)");
    static const RE2 at(R"((?i)to rootfs (?:\\?"[^"\\]*\\?" )?at \\?"([^"\\]+))");
    static const RE2 point(R"((?i)(?:mountpoint|bind-mount|` to)(?: for)?[^"'`/]*["'`]?(/[^"'`\s:\\]+))");
    static const RE2 kind(
        R"((?i)not a directory|directory onto a file|read-only file system|no such file or directory|is a directory|file exists|permission denied|not of type proc|inside /proc)");
    if (!RE2::PartialMatch(text, mounting) || !RE2::PartialMatch(text, kind)) return false;
    out.subject = capture(text, at);
    if (out.subject.empty()) out.subject = capture(text, point);
    if (of_runtime(out.subject)) return false;
    out.fault = StartFault::bad_mount;
    return true;
}

bool read_exec(std::string_view text, StartText& out) {
    static const RE2 missing(
        R"((?i)executable file[^:]*not found in \$?PATH|error finding executable|no such file or directory)");
    static const RE2 denied(R"((?i)permission denied|: is a directory)");
    static const RE2 about_exec(
        R"re((?i)\bexec:? ?\\?["`'/]|exec container process|executable|open `|stat /|failed to load /)re");
    static const RE2 named(R"((?i)(?:exec|executable|open)[^"'`:]*:? ?)" + quoted);
    static const RE2 bare(R"((?i)\b(?:exec:?|failed to load) (/[^\s:]+):)");
    static const RE2 no_file(R"((?i)no such file or directory)");
    static const RE2 in_path(R"((?i)not found in \$?PATH|error finding executable)");
    if (!RE2::PartialMatch(text, about_exec)) return false;
    if (RE2::PartialMatch(text, missing))
        out.fault = StartFault::command_not_found;
    else if (RE2::PartialMatch(text, denied))
        out.fault = StartFault::permission_denied;
    else
        return false;
    out.subject = capture(text, named);
    if (out.subject.empty()) out.subject = capture(text, bare);
    out.maybe_loader = RE2::PartialMatch(text, no_file) && !RE2::PartialMatch(text, in_path);
    return true;
}

}  // namespace

StartText read_start_text(std::string_view text, std::string_view working_dir) {
    StartText out;
    out.decisive = decisive_part(text);
    // Mounts and directories first: their texts also end in "no such file or directory" or "permission denied".
    if (read_mount(text, out) || read_workdir(text, working_dir, out) || read_exec(text, out)) return out;
    out.subject.clear();
    return out;
}

std::string_view start_mode_id(StartFault fault) {
    switch (fault) {
        case StartFault::command_not_found:
            return "pod.run.command-not-found";
        case StartFault::permission_denied:
            return "pod.run.permission-denied";
        case StartFault::bad_mount:
        case StartFault::bad_workdir:
            return "pod.run.bad-mount-or-workdir";
        case StartFault::device_or_oci:
            break;
    }
    return "pod.run.device-or-oci";
}

}  // namespace salve::diagnose
