// Main containers that die: crash loops, restarts just seen, pods that failed once (TAXONOMY 1.6).
#include "diagnose/crash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diagnose/build.hpp"
#include "diagnose/crash_modes.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr std::size_t pods_per_owner = 2;  // whose logs are read (TAXONOMY 3.3)

// Init containers, and sidecars of a pod that has not yet started, block it: that is pod.init.* and pod.sidecar.*.
bool is_ours(const Pod& pod, const ContainerStatus& status) {
    if (status.list == ContainerStatus::List::main) return true;
    if (status.list == ContainerStatus::List::ephemeral) return false;
    const auto* spec = kube::container_spec(pod.spec, status.name);
    return spec && spec->restart_policy == "Always" && is_initialized(pod);
}

// A failed try of a CronJob that has succeeded since, or that is suspended, is history (TAXONOMY 0.9).
bool is_history(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto owner = world.owner(pod);
    const auto* end = last_life(status);
    if (owner.cron_job && owner.cron_job->suspended && pod.phase == "Failed") return true;
    return owner.cron_job && owner.cron_job->last_success && end && end->finished &&
           *owner.cron_job->last_success > *end->finished;
}

// Of the pods of one owner that ended for good (restartPolicy Never) only the newest tells how it stands.
bool is_older_try(const World& world, const Pod& pod) {
    if (pod.phase != "Failed") return false;
    const auto owner = world.owner(pod);
    if (owner.is_pod) return false;
    const auto pods = world.pods_of(owner.ref);
    return std::any_of(pods.begin(), pods.end(), [&](const Pod* other) {
        return other->meta.created > pod.meta.created && (other->phase == "Failed" || other->phase == "Succeeded");
    });
}

struct Crashing {
    const Pod* pod;
    const ContainerStatus* status;
};

std::vector<Crashing> crashing(const World& world) {
    std::vector<Crashing> found;
    for (const auto* pod : world.candidates())
        for (const auto& status : pod->statuses)
            if (is_ours(*pod, status) && is_crashing(world, *pod, status) && !is_history(world, *pod, status) &&
                !is_older_try(world, *pod))
                found.push_back({pod, &status});
    return found;
}

Finding finding_of(const World& world, const Crashing& at, CrashVerdict verdict) {
    auto finding = verdict.root ? pod_finding_on(world, *verdict.mode, *verdict.root, *at.pod, at.status->name)
                                : pod_finding(world, *verdict.mode, *at.pod, at.status->name);
    finding.confidence = verdict.confidence;
    finding.category = verdict.category;
    finding.summary = fmt::format("{} {}.", container_words(at.status->name), verdict.what);
    finding.summary[0] = 'C';
    finding.evidence = std::move(verdict.evidence);
    finding.missing_evidence = std::move(verdict.missing_evidence);
    finding.advice = std::move(verdict.advice);
    finding.actions = std::move(verdict.actions);
    finding.last_seen = verdict.seen;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& at : crashing(world))
        if (auto verdict = classify_crash(world, *at.pod, *at.status))
            findings.push_back(finding_of(world, at, std::move(*verdict)));
    return findings;
}

std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> wanted;
    std::map<kube::ObjectRef, std::vector<const Pod*>> pods;
    for (const auto& at : crashing(world)) {
        auto& seen = pods[world.owner(*at.pod).ref];
        const auto known = std::find(seen.begin(), seen.end(), at.pod);
        if (known == seen.end() && seen.size() >= pods_per_owner) continue;
        if (known == seen.end()) seen.push_back(at.pod);
        want_crash_logs(wanted, *at.pod, *at.status, seen.size() == 1 ? 0 : 20);
    }
    return wanted;
}

}  // namespace

extern const Rule crash;
const Rule crash{"crash", crash_modes, match, wants};

}  // namespace salve::diagnose::rules
