// Pods that stay in ContainerCreating and nobody says why (TAXONOMY 1.3).
#include <fmt/format.h>

#include "diagnose/build.hpp"
#include "diagnose/mount_text.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.creating.stuck",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "A pod is bound to a node, but its containers are not created and no event tells why.",
     .needs = "every container waits in ContainerCreating or PodInitializing for over 5 minutes, and no Warning event "
              "of a known kind",
     .not_when = "a volume or sandbox event tells the cause; an image is being pulled",
     .advice =
         "Look at the kubelet and the container runtime of the node; events may have expired (they live 1 hour)."},
};

// Reasons that other rules judge, or that say nothing about this phase.
bool is_known(const kube::Event& event) {
    for (const std::string_view reason : {"FailedMount", "FailedAttachVolume", "FailedMapVolume",
                                          "FailedCreatePodSandBox", "NetworkNotReady", "Failed"})
        if (event.reason == reason) return !is_start_up_noise(event_text(event));
    return false;
}

struct Events {
    bool explained = false, pulling = false;
    const kube::Event* last_warning = nullptr;  // of a kind that no rule knows
};

Events read_events(const World& world, const Pod& pod) {
    Events seen;
    for (const auto* event : world.events(pod)) {
        if (event->last < bound_at(pod)) continue;
        if (event->reason == "Pulling") seen.pulling = world.now() - event->last < pulling_grace;
        if (event->type != "Warning") continue;
        if (is_known(*event))
            seen.explained = true;
        else
            seen.last_warning = event;
    }
    return seen;
}

std::optional<Finding> stuck(const World& world, const Pod& pod) {
    const auto age = world.now() - bound_at(pod);
    if (age <= creating_stuck || !not_started(pod)) return std::nullopt;
    const auto events = read_events(world, pod);
    if (events.explained || events.pulling) return std::nullopt;
    const bool events_read = world.seen(kube::Resource::events, pod.meta.ns);
    auto finding = pod_finding(world, modes[0], pod);
    const auto state = starting_evidence(pod);
    finding.summary =
        fmt::format("the pod has been {} on node {} for {}", state.text, pod.spec.node_name, base::to_words(age));
    finding.evidence.push_back(state);
    for (const auto* type : {"PodReadyToStartContainers", "PodHasNetwork"})
        if (const auto* ready = kube::find_condition(pod.conditions, type))
            finding.evidence.push_back(from_condition(pod.meta.ref(), *ready));
    if (events.last_warning) {
        finding.summary += fmt::format("; the last warning is {}: {}", events.last_warning->reason,
                                       tail_of(event_text(*events.last_warning)));
        finding.evidence.push_back(from_event(*events.last_warning));
    } else if (events_read) {
        finding.summary += " and no Warning event tells why";
    }
    if (!events_read) {
        finding.confidence = Confidence::possible;
        finding.missing_evidence.emplace_back("events: they could not be read, and may well tell the cause");
    }
    finding.advice.push_back(
        fmt::format("See whether the node is alive: kubectl describe node {}", pod.spec.node_name));
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled())
        if (auto finding = stuck(world, *pod)) findings.push_back(std::move(*finding));
    return findings;
}

}  // namespace

extern const Rule creating;
const Rule creating = {.id = "creating", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
