#include "diagnose/crash.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "diagnose/crash_life.hpp"
#include "diagnose/crash_modes.hpp"
#include "diagnose/log_facts.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

constexpr auto slack = base::seconds(5);
constexpr auto node_oom_window = base::seconds(30);  // TAXONOMY 1.6 row 5
constexpr auto recovered_slack = base::seconds(60);  // beyond twice the life that failed
constexpr auto back_off_reset = base::minutes(10);   // TAXONOMY 5
constexpr int exit_killed = 137, exit_terminated = 143, exit_unknown = 255;

const Mode& mode(std::string_view id) { return mode_in(crash_modes, id); }

bool is_lost(const kube::Terminated& end) {
    return end.reason == "ContainerStatusUnknown" || (end.exit_code == exit_unknown && end.reason == "Unknown");
}

// The kubelet kills a container whose postStart hook failed: exit code 137, and only events tell. In a long loop the
// recorder drops them (see crash_probe.cpp), so one of the last hour counts where the life ended as such a kill does.
bool hook_killed(const Life& life) {
    if (life.status.state.waiting && life.status.state.waiting->reason == "PostStartHookError") return true;
    const auto events = life.world.events(life.pod);
    return std::any_of(events.begin(), events.end(), [&](const kube::Event* event) {
        const bool hook = event->reason == "FailedPostStartHook" ||
                          (event->reason == "Killing" && event->message == "FailedPostStartHook");
        if (!hook) return false;
        const bool ended_so = life.end.exit_code == 137 || life.end.exit_code == 143;
        const auto* spec = kube::container_spec(life.pod.spec, life.status.name);
        const bool earlier = ended_so && spec && spec->post_start && event->container() == life.status.name &&
                             life.world.now() - event->last <= restart_window;
        return earlier || event_in(life, *event);
    });
}

bool is_being_removed(const Pod& pod) {
    if (pod.meta.deleted) return true;
    if (pod.phase == "Failed" && !pod.reason.empty()) return true;  // Evicted, OutOfcpu, DeadlineExceeded, Shutdown
    const auto* disruption = kube::find_condition(pod.conditions, "DisruptionTarget");
    return disruption && disruption->status == "True";
}

CrashVerdict limit_oom(const Life& life, const std::string& limit) {
    auto verdict = verdict_of(life, mode("pod.crashloop.oom"), Confidence::confirmed,
                              fmt::format("was OOMKilled at its memory limit of {} ({})", limit, end_words(life)));
    const auto request = life.spec->resources.requests.find("memory");
    verdict.evidence.push_back(from_field(life.pod.meta.ref(), Source::spec,
                                          fmt::format("spec.containers[{}].resources.limits.memory", life.status.name),
                                          request == life.spec->resources.requests.end()
                                              ? fmt::format("memory limit {}", limit)
                                              : fmt::format("memory limit {}, request {}", limit, request->second)));
    verdict.evidence.back().container = life.status.name;
    if (life.end.exit_code != exit_killed)
        verdict.advice.insert(
            verdict.advice.begin(),
            fmt::format("The exit code is {}, not 137: the kernel killed a child process, and the main "
                        "process ended because of it.",
                        life.end.exit_code));
    if (owner_is_deployment(life)) verdict.actions.emplace_back("memory.raise");
    return verdict;
}

// The event of the node about a kill within the window. The kubelet's node events carry the node's name as uid.
const kube::Event* node_oom_event(const Life& life) {
    const auto& name = life.pod.spec.node_name;
    if (name.empty() || !life.end.finished) return nullptr;
    const auto at = *life.end.finished;
    for (const auto& event : life.world.facts().events) {
        if (event.about.kind != "Node" || event.about.name != name) continue;
        if (event.reason != "SystemOOM" && event.reason != "OOMKilling") continue;
        if (event.first - node_oom_window <= at && at <= event.last + node_oom_window) return &event;
    }
    return nullptr;
}

std::optional<CrashVerdict> node_oom(const Life& life) {
    const auto* event = node_oom_event(life);
    const bool oom = life.end.reason == "OOMKilled";
    if (!event && !oom) return std::nullopt;
    const auto where = life.pod.spec.node_name.empty() ? std::string("its node") : "node " + life.pod.spec.node_name;
    auto verdict =
        verdict_of(life, mode("pod.crashloop.node-oom"), Confidence::probable,
                   fmt::format("was {} because {} ran out of memory ({})",
                               oom ? "OOMKilled, though it has no memory limit," : "killed", where, end_words(life)));
    if (event) {
        verdict.evidence.push_back(from_event(*event));
        verdict.root = ObjectRef{"v1", "Node", "", life.pod.spec.node_name, ""};
        if (const auto node = life.world.node(life.pod.spec.node_name)) verdict.root = node->meta.ref();
    }
    return verdict;
}

std::optional<CrashVerdict> out_of_memory(const Life& life) {
    if (life.end.reason != "OOMKilled") return std::nullopt;
    if (life.spec)
        if (const auto limit = life.spec->resources.limits.find("memory"); limit != life.spec->resources.limits.end())
            return limit_oom(life, limit->second);
    return node_oom(life);
}

CrashVerdict clean_end(const Life& life) {
    return verdict_of(life, mode("pod.crashloop.exit0"), Confidence::confirmed,
                      fmt::format("ends by itself without an error and is started again ({})", end_words(life)));
}

CrashVerdict signal_end(const Life& life, std::string_view signal) {
    auto verdict = verdict_of(life, mode("pod.crashloop.signal"), Confidence::confirmed,
                              fmt::format("died of {} ({})", signal, end_words(life)));
    const auto log = life_log(life.world, life.pod, life.status);
    if (!log.lines.empty() && !log.stale) {
        auto line = from_log(life.pod, life.status.name, log.log->previous, *log.lines.back());
        line.text = quoted(line.text);
        verdict.evidence.push_back(std::move(line));
    }
    return verdict;
}

std::optional<CrashVerdict> signalled(const Life& life) {
    const int code = life.end.exit_code;
    if (code == exit_killed) {
        if (auto found = node_oom(life)) return found;
        auto verdict =
            verdict_of(life, mode("pod.crashloop.killed-137"), Confidence::confirmed,
                       fmt::format("was killed with SIGKILL, and nothing says by whom ({})", end_words(life)));
        if (!life.world.seen(kube::Resource::events, "default"))
            verdict.missing_evidence.emplace_back(
                "the node's events (namespace default) were not read: an out-of-memory kill by the node would stand "
                "there");
        return verdict;
    }
    if (code == exit_terminated)
        return verdict_of(life, mode("pod.crashloop.sigterm"), Confidence::confirmed,
                          fmt::format("was stopped with SIGTERM, and neither a probe nor a deletion explains it ({})",
                                      end_words(life)));
    const auto signal = signal_of_exit(code);
    return signal.empty() ? std::nullopt : std::optional(signal_end(life, signal));
}

// Exit codes 0, 137 and 143 are also how a container ends that the kubelet kills for a failed probe or hook, and only
// events tell (TAXONOMY 6.7). Where they could not be read, nothing may be concluded from their absence.
std::optional<CrashVerdict> kill_not_seen(const Life& life) {
    const int code = life.end.exit_code;
    const bool may_be_killed = !life.spec || life.spec->liveness || life.spec->startup || life.spec->post_start;
    if ((code != 0 && code != exit_killed && code != exit_terminated) || !may_be_killed) return std::nullopt;
    if (life.world.seen(kube::Resource::events, life.pod.meta.ns)) return std::nullopt;
    auto verdict = verdict_of(
        life, mode("pod.crashloop.unknown"), Confidence::confirmed,
        fmt::format("ends again and again ({}); whether the kubelet killed it cannot be told", end_words(life)));
    verdict.missing_evidence.emplace_back(
        "the events could not be read: they would tell whether a probe or a hook had it killed");
    return verdict;
}

// Whether the present try has clearly outlived the life that failed: then the failure is history. A container that has
// failed often and is not Ready has not recovered, however long it runs.
bool has_recovered(const World& world, const kube::ContainerStatus& status, const kube::Terminated& end) {
    if (!status.state.running || !status.state.running->started) return false;
    if (!status.ready && status.restarts >= flapping_restarts) return false;
    const auto runs = world.now() - *status.state.running->started;
    if (!end.started || !end.finished) return runs > back_off_reset;
    return runs.us > 2 * (*end.finished - *end.started).us + recovered_slack.us;
}

}  // namespace

std::optional<base::Duration> length_of(const Life& life) {
    if (!life.end.started || !life.end.finished || *life.end.finished < *life.end.started) return std::nullopt;
    return *life.end.finished - *life.end.started;
}

std::string end_words(const Life& life) {
    auto words = fmt::format("exit code {}", life.end.exit_code);
    if (const auto signal = signal_of_exit(life.end.exit_code); !signal.empty()) words += fmt::format(" {}", signal);
    if (const auto length = length_of(life))
        words += *length < base::seconds(1) ? ", ran less than 1s" : ", ran " + base::to_words(*length);
    if (life.status.restarts == 0) return words + ", not restarted";
    return words + fmt::format(", {} restart{}", life.status.restarts, life.status.restarts == 1 ? "" : "s");
}

std::string_view end_path(const Life& life) {
    return life.status.state.terminated ? "state.terminated" : "lastState.terminated";
}

Evidence end_evidence(const Life& life) {
    auto text = life.end.reason.empty() ? std::string("terminated") : life.end.reason;
    text += fmt::format(": exit code {}", life.end.exit_code);
    return from_status(life.pod, life.status, end_path(life), std::move(text), life.end.finished);
}

bool event_in(const Life& life, const kube::Event& event) {
    if (event.container() != life.status.name) return false;
    if (life.end.started && event.last < *life.end.started - slack) return false;
    return !life.end.finished || event.first <= *life.end.finished + slack;
}

bool owner_is_deployment(const Life& life) {
    const auto owner = life.world.owner(life.pod);
    return owner.workload && owner.workload->meta.kind == "Deployment";
}

CrashVerdict verdict_of(const Life& life, const Mode& mode, Confidence confidence, std::string what) {
    CrashVerdict verdict;
    verdict.mode = &mode;
    verdict.confidence = confidence;
    verdict.what = std::move(what);
    verdict.evidence.push_back(end_evidence(life));
    if (const auto& waiting = life.status.state.waiting; waiting && waiting->reason == "CrashLoopBackOff")
        verdict.evidence.push_back(from_status(life.pod, life.status, "state.waiting.reason", waiting->reason));
    verdict.advice.emplace_back(mode.advice);
    verdict.seen = life.end.finished;
    return verdict;
}

const kube::Terminated* last_life(const ContainerStatus& status) {
    if (status.state.terminated) return &*status.state.terminated;
    return status.last.terminated ? &*status.last.terminated : nullptr;
}

bool crash_is_ours(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* end = last_life(status);
    if (!end || is_being_removed(pod)) return false;
    if (end->reason == "StartError" || end->reason == "ContainerCannotRun") return false;
    // It waits for something else than the end of its back-off: an image, a ConfigMap.
    if (status.state.waiting && !status.state.waiting->reason.empty() &&
        status.state.waiting->reason != "CrashLoopBackOff")
        return false;
    return !hook_killed({world, pod, status, *end, nullptr});
}

bool is_crashing(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* end = last_life(status);
    if (!end || !crash_is_ours(world, pod, status)) return false;
    if (status.state.waiting) return status.state.waiting->reason == "CrashLoopBackOff";
    if (status.state.terminated) {
        // A clean end is what pods of Jobs are for, and the first clean end of another pod proves no loop.
        if (end->exit_code == 0 && !is_lost(*end) && end->reason != "OOMKilled")
            return pod.spec.restart_policy == "Always" && status.restarts > 0;
        return true;
    }
    if (status.restarts == 0 || is_lost(*end) || has_recovered(world, status, *end)) return false;
    return !end->finished || world.now() - *end->finished <= crash_window;
}

bool is_initialized(const Pod& pod) {
    const auto* condition = kube::find_condition(pod.conditions, "Initialized");
    return condition && condition->status == "True";
}

bool is_killed_from_outside(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (!crash_is_ours(world, pod, status)) return false;
    const auto& end = *last_life(status);
    const Life life{world, pod, status, end, kube::container_spec(pod.spec, status.name)};
    return is_lost(end) || out_of_memory(life) || probe_kill(life);
}

std::optional<CrashVerdict> classify_crash(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (!crash_is_ours(world, pod, status)) return std::nullopt;
    const auto& end = *last_life(status);
    const Life life{world, pod, status, end, kube::container_spec(pod.spec, status.name)};
    if (is_lost(end))
        return verdict_of(
            life, mode("pod.container.status-unknown"), Confidence::confirmed,
            fmt::format("was lost by the runtime of {} ({})",
                        pod.spec.node_name.empty() ? "its node" : "node " + pod.spec.node_name, end_words(life)));
    if (auto found = out_of_memory(life)) return found;
    if (auto found = probe_kill(life)) return found;
    if (auto found = kill_not_seen(life)) return found;
    if (end.exit_code == 0) return clean_end(life);
    if (auto found = signalled(life)) return found;
    return logged_end(life);
}

void want_crash_logs(std::vector<LogWanted>& out, const Pod& pod, const ContainerStatus& status, int rank) {
    // Just ended: the plain log is that of the life that failed. Else the previous one is.
    const bool previous_first = status.restarts > 0 && !status.state.terminated;
    for (const bool previous : {previous_first, !previous_first}) {
        if (previous && status.restarts == 0) continue;
        out.push_back({pod.meta.ns, pod.meta.name, status.name, previous, rank});
        rank += 10;
    }
}

}  // namespace salve::diagnose
