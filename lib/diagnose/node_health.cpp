#include "diagnose/node_health.hpp"

#include <algorithm>

#include "diagnose/node_fit.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::Pod;
using kube::World;

bool is_finished(const Pod& pod) { return pod.phase == "Succeeded" || pod.phase == "Failed"; }

bool by_place(const Pod* a, const Pod* b) {
    return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
}

// A pod that waits for a node and could use this one, were it not for the taint of its condition.
bool is_closed_to(const World& world, const Pod& pod, const kube::Node& node) {
    if (!pod.spec.node_name.empty() || is_finished(pod) || pod.meta.deleted) return false;
    if (world.now() - pod.meta.created < pending_grace || !matches_node(pod.spec, node)) return false;
    const auto taints = untolerated(pod.spec, node);
    return std::any_of(taints.begin(), taints.end(), [](const auto* taint) {
        return is_condition_taint(taint->key) && taint->key != "node.kubernetes.io/unschedulable";
    });
}

}  // namespace

const kube::Condition* ready_condition(const kube::Node& node) {
    return kube::find_condition(node.conditions, "Ready");
}

NodeHealth health_of(const World& world, const Pod& pod) {
    const auto node = world.node(pod.spec.node_name);
    if (node.unknown()) return NodeHealth::unknown;
    if (node.absent()) return NodeHealth::silent;
    const auto* ready = ready_condition(*node);
    if (!ready) return NodeHealth::unknown;
    if (ready->status == "True") return NodeHealth::well;
    return ready->status == "False" ? NodeHealth::not_ready : NodeHealth::silent;
}

std::vector<const Pod*> pods_on(const World& world, std::string_view node) {
    std::vector<const Pod*> found;
    for (const auto& pod : world.facts().pods)
        if (pod.spec.node_name == node) found.push_back(&pod);
    std::sort(found.begin(), found.end(), by_place);
    return found;
}

bool concerns_scope(const World& world, const kube::Node& node) {
    const auto& facts = world.facts();
    const auto& targets = facts.scope.targets;
    if (facts.scope.all || std::find(targets.begin(), targets.end(), "node/" + node.meta.name) != targets.end())
        return true;
    return std::any_of(facts.pods.begin(), facts.pods.end(), [&](const Pod& pod) {
        return (pod.spec.node_name == node.meta.name && !is_finished(pod)) || is_closed_to(world, pod, node);
    });
}

bool is_stranded(const World& world, const Pod& pod) {
    if (is_finished(pod) || pod.meta.deleted || pod.spec.node_name.empty()) return false;
    if (pod.phase == "Pending") return waits_whole(pod) && world.now() - bound_at(pod) >= pending_grace;
    const auto* ready = kube::find_condition(pod.conditions, "Ready");
    return pod.phase == "Unknown" || (ready && ready->status != "True" && ready->reason.empty());
}

void affect(const World& world, Finding& finding, const std::vector<const Pod*>& pods) {
    for (const auto* pod : pods) {
        const auto& owner = world.owner(*pod);
        if (!owner.is_pod) finding.affected.push_back({owner.ref, ""});
        finding.affected.push_back({pod->meta.ref(), ""});
    }
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.affected.erase(std::unique(finding.affected.begin(), finding.affected.end()), finding.affected.end());
}

std::string with_stop(std::string sentence) {
    while (sentence.ends_with(".") || sentence.ends_with(" ")) sentence.pop_back();
    return sentence + ".";
}

}  // namespace salve::diagnose
