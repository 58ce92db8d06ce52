#include "diagnose/placement_proofs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "diagnose/build.hpp"

namespace salve::diagnose {
namespace {

using kube::Node;
using kube::World;
using Nodes = std::vector<const Node*>;

constexpr std::size_t most_words = 4;

bool any_has_label(const Nodes& nodes, const std::string& key) {
    return std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) { return node->meta.labels.count(key) > 0; });
}

std::vector<std::string> values_of(const Nodes& nodes, const std::string& key) {
    std::set<std::string> values;
    for (const auto* node : nodes)
        if (const auto at = node->meta.labels.find(key); at != node->meta.labels.end()) values.insert(at->second);
    return {values.begin(), values.end()};
}

// "disk=fast (nodes have disk: slow, old)": a near miss is usually a typo or a label that was changed.
std::string unmet_words(const Nodes& nodes, const kube::SelectorRequirement& requirement) {
    auto words = requirement_words(requirement);
    if (requirement.op == "In" && any_has_label(nodes, requirement.key))
        words += fmt::format(" (nodes have {}: {})", requirement.key,
                             some_of(values_of(nodes, requirement.key), most_words));
    return words;
}

Evidence requirement_evidence(const Pod& pod, const kube::SelectorRequirement& requirement) {
    const bool selector = pod.spec.node_selector.count(requirement.key) > 0;
    return from_field(pod.meta.ref(), Source::spec, selector ? "spec.nodeSelector" : "spec.affinity.nodeAffinity",
                      requirement_words(requirement));
}

void prove_labels(const Pod& pod, const Nodes& nodes, std::vector<Proof>& proofs) {
    if (std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) { return matches_node(pod.spec, *node); }))
        return;
    Proof proof{Blocker::node_affinity, "", "", {}};
    std::vector<std::string> unmet, all;
    for (const auto& requirement : node_requirements(pod.spec)) {
        all.push_back(requirement_words(requirement));
        if (std::any_of(nodes.begin(), nodes.end(),
                        [&](const Node* node) { return satisfies(requirement, node->meta.labels); }))
            continue;
        unmet.push_back(unmet_words(nodes, requirement));
        proof.evidence.push_back(requirement_evidence(pod, requirement));
    }
    if (unmet.empty()) {
        // Each is met by some node, but no node meets all; or the pod is pinned to a node by name (a DaemonSet's pod).
        for (const auto& requirement : node_requirements(pod.spec))
            proof.evidence.push_back(requirement_evidence(pod, requirement));
        for (const auto& term : pod.spec.node_affinity)
            for (const auto& field : term.fields) {
                all.push_back(requirement_words(field));
                proof.evidence.push_back(requirement_evidence(pod, field));
            }
        proof.words =
            fmt::format("no node meets all that its node selector and affinity ask: {}", some_of(all, most_words));
    } else {
        proof.words =
            fmt::format("no node has the label its node selector or affinity asks: {}", some_of(unmet, most_words));
    }
    proofs.push_back(std::move(proof));
}

Blocker blocker_of(const std::string& resource) {
    if (resource == "cpu") return Blocker::insufficient_cpu;
    if (resource == "memory") return Blocker::insufficient_memory;
    return Blocker::insufficient_resource;
}

// By resource: what is asked for each pod that waits.
using Largest = std::map<std::string, const Node*>;

void prove_resources(const Pod& pod, const Nodes& nodes, Largest& largest_of, std::vector<Proof>& proofs) {
    for (const auto& [resource, amount] : pod_requests(pod.spec)) {
        const auto*& found = largest_of[resource];
        if (!found) found = &largest_node(nodes, resource);
        const auto& largest = *found;
        const auto most = NodeRoom::allocatable(largest, resource);
        if (amount <= most) continue;
        Proof proof{blocker_of(resource), resource, "", request_evidence(pod, resource)};
        proof.evidence.push_back(allocatable_evidence(largest, resource));
        proof.words =
            most.nano > 0
                ? fmt::format(
                      "it requests {} {} and the largest allocatable of any node is {} ({}), so it can never fit",
                      resource, amount_words(resource, amount), amount_words(resource, most), largest.meta.name)
                : fmt::format("it requests {} {} and no node offers any", resource, amount_words(resource, amount));
        proofs.push_back(std::move(proof));
    }
}

void prove_topology(const Pod& pod, const Nodes& nodes, std::vector<Proof>& proofs) {
    for (const auto& spread : pod.spec.topology_spread) {
        if (spread.when_unsatisfiable != "DoNotSchedule" || any_has_label(nodes, spread.topology_key)) continue;
        proofs.push_back({Blocker::topology_spread,
                          "",
                          fmt::format("no node has the label {} over which it must be spread", spread.topology_key),
                          {from_field(pod.meta.ref(), Source::spec, "spec.topologySpreadConstraints.topologyKey",
                                      spread.topology_key)}});
        return;
    }
}

std::string terms_words(const kube::PersistentVolume& volume) {
    std::vector<std::string> words;
    for (const auto& term : volume.node_affinity)
        for (const auto& requirement : term) words.push_back(requirement_words(requirement));
    return some_of(words, most_words);
}

void prove_volumes(const World& world, const Pod& pod, const Nodes& nodes, std::vector<Proof>& proofs) {
    for (const auto& name : claims_of(pod)) {
        const auto claim = world.claim(pod.meta.ns, name);
        if (!claim || claim->volume.empty()) continue;
        const auto volume = world.volume(claim->volume);
        if (!volume ||
            std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) { return volume_reaches(*volume, *node); }))
            continue;
        const auto terms = terms_words(*volume);
        proofs.push_back({Blocker::volume_zone,
                          "",
                          fmt::format("volume {} of claim {} may only be used on a node with {}, and no node is such",
                                      claim->volume, name, terms),
                          {from_field(volume->meta.ref(), Source::spec, "spec.nodeAffinity.required", terms)}});
        return;
    }
}

void prove_closed(const Pod& pod, const Nodes& nodes, std::vector<Proof>& proofs) {
    Proof taint{Blocker::taint, "", "every node that its labels allow has a taint it does not tolerate: ", {}};
    Proof cordon{Blocker::cordoned, "", "every node that its labels allow is cordoned: ", {}};
    std::vector<std::string> taints, cordons;
    std::size_t allowed = 0;
    for (const auto* node : nodes) {
        if (!matches_node(pod.spec, *node)) continue;
        ++allowed;
        if (node->unschedulable && !tolerates(pod.spec, {"node.kubernetes.io/unschedulable", "", "NoSchedule"})) {
            cordons.push_back(node->meta.name);
            cordon.evidence.push_back(
                from_field(node->meta.ref(), Source::spec, "spec.unschedulable", "unschedulable: true"));
        }
        for (const auto* open : untolerated(pod.spec, *node)) {
            if (open->key == "node.kubernetes.io/unschedulable") continue;  // the cordon says it
            taints.push_back(fmt::format("{} on {}", taint_words(*open), node->meta.name));
            taint.evidence.push_back(taint_evidence(*node, *open));
            break;
        }
    }
    for (auto* proof : {&taint, &cordon}) {
        auto& words = proof == &taint ? taints : cordons;
        if (allowed == 0 || words.size() < allowed) continue;
        proof->words += some_of(words, most_words);
        if (proof->evidence.size() > most_words) proof->evidence.resize(most_words);
        proofs.push_back(std::move(*proof));
    }
}

Placement find_placement(const World& world, const Pod& pod, const Nodes& nodes, Largest& largest) {
    Placement found;
    if (nodes.empty()) return found;
    for (const auto* node : nodes)
        if (is_meant_for(pod.spec, *node)) found.meant.push_back(node);
    prove_labels(pod, nodes, found.proofs);
    prove_resources(pod, nodes, largest, found.proofs);
    prove_topology(pod, nodes, found.proofs);
    prove_volumes(world, pod, nodes, found.proofs);
    prove_closed(pod, nodes, found.proofs);
    return found;
}

using Placements = std::unordered_map<const Pod*, Placement>;

// No grace is asked for: now() is of one World.
Placements find_placements(const World& world) {
    Placements found;
    const auto nodes = all_nodes(world);
    Largest largest;
    for (const auto& pod : world.facts().pods)
        if (never_bound(pod)) found.emplace(&pod, find_placement(world, pod, nodes, largest));
    return found;
}

}  // namespace

bool never_bound(const Pod& pod) { return pod.phase == "Pending" && pod.spec.node_name.empty(); }

const Placement& placement_of(const World& world, const Pod& pod) {
    return world.once_for_all(find_placements).at(&pod);
}

Nodes all_nodes(const World& world) {
    Nodes nodes;
    if (!world.seen(kube::Resource::nodes, "")) return nodes;
    for (const auto& node : world.facts().nodes) nodes.push_back(&node);
    return nodes;
}

const Node& largest_node(const Nodes& nodes, const std::string& resource) {
    const Node* largest = nodes.front();
    auto most = NodeRoom::allocatable(*largest, resource);
    for (const auto* node : nodes)
        if (const auto amount = NodeRoom::allocatable(*node, resource); most < amount) {
            largest = node;
            most = amount;
        }
    return *largest;
}

std::vector<Evidence> request_evidence(const Pod& pod, const std::string& resource) {
    std::vector<Evidence> found;
    const auto read = [&](const std::vector<kube::Container>& containers, std::string_view list) {
        for (std::size_t i = 0; i < containers.size(); ++i) {
            const auto at = containers[i].resources.requests.find(resource);
            if (at == containers[i].resources.requests.end()) continue;
            auto evidence = from_field(pod.meta.ref(), Source::spec,
                                       fmt::format("spec.{}[{}].resources.requests.{}", list, i, resource),
                                       fmt::format("{}: {}", resource, at->second));
            evidence.container = containers[i].name;
            found.push_back(std::move(evidence));
        }
    };
    read(pod.spec.containers, "containers");
    read(pod.spec.init_containers, "initContainers");
    return found;
}

Evidence allocatable_evidence(const Node& node, const std::string& resource) {
    const auto at = node.allocatable.find(resource);
    return from_field(node.meta.ref(), Source::status, "status.allocatable." + resource,
                      fmt::format("{}: {}", resource, at == node.allocatable.end() ? "none" : at->second));
}

std::string taint_words(const kube::Taint& taint) {
    return fmt::format("{}{}{}:{}", taint.key, taint.value.empty() ? "" : "=", taint.value, taint.effect);
}

Evidence taint_evidence(const Node& node, const kube::Taint& taint) {
    return from_field(node.meta.ref(), Source::spec, "spec.taints", taint_words(taint));
}

std::vector<std::string> claims_of(const Pod& pod) {
    std::vector<std::string> names;
    for (const auto& volume : pod.spec.volumes) {
        if (volume.source == kube::Volume::Source::claim) names.push_back(volume.object);
        if (volume.source == kube::Volume::Source::ephemeral) names.push_back(pod.meta.name + "-" + volume.name);
    }
    return names;
}

std::string some_of(const std::vector<std::string>& words, std::size_t most) {
    if (words.size() <= most) return fmt::format("{}", fmt::join(words, ", "));
    const std::vector<std::string> first(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(most));
    return fmt::format("{} and {} more", fmt::join(first, ", "), words.size() - most);
}

}  // namespace salve::diagnose
