#include "diagnose/exit_log.hpp"

#include <re2/re2.h>

#include <cstddef>

#include "diagnose/start_modes.hpp"

namespace salve::diagnose {
namespace {

constexpr std::size_t near_end = 5;  // lines

std::optional<std::string> program_in(const std::string& line, const std::vector<const re2::RE2*>& patterns) {
    std::string program;
    for (const auto* pattern : patterns)
        if (re2::RE2::PartialMatch(line, *pattern, &program)) return program;
    return std::nullopt;
}

// dash and busybox: "sh: 1: x: not found"; bash: "bash: line 1: x: command not found"; env, tini and the runtime name
// the file; the dynamic loader names the library.
const std::vector<const re2::RE2*>& not_found_patterns() {
    static const re2::RE2 command(R"(([^\s:]+): command not found)");
    static const re2::RE2 shell(R"(^\S*sh: (?:line \d+: |\d+: )?(?:exec: )?(?:line \d+: )?([^:]+): not found)");
    static const re2::RE2 script(R"(: (?:line )?\d+: (?:exec: )?([^\s:]+): not found)");
    static const re2::RE2 no_file(
        R"((?:sh|env|exec|tini|dumb-init|su-exec|gosu)\b[^:]*:? .*?['"‘]?(/[^\s:'"’]+|[\w.-]+)['"’]?:? ?(?:failed: )?(?:bad interpreter: )?No such file or directory)");
    static const re2::RE2 interpreter(R"((\S+): bad interpreter)");
    static const re2::RE2 library(R"(error while loading shared libraries: ([^\s:]+))");
    static const re2::RE2 loader(R"(Error loading shared library ([^\s:]+))");
    static const std::vector<const re2::RE2*> all{&command, &shell, &script, &no_file, &interpreter, &library, &loader};
    return all;
}

const std::vector<const re2::RE2*>& not_permitted_patterns() {
    static const re2::RE2 shell(
        R"(^\S+: (?:line )?(?:\d+: )?(?:exec: )?([^\s:]+): (?:cannot execute: )?(?i:permission denied|is a directory))");
    static const re2::RE2 env(
        R"((?:env|exec|tini|dumb-init|su-exec|gosu)\b.*?['"‘]?(/[^\s:'"’]+)['"’]?:? ?(?:failed: )?(?i:permission denied))");
    static const std::vector<const re2::RE2*> all{&shell, &env};
    return all;
}

// The shim's own line, when the entry point or its interpreter is not there: the whole line is this.
std::optional<ExitLog> runtime_line(const kube::LogLine* line) {
    static const re2::RE2 pattern(R"(^exec (\S+): (no such file or directory|permission denied)$)");
    std::string program, why;
    if (!re2::RE2::PartialMatch(line->text, pattern, &program, &why)) return std::nullopt;
    const auto id = why == "permission denied" ? "pod.run.permission-denied" : "pod.run.command-not-found";
    return ExitLog{&start_mode(id), program, line};
}

}  // namespace

std::optional<ExitLog> read_exit_log(int exit_code, const std::vector<const kube::LogLine*>& lines) {
    if (exit_code == 0) return std::nullopt;
    if (!lines.empty())
        if (auto found = runtime_line(lines.back())) return found;
    if (exit_code != 126 && exit_code != 127) return std::nullopt;
    const auto& mode = start_mode(exit_code == 127 ? "pod.run.command-not-found" : "pod.run.permission-denied");
    const auto& patterns = exit_code == 127 ? not_found_patterns() : not_permitted_patterns();
    for (std::size_t i = 0; i < lines.size() && i < near_end; ++i) {
        const auto* line = lines[lines.size() - 1 - i];
        if (auto program = program_in(line->text, patterns)) return ExitLog{&mode, *program, line};
    }
    if (lines.empty()) return ExitLog{&mode, "", nullptr};
    return std::nullopt;
}

}  // namespace salve::diagnose
