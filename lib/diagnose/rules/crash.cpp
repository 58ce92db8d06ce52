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

// Init containers are pod.init.*. Sidecars are pod.sidecar.failed, unless the kernel or the kubelet killed them while
// the pod runs: what is to be changed then is a limit or a probe, as of any other container.
bool is_ours(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (status.list == ContainerStatus::List::main) return true;
    if (status.list == ContainerStatus::List::ephemeral) return false;
    const auto* spec = kube::container_spec(pod.spec, status.name);
    return spec && spec->restart_policy == "Always" && is_initialized(pod) &&
           is_killed_from_outside(world, pod, status);
}

// A failed try of a CronJob that has succeeded since, or that is suspended, is history (TAXONOMY 0.9).
bool is_history(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto& owner = world.owner(pod);
    const auto* end = last_life(status);
    if (owner.cron_job && owner.cron_job->suspended && pod.phase == "Failed") return true;
    return owner.cron_job && owner.cron_job->last_success && end && end->finished &&
           *owner.cron_job->last_success > *end->finished;
}

// Of the pods of one owner that ended for good (restartPolicy Never) only the newest tells how it stands.
bool is_older_try(const World& world, const Pod& pod) {
    if (pod.phase != "Failed") return false;
    const auto& owner = world.owner(pod);
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
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses)
            if (is_ours(world, *pod, status) && is_crashing(world, *pod, status) && !is_history(world, *pod, status) &&
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

struct Judged {
    Crashing at;
    ObjectRef owner;
    CrashVerdict verdict;
};

// Only the logs of some pods of an owner are read. A pod whose log was not asked for, and which ended with the exit
// code of a sibling whose log was, ended as that one did: one fault, not two.
void take_siblings_word(const World& world, Judged& judged, const std::vector<Judged>& all) {
    const auto& pod = *judged.at.pod;
    const auto& status = *judged.at.status;
    if (judged.verdict.mode->id != "pod.crashloop.unknown") return;
    for (const bool previous : {false, true})
        if (world.log(pod.meta.ns, pod.meta.name, status.name, previous)) return;
    for (const auto& other : all) {
        if (other.owner != judged.owner || other.at.status->name != status.name ||
            other.verdict.mode->id == "pod.crashloop.unknown" ||
            last_life(*other.at.status)->exit_code != last_life(status)->exit_code)
            continue;
        auto own = std::move(judged.verdict.evidence);
        judged.verdict = other.verdict;
        judged.verdict.evidence.insert(judged.verdict.evidence.end(), own.begin(), own.end());
        return;
    }
}

std::vector<Finding> match(const World& world) {
    std::vector<Judged> all;
    for (const auto& at : crashing(world))
        if (auto verdict = classify_crash(world, *at.pod, *at.status))
            all.push_back({at, world.owner(*at.pod).ref, std::move(*verdict)});
    const auto as_read = all;
    std::vector<Finding> findings;
    for (auto& judged : all) {
        take_siblings_word(world, judged, as_read);
        findings.push_back(finding_of(world, judged.at, std::move(judged.verdict)));
    }
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
