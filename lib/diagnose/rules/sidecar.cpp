// TAXONOMY 1.7: native sidecars (init containers with restartPolicy Always, Kubernetes 1.28) that do not stay up or
// never count as started; the containers after them wait.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/probe_text.hpp"
#include "diagnose/probe_words.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.sidecar.failed",
     .category = Category::init,
     .severity = Severity::high,
     .summary =
         "A native sidecar crashes or never starts, so the containers after it cannot start or the pod is not ready.",
     .needs =
         "An init container with restartPolicy Always that is in a crash loop, or whose started stays false beyond "
         "the budget of its startup probe.",
     .not_when =
         "Its image, configuration or start fails (pod.image.*, pod.config.*, pod.run.*); or the pod runs and the "
         "sidecar is killed for its memory or by a probe (pod.crashloop.*).",
     .advice =
         "Read the sidecar's log (kubectl logs POD -c CONTAINER --previous); the containers after it are blocked, "
         "not broken."},
};

// The containers that have not started because of it, "api, worker"; empty when all run.
std::string blocked_by(const Pod& pod, std::string_view name) {
    std::string out;
    bool after = false;
    const auto add = [&](const kube::Container& spec) {
        const auto* status = kube::container_status(pod, spec.name);
        if (!status || (status->state.waiting && status->state.waiting->reason == "PodInitializing"))
            out += (out.empty() ? "" : ", ") + spec.name;
    };
    for (const auto& spec : pod.spec.init_containers) {
        if (after) add(spec);
        after = after || spec.name == name;
    }
    for (const auto& spec : pod.spec.containers) add(spec);
    return out;
}

std::string effect(const Pod& pod, std::string_view name) {
    const auto blocked = blocked_by(pod, name);
    return blocked.empty() ? "the pod's other containers run without it" : "blocked behind it: " + blocked;
}

std::optional<Finding> crashed(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (!is_crashing(world, pod, status)) return std::nullopt;
    auto verdict = classify_crash(world, pod, status);
    if (!verdict) return std::nullopt;
    auto finding = verdict->root ? pod_finding_on(world, modes[0], *verdict->root, pod, status.name)
                                 : pod_finding(world, modes[0], pod, status.name);
    finding.evidence = std::move(verdict->evidence);
    finding.evidence.push_back(from_termination(pod, status, last_run(status)));
    finding.missing_evidence = std::move(verdict->missing_evidence);
    finding.advice = std::move(verdict->advice);
    finding.advice.push_back(
        fmt::format("Read its log: kubectl -n {} logs {} -c {} --previous", pod.meta.ns, pod.meta.name, status.name));
    finding.last_seen = verdict->seen;
    finding.summary =
        fmt::format("{} {}; {}.", container_of_owner(world, pod, status.name), verdict->what, effect(pod, status.name));
    return finding;
}

std::optional<Finding> not_started(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* spec = kube::container_spec(pod.spec, status.name);
    const auto& running = status.state.running;
    if (!spec || !spec->startup || !running || !running->started || status.started != false) return std::nullopt;
    const auto age = world.now() - *running->started;
    if (age <= base::Duration{probe_budget(*spec->startup).us + probe_slack.us}) return std::nullopt;
    auto finding = pod_finding(world, modes[0], pod, status.name);
    finding.evidence.push_back(from_status(pod, status, "started", "started: false"));
    const auto event = newest_probe_event(world, pod, status.name, ProbeText::Probe::startup, *running->started);
    if (event) finding.evidence.push_back(from_event(*event->event));
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec, spec_path(pod, status.name) + ".startupProbe",
                                          probe_words(*spec->startup)));
    finding.summary =
        fmt::format("{} has run for {} and not started: its startup probe ({}) does not succeed{}; {}.",
                    container_of_owner(world, pod, status.name), base::to_words(age), probe_words(*spec->startup),
                    event ? ": " + excerpt(event->text.literal) : std::string(), effect(pod, status.name));
    return finding;
}

// In a pod that runs, a sidecar that is killed for its memory or by a probe is a crash like any other (rule crash).
bool is_ours(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (status.list != ContainerStatus::List::init || !is_sidecar(pod, status.name) || superseded(world, pod))
        return false;
    return !is_initialized(pod) || !is_killed_from_outside(world, pod, status);
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (!is_ours(world, *pod, status)) continue;
            auto finding = crashed(world, *pod, status);
            if (!finding) finding = not_started(world, *pod, status);
            if (finding) out.push_back(std::move(*finding));
        }
    return out;
}

std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> out;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses)
            if (is_ours(world, *pod, status) && is_crashing(world, *pod, status))
                want_crash_logs(out, *pod, status, 20);
    return out;
}

}  // namespace

extern const Rule sidecar;
const Rule sidecar{.id = "sidecar", .modes = modes, .match = match, .wants = wants};

}  // namespace salve::diagnose::rules
