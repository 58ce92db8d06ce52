#include "diagnose/pod_trouble.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/probe_text.hpp"
#include "diagnose/probe_words.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::World;
using re2::RE2;
using Level = PodTrouble::Level;

constexpr std::size_t pods_with_evidence = 3;
constexpr std::size_t words_bytes = 400;               // nested image errors have their point at the end
constexpr auto probe_event_fresh = base::minutes(10);  // a rate-limited event comes every five minutes at least

// Whether one of the parts of a pod's story applies; it then fills level, words and evidence.
using Part = bool (*)(const World&, const Pod&, PodTrouble&);

bool is_failed(const World&, const Pod& pod, PodTrouble& out) {
    if (pod.phase != "Failed") return false;
    const auto text = pod.reason.empty() ? pod.message : fmt::format("{}: {}", pod.reason, pod.message);
    out.level = Level::broken;
    out.words = excerpt("Failed" + (text.empty() ? "" : " " + text), words_bytes);
    out.evidence.push_back(from_field(pod.meta.ref(), Source::status,
                                      pod.reason.empty() ? "status.phase" : "status.reason",
                                      text.empty() ? "Failed" : text));
    return true;
}

bool is_unschedulable(const World& world, const Pod& pod, PodTrouble& out) {
    const auto* scheduled = kube::find_condition(pod.conditions, "PodScheduled");
    if (!pod.spec.node_name.empty() || !scheduled || scheduled->status != "False") return false;
    const bool final = scheduled->reason == "Unschedulable" && pod.nominated_node.empty() &&
                       world.now() - pod.meta.created > pending_grace;
    out.level = final ? Level::broken : Level::starting;
    out.words = excerpt(scheduled->message.empty() ? scheduled->reason.str() : scheduled->message, words_bytes);
    out.evidence.push_back(from_condition(pod.meta.ref(), *scheduled));
    return true;
}

bool is_on_its_way(const std::string& reason) {
    return reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing";
}

// The waiting state names the error. A kubelet that has just started says that caches are not synced: no error.
bool waits_on_error(const World& world, const Pod& pod, PodTrouble& out) {
    static const RE2 passing(R"(have not yet been read|failed to sync \w+ cache|not registered)");
    static const RE2 pull("Failed to pull image");
    for (const auto& status : pod.statuses) {
        const auto& waiting = status.state.waiting;
        if (!waiting || is_on_its_way(waiting->reason) || status.list == ContainerStatus::List::ephemeral) continue;
        out.level = RE2::PartialMatch(waiting->message, passing) ? Level::starting : Level::broken;
        const auto run = last_run(status);
        auto text = waiting->reason + (waiting->message.empty() ? "" : ": " + waiting->message);
        // What a back-off says of itself is no news; how the container ended is.
        const bool loops = waiting->reason == "CrashLoopBackOff" && run.terminated;
        out.words = container_words(status.name) + " " + (loops ? waiting->reason : excerpt(text, words_bytes));
        out.evidence.push_back(from_status(pod, status, "state.waiting", std::move(text)));
        if (run.terminated) {
            auto end = from_termination(pod, status, run);
            if (loops) out.words += fmt::format(" (last end {})", excerpt(end.text, words_bytes));
            out.evidence.push_back(std::move(end));
        }
        // Before 1.32 the back-off does not repeat the cause.
        if (const auto* event = latest_event(world, pod, status.name, "Failed", &pull))
            out.evidence.push_back(from_event(*event));
        return true;
    }
    return false;
}

bool crashes(const World& world, const Pod& pod, PodTrouble& out) {
    for (const auto& status : pod.statuses) {
        if (status.list == ContainerStatus::List::ephemeral) continue;
        const auto run = last_run(status);
        const bool init_failed = status.list == ContainerStatus::List::init && status.state.terminated &&
                                 status.state.terminated->exit_code != 0;
        if (!run.terminated || !(init_failed || is_crashing(world, pod, status))) continue;
        out.level = Level::broken;
        out.words = fmt::format("{} ended: {}, exit code {}, {} restarts", container_words(status.name),
                                run.terminated->reason, run.terminated->exit_code, status.restarts);
        out.evidence.push_back(from_termination(pod, status, run));
        return true;
    }
    return false;
}

// Volumes and sandbox: only events tell, and only while no container has started.
bool cannot_start(const World& world, const Pod& pod, PodTrouble& out) {
    if (!waits_whole(pod)) return false;
    static const RE2 reasons("^Failed|^NetworkNotReady$");
    const auto events = world.events(pod);
    for (auto at = events.rbegin(); at != events.rend(); ++at) {
        const auto& event = **at;
        if (event.type != "Warning" || event.reason == "FailedScheduling" ||
            !RE2::PartialMatch(event.reason, reasons) || !still_speaks(world, pod, event))
            continue;
        out.level = world.now() - bound_at(pod) > pending_grace ? Level::broken : Level::starting;
        out.words = excerpt(fmt::format("{}: {}", event.reason, event_text(event)), words_bytes);
        out.evidence.push_back(starting_evidence(pod));
        out.evidence.push_back(from_event(event));
        return true;
    }
    return false;
}

bool fails_readiness(const World& world, const Pod& pod, PodTrouble& out) {
    for (const auto& status : pod.statuses) {
        const auto* spec = kube::container_spec(pod.spec, status.name);
        const auto& running = status.state.running;
        if (status.ready || status.started == false || !spec || !spec->readiness || !running || !running->started)
            continue;
        const auto from = std::max(world.now() - probe_event_fresh, *running->started);
        const auto event = newest_probe_event(world, pod, status.name, ProbeText::Probe::readiness, from);
        if (!event) continue;
        const auto patience = base::Duration{probe_budget(*spec->readiness).us + probe_slack.us};
        out.level = world.now() - std::max(out.since, *running->started) > patience ? Level::unready : Level::starting;
        out.words = container_words(status.name) + " " + excerpt(event->event->message, words_bytes);
        out.evidence.push_back(from_event(*event->event));
        return true;
    }
    return false;
}

// Nothing but its conditions and states is left to tell.
void just_not_ready(const Pod& pod, PodTrouble& out) {
    const auto* ready = kube::find_condition(pod.conditions, "Ready");
    out.words = ready && !ready->message.empty() ? excerpt(ready->message, words_bytes) : "phase " + pod.phase;
    if (ready)
        out.evidence.push_back(from_condition(pod.meta.ref(), *ready));
    else
        out.evidence.push_back(from_field(pod.meta.ref(), Source::status, "status.phase", pod.phase));
}

}  // namespace

PodTrouble trouble_of(const World& world, const Pod& pod) {
    PodTrouble out;
    out.pod = &pod;
    out.since = pod.meta.created;
    if (const auto* ready = kube::find_condition(pod.conditions, "Ready");
        ready && ready->status != "True" && ready->last_transition)
        out.since = std::max(out.since, *ready->last_transition);
    const Part parts[] = {is_failed, is_unschedulable, waits_on_error, crashes, cannot_start, fails_readiness};
    if (std::none_of(std::begin(parts), std::end(parts), [&](Part part) { return part(world, pod, out); }))
        just_not_ready(pod, out);
    while (out.words.ends_with('.')) out.words.pop_back();
    return out;
}

std::vector<PodTrouble> troubles_of(const World& world, const std::vector<const Pod*>& pods) {
    std::vector<PodTrouble> out;
    for (const auto* pod : pods)
        if (!world.is_settled(*pod) && !kube::is_ready(*pod) && !pod->meta.deleted && pod->phase != "Succeeded")
            out.push_back(trouble_of(world, *pod));
    std::stable_sort(out.begin(), out.end(), [](const PodTrouble& a, const PodTrouble& b) {
        return std::make_tuple(-static_cast<int>(a.level), std::string_view(a.pod->meta.name)) <
               std::make_tuple(-static_cast<int>(b.level), std::string_view(b.pod->meta.name));
    });
    return out;
}

bool any_at_least(const std::vector<PodTrouble>& troubles, Level level) {
    return std::any_of(troubles.begin(), troubles.end(), [&](const auto& one) { return one.level >= level; });
}

bool any_older_than(const World& world, const std::vector<PodTrouble>& troubles, base::Duration age) {
    return std::any_of(troubles.begin(), troubles.end(),
                       [&](const auto& one) { return world.now() - one.since > age; });
}

std::string trouble_words(const std::vector<PodTrouble>& troubles) {
    if (troubles.empty()) return "";
    auto words = fmt::format("pod {}: {}", troubles[0].pod->meta.name, troubles[0].words);
    if (const auto more = troubles.size() - 1; more > 0)
        words += fmt::format("; {} more {} not ready", more, more == 1 ? "pod is" : "pods are");
    return words;
}

void add_troubles(Finding& finding, const std::vector<PodTrouble>& troubles) {
    for (std::size_t i = 0; i < troubles.size(); ++i) {
        finding.affected.push_back({troubles[i].pod->meta.ref(), ""});
        if (i >= pods_with_evidence) continue;
        finding.evidence.insert(finding.evidence.end(), troubles[i].evidence.begin(), troubles[i].evidence.end());
    }
    std::sort(finding.affected.begin(), finding.affected.end());
}

}  // namespace salve::diagnose
