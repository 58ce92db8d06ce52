// Running, ready pods whose log holds little else than errors (DIFFERENCES, pod.log.errors). Kubernetes knows nothing
// of them, so the claim is low and only possible.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "diagnose/build.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.log.errors",
     .category = Category::crash_app,
     .severity = Severity::low,
     .summary = "The pod is running and ready, but its recent log consists mostly of errors.",
     .needs = "A running, ready container, and among its last 20 log lines (stack frames not counted) at least 3 that "
              "state an error by level or exception, and these are at least two thirds; or at least "
              "2 and no other line.",
     .not_when = "The words only occur in other lines (\"errors=0\", questions, names of modes), the lines are INFO, "
                 "DEBUG or WARN, or the errors stand among regular work.",
     .advice = "Read the log with the owner of the program: it serves its probes, but part of its work fails."},
};

constexpr int least_errors = 3;
constexpr int rank_of_healthy = 1000;  // after every log of a pod that fails

// By how the line begins or by its level field, not by words within it: the head of a trace does not count twice.
bool states_error(std::string_view text) {
    static const re2::RE2 level(
        R"re(^(?:\S+[ T]){0,4}\[?(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|ERR|CRIT|EMERG|ALERT)\b|(?i:level"?\s?[=:]\s?"?(?:error|fatal|critical|panic|err)\b)|\[(?:error|fatal|crit|alert|emerg)\]|^[EF]\d{4} \d|^(?i:error|fatal|critical|panic|fatal error)[: ])re");
    static const re2::RE2 exception(
        R"(^\s*(?:[\w$]+[.:]{1,2})*[\w$]*(?:Error|Exception)(?: \[\w+\])?: |^panic: |^Exception in thread|^thread '.*' panicked|^Caused by: )");
    const re2::StringPiece piece(text.data(), text.size());
    return re2::RE2::PartialMatch(piece, level) || re2::RE2::PartialMatch(piece, exception);
}

bool is_trace_head(std::string_view text) {
    static const re2::RE2 pattern(R"(^\s*Traceback \(most recent call last\)|^\s*$)");
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

bool is_steady(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (pod.phase != "Running" || status.list != ContainerStatus::List::main) return false;
    if (!status.ready || !status.state.running) return false;
    // A recent end is the crash family's: its errors are told there.
    const auto& last = status.last.terminated;
    return !last || !last->finished || world.now() - *last->finished > restart_window;
}

struct Count {
    int lines = 0, errors = 0;
    const kube::LogLine* last = nullptr;  // the last line that states an error
};

Count count_errors(const kube::Log& log) {
    Count count;
    for (auto it = log.lines.rbegin(); it != log.lines.rend() && count.lines < log_tail_lines; ++it) {
        if (weight_of_line(it->text) == LineWeight::trace || is_trace_head(it->text) || is_missing_log_text(it->text))
            continue;
        ++count.lines;
        if (!states_error(it->text)) continue;
        ++count.errors;
        if (!count.last) count.last = &*it;
    }
    return count;
}

// A log that has only just begun may hold fewer, if it holds nothing else.
bool is_dominated(const Count& count) {
    if (count.errors == count.lines) return count.errors >= least_errors - 1;
    return count.errors >= least_errors && count.errors * 3 >= count.lines * 2;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (!is_steady(world, *pod, status)) continue;
            const auto* log = world.log(pod->meta.ns, pod->meta.name, status.name, false);
            if (!log) continue;
            const auto count = count_errors(*log);
            if (!is_dominated(count)) continue;
            auto finding = pod_finding(world, modes[0], *pod, status.name);
            finding.confidence = Confidence::possible;
            finding.summary = fmt::format(
                "Container \"{}\" is running and ready, but {} of its last {} log lines are errors: \"{}\".",
                status.name, count.errors, count.lines, quoted(count.last->text));
            auto line = from_log(*pod, status.name, false, *count.last);
            line.text = quoted(line.text);
            finding.evidence.push_back(std::move(line));
            finding.last_seen = count.last->at;
            findings.push_back(std::move(finding));
        }
    return findings;
}

// One pod of each owner, the newest; over all namespaces that would be too many calls for too little.
std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> wanted;
    if (world.facts().scope.all) return wanted;
    std::map<kube::ObjectRef, const Pod*> newest;
    for (const auto* pod : world.candidates()) {
        const bool steady = std::any_of(pod->statuses.begin(), pod->statuses.end(),
                                        [&](const ContainerStatus& status) { return is_steady(world, *pod, status); });
        if (!steady) continue;
        auto& chosen = newest[world.owner(*pod).ref];
        if (!chosen || chosen->meta.created < pod->meta.created) chosen = pod;
    }
    for (const auto& [owner, pod] : newest)
        for (const auto& status : pod->statuses)
            if (is_steady(world, *pod, status))
                wanted.push_back({pod->meta.ns, pod->meta.name, status.name, false, rank_of_healthy});
    return wanted;
}

}  // namespace

extern const Rule log_errors;
const Rule log_errors{"log_errors", modes, match, wants};

}  // namespace salve::diagnose::rules
