#include "diagnose/starting.hpp"

#include <algorithm>

#include "diagnose/build.hpp"

namespace salve::diagnose {
namespace {

constexpr auto repeat_window = base::minutes(5);
constexpr std::size_t tail_bytes = 240;

bool waits_to_be_created(const kube::ContainerStatus& status) {
    if (status.state.running || status.state.terminated) return false;
    if (!status.state.waiting) return true;
    const auto& reason = status.state.waiting->reason;
    return reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing";
}

}  // namespace

bool waits_whole(const kube::Pod& pod) {
    return pod.phase == "Pending" && !pod.spec.node_name.empty() &&
           std::all_of(pod.statuses.begin(), pod.statuses.end(), waits_to_be_created);
}

std::optional<Time> sandbox_since(const kube::Pod& pod) {
    // PodHasNetwork is its name before 1.28.
    for (const auto* type : {"PodReadyToStartContainers", "PodHasNetwork"})
        if (const auto* ready = kube::find_condition(pod.conditions, type); ready && ready->status == "True")
            return ready->last_transition.value_or(pod.meta.created);
    return std::nullopt;
}

bool not_started(const kube::Pod& pod) { return waits_whole(pod) && !sandbox_since(pod); }

Time bound_at(const kube::Pod& pod) {
    const auto* scheduled = kube::find_condition(pod.conditions, "PodScheduled");
    if (scheduled && scheduled->status == "True" && scheduled->last_transition) return *scheduled->last_transition;
    return pod.meta.created;
}

std::string_view event_text(const kube::Event& event) {
    constexpr std::string_view combined = "(combined from similar events): ";
    std::string_view text = event.message;
    if (text.starts_with(combined)) text.remove_prefix(combined.size());
    return text;
}

bool still_speaks(const kube::World& world, const kube::Pod& pod, const kube::Event& event) {
    if (event.last < bound_at(pod)) return false;
    if (world.now() - event.last <= repeat_window) return true;
    const auto events = world.events(pod);
    return std::none_of(events.begin(), events.end(), [&](const kube::Event* other) {
        return other->type == "Warning" && other->last - event.last > repeat_window;
    });
}

Evidence starting_evidence(const kube::Pod& pod) {
    for (const auto& status : pod.statuses)
        if (status.state.waiting && !status.state.waiting->reason.empty())
            return from_status(pod, status, "state.waiting.reason", status.state.waiting->reason);
    return from_field(pod.meta.ref(), Source::status, "status.phase", pod.phase);
}

std::string on_node(const kube::Pod& pod) { return pod.spec.node_name.empty() ? "" : "on node " + pod.spec.node_name; }

ObjectRef node_ref(const kube::World& world, const kube::Pod& pod) {
    if (const auto node = world.node(pod.spec.node_name)) return node->meta.ref();
    return {"v1", "Node", "", pod.spec.node_name, ""};
}

std::string tail_of(std::string_view text) {
    if (text.size() <= tail_bytes) return std::string(text);
    auto from = text.size() - tail_bytes;
    while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
    return "..." + std::string(text.substr(from));
}

}  // namespace salve::diagnose
