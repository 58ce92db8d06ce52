// TAXONOMY 1.7: a container that has nearly used up the budget of its startup probe. Nothing is wrong yet. Earlier than
// that, a start that takes its time is health, and health is not reported.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/probe_text.hpp"
#include "diagnose/probe_words.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/start_text.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.starting.startup-probe",
     .category = Category::probe_startup,
     .severity = Severity::info,
     .summary = "A container is still starting and has used three quarters of the time that its startup probe gives.",
     .needs = "started is false, the container has run for three quarters of the startup probe's budget, and an event "
              "Unhealthy "
              "says that the startup probe failed; or the whole budget, and the kubelet cannot run the probe (then it "
              "neither kills the container nor ever counts it as started).",
     .not_when = "The kubelet kills it over and over: that is pod.crashloop.startup-probe.",
     .advice = "Wait; if the container is killed at the end of the budget, the start needs more time."},
};

// pkg/kubelet/prober/worker.go throws the result away when the probe itself errs: the container is not killed, and
// stays unstarted for good.
void say_not_run(Finding& finding, const World& world, const Pod& pod, const ContainerStatus& status,
                 const ProbeEvent& event) {
    finding.severity = Severity::high;
    finding.summary = fmt::format("{} runs and never counts as started: the kubelet cannot run its startup probe: {}.",
                                  container_of_owner(world, pod, status.name),
                                  excerpt(read_start_text(event.text.literal, "").decisive));
    finding.advice = {
        "Correct the command or port of the startup probe: it does not exist in the container. Waiting "
        "does not help, and the kubelet does not restart the container for it."};
}

std::optional<Finding> judge(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* spec = kube::container_spec(pod.spec, status.name);
    const auto& running = status.state.running;
    if (!spec || !spec->startup || !running || !running->started || status.started != false) return std::nullopt;
    const auto age = world.now() - *running->started;
    const auto budget = probe_budget(*spec->startup);
    if (age * 4 < budget * 3 || is_crashing(world, pod, status)) return std::nullopt;
    const auto event = newest_probe_event(world, pod, status.name, ProbeText::Probe::startup, *running->started);
    if (!event) return std::nullopt;
    const bool over = age > base::Duration{budget.us + probe_slack.us};
    if (over && (event->text.kind != ProbeText::Kind::error || is_sidecar(pod, status.name))) return std::nullopt;
    auto finding = pod_finding(world, modes[0], pod, status.name);
    finding.evidence.push_back(from_status(pod, status, "started", "started: false"));
    finding.evidence.push_back(from_event(*event->event));
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec, spec_path(pod, status.name) + ".startupProbe",
                                          probe_words(*spec->startup)));
    finding.summary =
        fmt::format("{} has been starting for {}; its startup probe gives it {}.",
                    container_of_owner(world, pod, status.name), base::to_words(age), base::to_words(budget));
    if (over) say_not_run(finding, world, pod, status, *event);
    finding.last_seen = event->event->last;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses)
            if (auto finding = judge(world, *pod, status)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule starting;
const Rule starting{.id = "starting", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
