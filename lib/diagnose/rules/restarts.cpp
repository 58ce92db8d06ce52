// Containers that restart now and then and run well in between (TAXONOMY 1.6, pod.restarts.flapping).
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.restarts.flapping",
     .category = Category::crash_app,
     .severity = Severity::medium,
     .summary = "The container runs well now, but it has restarted several times within the hour.",
     .needs =
         "At least 3 restarts, the last of them within 60 min, the container ready and not in back-off, and its last "
         "life shorter than that hour.",
     .not_when = "Its restarts are long ago, however many; the node rebooted; it is still failing (pod.crashloop.*).",
     .advice =
         "Find out what ended it each time before it ends again: the exit code and the previous log tell (kubectl "
         "logs --previous), also memory over time and what it depends on at start."},
};

constexpr auto reboot_window = base::minutes(5);

// All containers of a node restart with it: that is the node's story, not theirs.
bool node_rebooted(const World& world, const Pod& pod, base::Time at) {
    const auto& events = world.facts().events;
    return std::any_of(events.begin(), events.end(), [&](const kube::Event& event) {
        return event.about.kind == "Node" && event.about.name == pod.spec.node_name && event.reason == "Rebooted" &&
               event.first - reboot_window <= at && at <= event.last + reboot_window;
    });
}

bool is_flapping(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (!status.state.running || !status.ready || status.restarts < flapping_restarts) return false;
    const auto& last = status.last.terminated;
    if (!last || !last->finished || world.now() - *last->finished > restart_window) return false;
    // A life longer than the window: the other restarts were before it.
    if (last->started && *last->finished - *last->started > restart_window) return false;
    return !is_crashing(world, pod, status) && !node_rebooted(world, pod, *last->finished);
}

Finding flapping(const World& world, const Pod& pod, const ContainerStatus& status, const CrashVerdict& last) {
    auto finding = pod_finding(world, modes[0], pod, status.name);
    finding.summary =
        fmt::format("Container \"{}\" runs now but has restarted {} times, the last time {} ago: it {}.", status.name,
                    status.restarts, base::to_words(world.now() - *status.last.terminated->finished), last.what);
    finding.evidence.push_back(from_status(pod, status, "restartCount", fmt::format("{} restarts", status.restarts)));
    finding.evidence.insert(finding.evidence.end(), last.evidence.begin(), last.evidence.end());
    finding.missing_evidence = last.missing_evidence;
    finding.advice.insert(finding.advice.end(), last.advice.begin(), last.advice.end());
    finding.last_seen = last.seen;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (status.list != ContainerStatus::List::main || !is_flapping(world, *pod, status)) continue;
            if (const auto last = classify_crash(world, *pod, status))
                findings.push_back(flapping(world, *pod, status, *last));
        }
    return findings;
}

std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> wanted;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses)
            if (status.list == ContainerStatus::List::main && is_flapping(world, *pod, status))
                wanted.push_back({pod->meta.ns, pod->meta.name, status.name, true, 50});
    return wanted;
}

}  // namespace

extern const Rule restarts;
const Rule restarts{"restarts", modes, match, wants};

}  // namespace salve::diagnose::rules
