// TAXONOMY 1.9: what the events about a node tell. Texts: pkg/kubelet/oom/oom_watcher_linux.go, pkg/kubelet/kubelet.go,
// pkg/kubelet/images/image_gc_manager.go, pkg/kubelet/nodestatus/setters.go, pkg/controller/util/node.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/eviction_text.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/node_health.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Event;
using kube::Node;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "node.system-oom",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The node ran out of memory and its kernel killed processes.",
     .needs =
         "Event SystemOOM of the node (or OOMKilling of the node problem detector) within the last hour, and a pod "
         "there that was struck, unless all namespaces were asked for.",
     .not_when = "A container was killed at its own memory limit (\"Memory cgroup out of memory\").",
     .advice = "The node is overcommitted: set memory requests to what programs use, and reserve memory for the system "
               "(systemReserved, kubeReserved of the kubelet)."},
    {.id = "node.disk-gc-failing",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "The kubelet tries to free disk space on the node and cannot.",
     .needs = "Event FreeDiskSpaceFailed, ImageGCFailed, ContainerGCFailed or InvalidDiskCapacity of the node within "
              "the last 15 minutes.",
     .not_when = "It was said once while the kubelet was starting.",
     .advice = "See what fills the disk besides images of stopped containers: logs, emptyDir volumes, files outside of "
               "Kubernetes, images in use. The next step is DiskPressure and evictions."},
    {.id = "node.rebooted",
     .category = Category::node,
     .severity = Severity::info,
     .summary = "The node was rebooted: that is why its pods restarted together.",
     .needs = "Event Rebooted of the node within the last hour, and a pod there that is not well since, unless all "
              "namespaces were asked for.",
     .not_when = "The pods have recovered.",
     .advice = "Find out why: an update, a kernel panic, a power loss (last -x, journalctl -b -1 on the node)."},
    {.id = "node.flapping",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The node goes back and forth between ready and not ready.",
     .needs = "Three or more events NodeReady and NodeNotReady of the node within 30 minutes.",
     .not_when = "It went away once and came back.",
     .advice =
         "Look at the kubelet's log for what comes and goes: an overloaded machine, a network that loses packets, "
         "a container runtime that hangs (PLEG)."},
};

constexpr auto gc_fresh = base::minutes(15);       // image collection runs every five minutes
constexpr auto gc_start_slack = base::minutes(2);  // InvalidDiskCapacity is normal at the kubelet's start
constexpr auto kill_slack = base::seconds(30);     // between a kill and its event
constexpr auto reboot_slack = base::minutes(10);   // until pods of the node have been started anew
constexpr auto flap_window = base::minutes(30);
constexpr int flap_turns = 3;

bool is_recent(const World& world, const Event& event, base::Duration window) {
    return world.now() - event.last <= window;
}

// ---- whom it strikes: what a namespace does not feel must not disturb it

std::vector<const kube::Terminated*> ends_of(const ContainerStatus& status) {
    std::vector<const kube::Terminated*> ends;
    if (status.state.terminated) ends.push_back(&*status.state.terminated);
    if (status.last.terminated) ends.push_back(&*status.last.terminated);
    return ends;
}

// Killed at that time, and it shows: lately, or the pod is not well since.
bool was_killed_by(const World& world, const Pod& pod, const Event& event) {
    if (kube::is_ready(pod) && !is_recent(world, event, crash_window)) return false;
    for (const auto& status : pod.statuses)
        for (const auto* end : ends_of(status))
            if ((end->reason == "OOMKilled" || end->exit_code == 137) && end->finished &&
                event.first - kill_slack <= *end->finished && *end->finished <= event.last + kill_slack)
                return true;
    return false;
}

bool is_unwell(const Pod& pod) { return pod.phase != "Succeeded" && !pod.meta.deleted && !kube::is_ready(pod); }

// Not well since the reboot: a container ended shortly before or after, and the pod is not ready.
bool is_struck_by_reboot(const Pod& pod, const Event& event) {
    if (!is_unwell(pod) || pod.meta.created > event.last) return false;
    for (const auto& status : pod.statuses)
        for (const auto* end : ends_of(status))
            if (!end->finished ||
                (event.last - reboot_slack <= *end->finished && *end->finished <= event.last + reboot_slack))
                return true;
    return false;
}

bool went_unready(const World& world, const Pod& pod) {
    const auto events = world.events(pod);
    return std::any_of(events.begin(), events.end(), [&](const Event* event) {
        return event->reason == "NodeNotReady" && is_recent(world, *event, flap_window);
    });
}

bool is_evicted_for_disk(const World& world, const Pod& pod) {
    if (ending_of(pod) != Ending::evicted || world.now() - ended_at(world, pod) > restart_window) return false;
    const auto eviction = parse_eviction(pod.message);
    return eviction && eviction->what == EvictedFor::disk;
}

// ---- the judgements

struct Case {
    const World& world;
    const Node& node;
    const std::vector<const Event*>& events;
};

// A finding if the scope is concerned: everything was asked for, or a pod is struck.
template <typename Struck>
std::optional<Finding> finding_if_felt(const Case& at, std::string_view id, Struck struck) {
    std::vector<const Pod*> pods;
    for (const auto* pod : pods_on(at.world, at.node.meta.name))
        if (struck(*pod)) pods.push_back(pod);
    const auto& targets = at.world.facts().scope.targets;
    const bool asked = at.world.facts().scope.all ||
                       std::find(targets.begin(), targets.end(), "node/" + at.node.meta.name) != targets.end();
    if (pods.empty() && !asked) return std::nullopt;
    auto finding = object_finding(mode_in(modes, id), at.node.meta.ref());
    finding.confidence = Confidence::probable;
    affect(at.world, finding, pods);
    return finding;
}

std::optional<Finding> system_oom(const Case& at) {
    static const RE2 in_cgroup("(?i)memory cgroup out of memory");
    const Event* newest = nullptr;
    for (const auto* event : at.events)
        if ((event->reason == "SystemOOM" || event->reason == "OOMKilling") &&
            is_recent(at.world, *event, restart_window) && !RE2::PartialMatch(event->message, in_cgroup))
            newest = event;
    if (!newest) return std::nullopt;
    auto finding =
        finding_if_felt(at, "node.system-oom", [&](const Pod& pod) { return was_killed_by(at.world, pod, *newest); });
    if (!finding) return finding;
    finding->evidence.push_back(from_event(*newest));
    finding->summary =
        fmt::format("Node {} ran out of memory {} ago: {}: {}.", at.node.meta.name,
                    base::to_words(at.world.now() - newest->last), newest->reason, excerpt(newest->message));
    finding->summary = with_stop(std::move(finding->summary));
    finding->first_seen = newest->first;
    return finding;
}

// The kubelet says once at its start that the capacity of the image file system is 0, before it has measured it.
bool is_from_start(const Case& at, const Event& event) {
    if (event.reason != "InvalidDiskCapacity") return false;
    if (event.count > 1 && event.last - event.first > gc_start_slack) return false;
    return std::any_of(at.events.begin(), at.events.end(),
                       [&](const Event* other) {
                           return other->reason == "Starting" && event.last - other->first <= gc_start_slack &&
                                  other->first - event.last <= gc_start_slack;
                       }) ||
           event.last - at.node.meta.created <= gc_start_slack || event.count == 1;
}

std::optional<Finding> disk_gc(const Case& at) {
    const Event* newest = nullptr;
    for (const auto* event : at.events)
        if ((event->reason == "FreeDiskSpaceFailed" || event->reason == "ImageGCFailed" ||
             event->reason == "ContainerGCFailed" || event->reason == "InvalidDiskCapacity") &&
            is_recent(at.world, *event, gc_fresh) && !is_from_start(at, *event))
            newest = event;
    if (!newest) return std::nullopt;
    auto finding = finding_if_felt(at, "node.disk-gc-failing", [&](const Pod& pod) {
        return is_stranded(at.world, pod) || is_evicted_for_disk(at.world, pod);
    });
    if (!finding) return finding;
    finding->evidence.push_back(from_event(*newest));
    finding->summary = fmt::format("The kubelet of node {} cannot free disk space: {}: {}.", at.node.meta.name,
                                   newest->reason, excerpt(newest->message));
    finding->summary = with_stop(std::move(finding->summary));
    finding->first_seen = newest->first;
    return finding;
}

std::optional<Finding> rebooted(const Case& at) {
    const Event* newest = nullptr;
    for (const auto* event : at.events)
        if (event->reason == "Rebooted" && is_recent(at.world, *event, restart_window)) newest = event;
    if (!newest) return std::nullopt;
    auto finding =
        finding_if_felt(at, "node.rebooted", [&](const Pod& pod) { return is_struck_by_reboot(pod, *newest); });
    if (!finding) return finding;
    finding->evidence.push_back(from_event(*newest));
    finding->summary = fmt::format("Node {} was rebooted {} ago: {}.", at.node.meta.name,
                                   base::to_words(at.world.now() - newest->last), excerpt(newest->message));
    finding->first_seen = newest->last;
    return finding;
}

// How often the event happened within the window; of one that began earlier, its share.
long turns_of(const World& world, const Event& event) {
    if (!is_recent(world, event, flap_window)) return 0;
    const auto span = event.last - event.first;
    if (event.count <= 1 || span.us <= flap_window.us) return event.count;
    return std::max<long>(1, static_cast<long>(event.count * (flap_window.us / 1000) / (span.us / 1000)));
}

std::optional<Finding> flapping(const Case& at) {
    // The kubelet and the node controller may both say NodeNotReady of one turn.
    std::map<std::string, long> down;
    long up = 0;
    std::vector<const Event*> shown;
    for (const auto* event : at.events) {
        const auto times = turns_of(at.world, *event);
        if (event->reason == "NodeNotReady") down[event->component] += times;
        if (event->reason == "NodeReady") up += times;
        if (times > 0 && (event->reason == "NodeReady" || event->reason == "NodeNotReady")) shown.push_back(event);
    }
    long most = 0;
    for (const auto& [component, times] : down) most = std::max(most, times);
    // Away twice at least, and back in between: a node that joins says NodeReady without having been away.
    const auto turns = most + std::min(up, most);
    if (most < 2 || turns < flap_turns) return std::nullopt;
    auto finding = finding_if_felt(at, "node.flapping", [&](const Pod& pod) { return went_unready(at.world, pod); });
    if (!finding) return finding;
    std::reverse(shown.begin(), shown.end());
    for (const auto* event : shown) {
        finding->evidence.push_back(from_event(*event));
        if (event->count > 1) finding->evidence.back().text += fmt::format(" ({} times)", event->count);
        if (finding->evidence.size() >= 4) break;
    }
    if (const auto* ready = ready_condition(at.node))
        finding->evidence.push_back(from_condition(at.node.meta.ref(), *ready));
    finding->summary = fmt::format("Node {} changed between NodeReady and NodeNotReady {} times within 30 minutes.",
                                   at.node.meta.name, turns);
    finding->first_seen = shown.back()->first;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<const Node*> nodes;
    for (const auto& node : world.facts().nodes) nodes.push_back(&node);
    std::sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) { return a->meta.name < b->meta.name; });
    std::vector<Finding> out;
    for (const auto* node : nodes) {
        const auto events = world.node_events(*node);
        if (events.empty()) continue;
        const Case at{world, *node, events};
        for (const auto judge : {system_oom, disk_gc, rebooted, flapping})
            if (auto finding = judge(at)) out.push_back(std::move(*finding));
    }
    return out;
}

// Whether a node's events could explain how the pod is: it is not well, or a container ended lately.
bool may_be_explained(const World& world, const Pod& pod) {
    if (pod.spec.node_name.empty() || pod.phase == "Succeeded") return false;
    if (is_stranded(world, pod) || ending_of(pod) == Ending::evicted || went_unready(world, pod)) return true;
    for (const auto& status : pod.statuses)
        for (const auto* end : ends_of(status))
            if ((end->exit_code == 137 || end->exit_code == 255 || end->reason == "OOMKilled") && end->finished &&
                world.now() - *end->finished <= restart_window)
                return true;
    return false;
}

// They lie in the namespace default, which is read only when it, or everything, is asked for.
std::vector<ReadWanted> reads(const World& world) {
    if (world.seen(kube::Resource::events, "default")) return {};
    const auto pods = world.candidates();
    if (std::none_of(pods.begin(), pods.end(), [&](const Pod* pod) { return may_be_explained(world, *pod); }))
        return {};
    return {{.what = ReadWanted::What::node_events}};
}

}  // namespace

extern const Rule node_events;
const Rule node_events{.id = "node_events", .modes = modes, .match = match, .reads = reads};

}  // namespace salve::diagnose::rules
