// TAXONOMY 1.5: lifecycle hooks of the template that fail. The kubelet keeps a hook's output out of events on purpose;
// since 1.22 only state.waiting.message holds it (pkg/kubelet/lifecycle/handlers.go).
#include <fmt/format.h>
#include <re2/re2.h>

#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Event;
using kube::Probe;

constexpr Mode modes[] = {
    {.id = "pod.hook.poststart",
     .category = Category::crash_config,
     .severity = Severity::high,
     .summary = "The postStart hook of a container fails, so the kubelet kills the container after each start.",
     .needs = "state.waiting.reason PostStartHookError, or the event FailedPostStartHook within the container's last "
              "life; the container is then killed with exit code 137 and looks like a crash.",
     .not_when = "The container has started well since.",
     .advice = "Run the hook's command in the container by hand; correct it, or do its work in an init container or in "
               "the program itself."},
    {.id = "pod.hook.prestop",
     .category = Category::other,
     .severity = Severity::low,
     .summary = "The preStop hook of a container failed, so it is stopped without the preparation that the hook does.",
     .needs = "The event FailedPreStopHook of the last minutes, on a pod that is being deleted or a container that was "
              "just stopped.",
     .not_when = "The event is old and the container runs again.",
     .advice = "Correct the hook's command or its port; until then connections may be cut when the pod stops."},
};

constexpr auto event_fresh = base::minutes(10);
constexpr auto event_slack = base::seconds(10);  // events and container times have whole seconds, from two clocks

std::string hook_words(const Probe& hook) {
    if (hook.handler == Probe::Handler::exec) return fmt::format("exec [{}]", fmt::join(hook.command, " "));
    if (hook.handler == Probe::Handler::http) return fmt::format("HTTP GET {} on port {}", hook.path, hook.port);
    if (hook.handler == Probe::Handler::tcp) return fmt::format("TCP connection to port {}", hook.port);
    return "its handler";
}

// "command 'sh -c ...' exited with 1" of the kubelet's text, and what the hook printed; empty if it is not there.
std::string hook_error(const std::string& text) {
    static const re2::RE2 pattern(R"re((?s)failed - error: (.*?)(?:, message: "(.*)")?$)re");
    std::string error, output;
    if (!re2::RE2::PartialMatch(text, pattern, &error, &output)) return "";
    return output.empty() ? error : fmt::format("{}: {}", error, output);
}

void add_hook_spec(Finding& finding, const Pod& pod, const ContainerStatus& status, const base::Boxed<Probe>& hook,
                   std::string_view field) {
    if (!hook) return;
    finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec,
                                          fmt::format("{}.lifecycle.{}", spec_path(pod, status.name), field),
                                          fmt::format("{}: {}", field, hook_words(*hook))));
    finding.evidence.back().container = status.name;
}

// Whether the event tells how the last life ended. Events of a container in back-off are rate-limited (one per five
// minutes after a burst of 25), so for a killed container an older one of the same hook counts too.
bool explains(const World& world, const Event& event, const LastRun& run, bool has_hook) {
    const auto& end = *run.terminated;
    const bool inside = (!end.started || event.last >= *end.started - event_slack) &&
                        (!end.finished || event.last <= *end.finished + event_slack);
    const bool killed = end.exit_code == 137 || end.exit_code == 143;
    return inside || (killed && has_hook && world.now() - event.last <= restart_window);
}

std::optional<Finding> post_start(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto& waiting = status.state.waiting;
    const bool says = waiting && waiting->reason == "PostStartHookError";
    const auto* event = latest_event(world, pod, status.name, "FailedPostStartHook");
    if (!says && !event) return std::nullopt;
    const auto* spec = kube::container_spec(pod.spec, status.name);
    const auto hook = spec ? spec->post_start : std::nullopt;
    const auto run = last_run(status);
    // The status lags behind the events: while the hook runs it still says that the container is being created.
    const bool first_time = event && hook && !run.terminated && waiting && waiting->reason == "ContainerCreating" &&
                            world.now() - event->last <= base::minutes(1);
    if (!says && !first_time) {
        if (!event || !run.terminated || !still_failing(world, status)) return std::nullopt;
        if (waiting && waiting->reason != "CrashLoopBackOff") return std::nullopt;
        if (!explains(world, *event, run, hook.has_value())) return std::nullopt;
    }
    auto finding = pod_finding(world, mode_in(modes, "pod.hook.poststart"), pod, status.name);
    finding.confidence = says ? Confidence::confirmed : Confidence::probable;
    if (says)
        finding.evidence.push_back(
            from_status(pod, status, "state.waiting", fmt::format("{}: {}", waiting->reason, waiting->message)));
    if (event) finding.evidence.push_back(from_event(*event));
    add_hook_spec(finding, pod, status, hook, "postStart");
    if (run.terminated) finding.evidence.push_back(from_termination(pod, status, run));
    if (event) finding.last_seen = event->last;
    const auto error = hook_error(says ? waiting->message : event->message);
    finding.summary =
        fmt::format("{} is killed after each start because its postStart hook fails: {}{}.",
                    container_of_owner(world, pod, status.name),
                    hook ? excerpt(hook_words(*hook)) : std::string("the hook is no longer in the pod's spec"),
                    error.empty() ? "" : fmt::format(" ({})", excerpt(error)));
    if (run.terminated && run.terminated->exit_code == 137)
        finding.advice.emplace_back("Exit code 137 is the kubelet's kill after the hook, not a lack of memory.");
    return finding;
}

bool just_stopped(const Event& event, const Pod& pod, const ContainerStatus& status) {
    if (pod.meta.deleted) return true;
    const auto run = last_run(status);
    return run.terminated && run.terminated->finished && event.last >= *run.terminated->finished - base::minutes(1) &&
           event.last <= *run.terminated->finished + event_slack;
}

std::optional<Finding> pre_stop(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* event = latest_event(world, pod, status.name, "FailedPreStopHook");
    if (!event || world.now() - event->last > event_fresh || !just_stopped(*event, pod, status)) return std::nullopt;
    const auto* spec = kube::container_spec(pod.spec, status.name);
    auto finding = pod_finding(world, mode_in(modes, "pod.hook.prestop"), pod, status.name);
    finding.confidence = Confidence::probable;
    finding.evidence.push_back(from_event(*event));
    add_hook_spec(finding, pod, status, spec ? spec->pre_stop : std::nullopt, "preStop");
    finding.last_seen = event->last;
    finding.summary =
        fmt::format("{} was stopped without its preStop hook: {} failed.", container_of_owner(world, pod, status.name),
                    spec && spec->pre_stop ? excerpt(hook_words(*spec->pre_stop)) : "the hook");
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses)
            if (auto finding = post_start(world, *pod, status)) out.push_back(std::move(*finding));
    // Most preStop hooks run in pods that are being deleted, and those are no candidates.
    for (const auto& pod : world.facts().pods) {
        if (world.is_settled(pod)) continue;
        for (const auto& status : pod.statuses)
            if (auto finding = pre_stop(world, pod, status)) out.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace

extern const Rule hook;
const Rule hook{.id = "hook", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
