// TAXONOMY 1.7: running containers that fail their readiness probe. Texts: pkg/kubelet/prober/prober.go.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/probe_text.hpp"
#include "diagnose/probe_words.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/start_text.hpp"
#include "diagnose/thresholds.hpp"
#include "diagnose/unready.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Probe;

constexpr Mode modes[] = {
    {.id = "pod.notready.readiness",
     .category = Category::probe_readiness,
     .severity = Severity::high,
     .summary = "A container runs and fails its readiness probe, so its Services send it nothing.",
     .needs = "The container runs, is started and not ready for longer than its probe's own budget, and a recent event "
              "Unhealthy says that the readiness probe failed (without events: condition ContainersReady=False).",
     .not_when = "It is still starting, crash-looping or being deleted, or its pod is a standby that says so.",
     .advice = "Make the application ready, or correct the probe's path, port or command.",
     .actions = {"probe.relax"}},
};

constexpr int rank_of_unready = 20;              // after the logs of pods that crash
constexpr auto event_fresh = base::minutes(10);  // a rate-limited event comes every five minutes at least

// Since when the container has run and not been ready: its start, or the pod's later turn to unready.
std::optional<Time> unready_since(const Pod& pod, const ContainerStatus& status) {
    if (!status.state.running || !status.state.running->started) return std::nullopt;
    auto since = *status.state.running->started;
    if (const auto* condition = kube::find_condition(pod.conditions, "ContainersReady");
        condition && condition->status != "True" && condition->last_transition)
        since = std::max(since, *condition->last_transition);
    return since;
}

base::Duration budget(const Probe& probe) { return base::Duration{probe_budget(probe).us + probe_slack.us}; }

bool judged_elsewhere(const World& world, const Pod& pod, const ContainerStatus& status) {
    if (is_crashing(world, pod, status)) return true;
    const auto& end = status.last.terminated;
    return end && status.restarts >= 3 && end->finished && world.now() - *end->finished < crash_window;
}

bool node_ready(const World& world, const Pod& pod) {
    const auto node = world.node(pod.spec.node_name);
    if (!node) return true;
    const auto* ready = kube::find_condition(node->conditions, "Ready");
    return !ready || ready->status == "True";
}

std::string advice_for(const ProbeText& text, const Probe& probe, const kube::Container& spec) {
    using Kind = ProbeText::Kind;
    std::string ports;
    for (const auto& port : spec.ports) ports += fmt::format("{}{}", ports.empty() ? "" : ", ", port.port);
    switch (text.kind) {
        case Kind::refused:
            return fmt::format(
                "Nothing listens on the probe's port {}: compare it with the port on which the program "
                "listens{} (it must not be bound to 127.0.0.1 only).",
                text.port.empty() ? probe.port : text.port, ports.empty() ? "" : fmt::format(" (declared: {})", ports));
        case Kind::status:
            if (text.status == 404)
                return fmt::format("The program answers but knows no path {}: correct the probe's path.", probe.path);
            if (const int status = text.status.value_or(0); status == 401 || status == 403)
                return "The probe's path asks for credentials: give the probe a path that does not.";
            return "The program itself says that it is not ready: look in its log for what it waits for, often a "
                   "dependency.";
        case Kind::timeout:
            return fmt::format(
                "No answer within timeoutSeconds {}: the program is slow or hangs; look at its CPU limit and log "
                "before giving the probe more time.",
                probe.timeout_s);
        case Kind::unreachable:
            return "The kubelet cannot reach the pod's address: look at the node's network, and at host and port of "
                   "the probe.";
        case Kind::grpc:
            return "The program's gRPC health service does not say SERVING: look in its log for what it waits for.";
        case Kind::tls:
            return "The TLS handshake of the probe fails: compare the probe's scheme with what the port speaks.";
        case Kind::output:
            return "The probe's command fails: its output says why; run it by hand with kubectl exec.";
        case Kind::error:
            return "The kubelet could not run the probe at all: its command or port does not exist in the container.";
    }
    return "";
}

void add_standing(Finding& finding, const Pod& pod, const ContainerStatus& status, const Probe& probe) {
    if (const auto* condition = kube::find_condition(pod.conditions, "ContainersReady"))
        finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    finding.evidence.push_back(from_status(pod, status, "ready", "ready: false"));
    finding.evidence.push_back(
        from_field(pod.meta.ref(), Source::spec, spec_path(pod, status.name) + ".readinessProbe", probe_words(probe)));
    finding.evidence.back().container = status.name;
}

// What fails is the reading of an event, or its absence where events tell nothing.
void conclude(Finding& finding, const World& world, const Pod& pod, const ContainerStatus& status,
              const std::optional<ProbeEvent>& event, Time since) {
    const auto& spec = *kube::container_spec(pod.spec, status.name);
    const auto& probe = *spec.readiness;
    const auto start = fmt::format("{} has not been ready for {}: its readiness probe ({})",
                                   container_of_owner(world, pod, status.name), base::to_words(world.now() - since),
                                   probe_words(probe));
    if (!event) {
        finding.confidence = Confidence::probable;
        finding.summary = start + " does not succeed.";
        finding.missing_evidence.emplace_back(
            world.seen(kube::Resource::events, pod.meta.ns)
                ? "an event Unhealthy that says how the readiness probe fails (events expire after about an hour)"
                : "events of the namespace: they would say how the readiness probe fails");
        return;
    }
    // What could not be run has the runtime's wrappers around the words that matter.
    const bool not_run = event->text.kind == ProbeText::Kind::error;
    const auto literal = excerpt(not_run ? read_start_text(event->text.literal, "").decisive : event->text.literal);
    finding.summary = fmt::format("{} fails{}{}.", start, literal.empty() ? " without output" : ": ", literal);
    if (const auto advice = advice_for(event->text, probe, spec); !advice.empty()) finding.advice = {advice};
    const auto& owner = world.owner(pod);
    const bool deployment = owner.workload && owner.workload->meta.kind == "Deployment";
    if (event->text.kind == ProbeText::Kind::timeout && deployment) finding.actions = {"probe.relax"};
    finding.last_seen = event->event->last;
    if (is_standby(world, pod, probe, event->text.literal)) finding.severity = Severity::info;
}

// The program answers, and says itself that it is not ready.
bool program_says_so(const ProbeText& text) {
    using Kind = ProbeText::Kind;
    return (text.kind == Kind::status && text.status >= 500) || text.kind == Kind::grpc || text.kind == Kind::output ||
           text.kind == Kind::timeout;
}

// The line of its log that says whom it misses, where the log ends with such a line.
void add_log(Finding& finding, const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* log = world.log(pod.meta.ns, pod.meta.name, status.name, false);
    if (!log) return;
    std::vector<const kube::LogLine*> lines;
    for (const auto& line : log->lines)
        if (!is_missing_log_text(line.text) && !line.text.empty()) lines.push_back(&line);
    const auto verdict = classify_log(lines);
    const bool of_others = verdict.found == LogClass::dependency || verdict.found == LogClass::dns ||
                           verdict.found == LogClass::auth || verdict.found == LogClass::tls;
    if (!of_others || (verdict.line->at && world.now() - *verdict.line->at > event_fresh)) return;
    auto line = from_log(pod, status.name, false, *verdict.line);
    line.text = quoted(line.text);
    if (finding.summary.ends_with('.')) finding.summary.pop_back();
    finding.summary += fmt::format("; its log says \"{}\".", line.text);
    finding.evidence.push_back(std::move(line));
}

std::optional<Finding> judge(const World& world, const Pod& pod, const ContainerStatus& status) {
    const auto* spec = kube::container_spec(pod.spec, status.name);
    if (status.ready || status.started == false || !spec || !spec->readiness) return std::nullopt;
    const auto since = unready_since(pod, status);
    if (!since || world.now() - *since <= budget(*spec->readiness)) return std::nullopt;
    if (judged_elsewhere(world, pod, status)) return std::nullopt;
    const auto fresh = std::max(world.now() - event_fresh, *status.state.running->started);
    const auto event = newest_probe_event(world, pod, status.name, ProbeText::Probe::readiness, fresh);
    if (!event) {
        // Without the event the condition must speak for longer: the next probe may be the first to succeed.
        const auto patience = world.seen(kube::Resource::events, pod.meta.ns) ? event_fresh : base::Duration{};
        const auto startup = spec->startup ? probe_budget(*spec->startup) : base::Duration{};
        if (world.now() - *since <= base::Duration{budget(*spec->readiness).us + patience.us + startup.us})
            return std::nullopt;
        if (!node_ready(world, pod)) return std::nullopt;
    }
    auto finding = pod_finding(world, modes[0], pod, status.name);
    finding.actions.clear();  // probe.relax only for timeouts (TAXONOMY 1.7)
    if (event) finding.evidence.push_back(from_event(*event->event));
    add_standing(finding, pod, status, *spec->readiness);
    conclude(finding, world, pod, status, event, *since);
    if (event && program_says_so(event->text)) add_log(finding, world, pod, status);
    finding.first_seen = since;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        if (pod->phase != "Running") continue;
        for (const auto& status : pod->statuses) {
            if (status.list == ContainerStatus::List::ephemeral) continue;
            if (auto finding = judge(world, *pod, status)) out.push_back(std::move(*finding));
        }
    }
    return out;
}

// The log of each container whose program says that it is not ready: often it says for want of whom.
std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> out;
    for (const auto* pod : world.unsettled()) {
        if (pod->phase != "Running") continue;
        for (const auto& status : pod->statuses) {
            if (status.list == ContainerStatus::List::ephemeral || !judge(world, *pod, status)) continue;
            const auto event = newest_probe_event(world, *pod, status.name, ProbeText::Probe::readiness);
            if (event && program_says_so(event->text))
                out.push_back({pod->meta.ns, pod->meta.name, status.name, false, rank_of_unready});
        }
    }
    return out;
}

}  // namespace

extern const Rule readiness;
const Rule readiness{.id = "readiness", .modes = modes, .match = match, .wants = wants};

}  // namespace salve::diagnose::rules
