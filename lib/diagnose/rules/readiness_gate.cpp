// TAXONOMY 1.7: pods whose containers are ready and which are not Ready themselves: a readiness gate that nobody sets,
// or a node that has gone silent. Condition texts: pkg/kubelet/status/generate.go.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.notready.readiness-gate",
     .category = Category::probe_readiness,
     .severity = Severity::medium,
     .summary = "All containers are ready, but a readiness gate of the pod is not set to True by its controller.",
     .needs = "Condition Ready=False with reason ReadinessGatesNotReady for more than some seconds.",
     .not_when = "A container is not ready, or the gate's controller has just been given the pod.",
     .advice = "Look at the controller that owns the gate's condition type (often a load balancer controller): is it "
               "installed, does it run, may it patch pods/status?"},
    {.id = "pod.notready.node",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The pod's containers were ready when last heard of, but its node is not.",
     .needs = "Condition Ready=False of the pod with all containers ready, and the node's condition Ready not True (or "
              "the event NodeNotReady where nodes may not be read).",
     .not_when = "A container or a readiness gate of the pod is not ready.",
     .advice = "Repair the node: the pods come back with it, or are made anew elsewhere after some five minutes."},
};

// A healthy gate's controller needs some seconds after the containers are ready.
constexpr auto gate_grace = base::seconds(20);

bool containers_ready(const Pod& pod) {
    bool any = false;
    for (const auto& status : pod.statuses) {
        if (status.list == ContainerStatus::List::ephemeral) continue;
        if (status.list == ContainerStatus::List::init && !is_sidecar(pod, status.name)) continue;
        if (!status.ready) return false;
        any = true;
    }
    return any;
}

// Since when only the gates are missing: the containers' turn to ready, else the pod's own turn to unready.
Time waiting_since(const Pod& pod, const kube::Condition& ready) {
    if (const auto* containers = kube::find_condition(pod.conditions, "ContainersReady");
        containers && containers->status == "True" && containers->last_transition)
        return *containers->last_transition;
    return ready.last_transition.value_or(pod.meta.created);
}

std::optional<Finding> gate(const World& world, const Pod& pod, const kube::Condition& ready) {
    if (ready.reason != "ReadinessGatesNotReady" || world.now() - waiting_since(pod, ready) < gate_grace)
        return std::nullopt;
    auto finding = pod_finding(world, mode_in(modes, "pod.notready.readiness-gate"), pod);
    finding.evidence.push_back(from_condition(pod.meta.ref(), ready));
    std::vector<std::string> open;
    for (const auto& type : pod.spec.readiness_gates) {
        const auto* condition = kube::find_condition(pod.conditions, type);
        if (condition && condition->status == "True") continue;
        open.push_back(fmt::format("{} ({})", type, condition ? "is " + condition->status : "was never set"));
        if (condition) finding.evidence.push_back(from_condition(pod.meta.ref(), *condition));
    }
    finding.summary = fmt::format("Pod {} is not ready though its containers are: readiness gate {}.", pod.meta.name,
                                  open.empty() ? excerpt(ready.message) : fmt::format("{}", fmt::join(open, ", ")));
    finding.first_seen = waiting_since(pod, ready);
    return finding;
}

std::optional<Finding> node(const World& world, const Pod& pod, const kube::Condition& ready) {
    if (!ready.reason.empty() || !containers_ready(pod) || pod.spec.node_name.empty()) return std::nullopt;
    const auto found = world.node(pod.spec.node_name);
    const auto* health = found ? kube::find_condition(found->conditions, "Ready") : nullptr;
    const auto* event = latest_event(world, pod, "", "NodeNotReady");
    if (health && health->status == "True") return std::nullopt;
    if (!health && !event) return std::nullopt;
    const auto ref = found ? found->meta.ref() : ObjectRef{"v1", "Node", "", pod.spec.node_name, ""};
    auto finding = pod_finding_on(world, mode_in(modes, "pod.notready.node"), ref, pod);
    finding.evidence.push_back(from_condition(pod.meta.ref(), ready));
    if (health) finding.evidence.push_back(from_condition(ref, *health));
    if (event) finding.evidence.push_back(from_event(*event));
    if (!health) {
        finding.confidence = Confidence::probable;
        finding.missing_evidence.push_back(fmt::format("condition Ready of node {}", pod.spec.node_name));
    }
    finding.summary =
        fmt::format("Pod {} is not ready because its node {} is not: {}.", pod.meta.name, pod.spec.node_name,
                    health ? excerpt(health->reason + ": " + health->message) : excerpt(event->message));
    finding.first_seen = ready.last_transition;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled()) {
        const auto* ready = kube::find_condition(pod->conditions, "Ready");
        if (!ready || ready->status == "True" || pod->phase != "Running") continue;
        if (auto finding = gate(world, *pod, *ready)) out.push_back(std::move(*finding));
        if (auto finding = node(world, *pod, *ready)) out.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace

extern const Rule readiness_gate;
const Rule readiness_gate{.id = "readiness_gate", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
