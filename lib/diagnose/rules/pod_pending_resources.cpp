// Pods whose requests fit on no node: TAXONOMY 1.2, insufficient-* and too-many-pods.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/pending_pods.hpp"
#include "diagnose/preempted.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Node;

constexpr std::string_view not_short =
    "Requests count, not usage: a node that is idle by its metrics can be full. A pod whose only free node is one that "
    "it does not match or tolerate is blocked by that instead.";

constexpr Mode modes[] = {
    {"pod.pending.insufficient-cpu",
     Category::scheduling_resources,
     Severity::high,
     "No node has as much CPU free as the pod requests.",
     "PodScheduled=False Unschedulable with \"Insufficient cpu\".",
     not_short,
     "Lower the CPU request, free CPU on a node by lowering other requests, or add a node.",
     {"resources.set"}},
    {"pod.pending.insufficient-memory",
     Category::scheduling_resources,
     Severity::high,
     "No node has as much memory free as the pod requests.",
     "PodScheduled=False Unschedulable with \"Insufficient memory\".",
     not_short,
     "Lower the memory request, free memory on a node by lowering other requests, or add a node.",
     {"resources.set"}},
    {"pod.pending.insufficient-resource",
     Category::scheduling_resources,
     Severity::high,
     "No node has enough free of a resource the pod requests: a device, ephemeral storage, huge pages.",
     "PodScheduled=False Unschedulable with \"Insufficient RESOURCE\".",
     "Devices vanish from a node's allocatable while their device plugin does not run.",
     "Check that nodes with this resource exist and that their device plugin runs; else remove the request or add such "
     "a node.",
     {}},
    {"pod.pending.too-many-pods",
     Category::scheduling_resources,
     Severity::high,
     "Every node that the pod could use already runs as many pods as it may.",
     "PodScheduled=False Unschedulable with \"Too many pods\".",
     "The limit is the node's own (kubelet maxPods, 110 by default, or the addresses its network plugin has).",
     "Remove pods that are not needed, add a node, or raise the kubelet's maxPods.",
     {}},
};

std::string_view mode_id(Blocker blocker) {
    switch (blocker) {
        case Blocker::insufficient_cpu:
            return "pod.pending.insufficient-cpu";
        case Blocker::insufficient_memory:
            return "pod.pending.insufficient-memory";
        case Blocker::insufficient_resource:
            return "pod.pending.insufficient-resource";
        case Blocker::too_many_pods:
            return "pod.pending.too-many-pods";
        default:
            return "";
    }
}

// One container alone asks for more than any node has: lowering that request, and nothing else, makes the pod fit.
bool one_container_is_oversize(const PendingPod& pending, const std::string& resource) {
    const auto most = NodeRoom::allocatable(largest_node(pending.nodes, resource), resource);
    const auto& containers = pending.pod->spec.containers;
    return std::count_if(containers.begin(), containers.end(), [&](const kube::Container& container) {
               const auto at = container.resources.requests.find(resource);
               const auto amount =
                   at == container.resources.requests.end() ? std::nullopt : base::parse_quantity(at->second);
               return amount && *amount > most;
           }) == 1;
}

bool may_lower_request(const kube::World& world, const PendingPod& pending) {
    const auto& owner = world.owner(*pending.pod);
    return pending.proof(pending.lead) && !pending.blocked_beyond_lead() && owner.workload &&
           owner.workload->meta.kind == "Deployment" && one_container_is_oversize(pending, pending.lead.detail);
}

// Those it is meant for, or all where it is for none.
const std::vector<const Node*>& usable_nodes(const PendingPod& pending) {
    return pending.placement->meant.empty() ? pending.nodes : pending.placement->meant;
}

const Node& freest_node(const std::vector<const Node*>& nodes, const NodeRoom& room, const std::string& resource) {
    return **std::max_element(nodes.begin(), nodes.end(), [&](const Node* a, const Node* b) {
        return room.free(*a, resource) < room.free(*b, resource);
    });
}

// "It requests cpu 1200m; of the nodes it may use the largest has 2 (node-a), the freest has 300m left (node-b)."
std::string room_words(const PendingPod& pending, const NodeRoom& room, const std::string& resource) {
    const auto requests = pod_requests(pending.pod->spec);
    const auto asked = requests.find(resource);
    const auto words = [&](base::Quantity amount) { return amount_words(resource, amount); };
    auto line =
        asked == requests.end() ? std::string() : fmt::format("It requests {} {}", resource, words(asked->second));
    const auto& nodes = usable_nodes(pending);
    if (nodes.empty()) return line.empty() ? line : line + ".";
    const auto& largest = largest_node(nodes, resource);
    line += fmt::format("{} node it may use has {} {} allocatable ({})", line.empty() ? "The largest" : "; the largest",
                        words(NodeRoom::allocatable(largest, resource)), resource, largest.meta.name);
    if (!room.complete())
        return line + fmt::format(", how much of it is free is unknown, for only the pods of {} were read.",
                                  pending.pod->meta.ns);
    const auto& freest = freest_node(nodes, room, resource);
    const auto left = std::max(room.free(freest, resource), base::Quantity{});
    return line + fmt::format(", the most that is free on one is {} ({}).", words(left), freest.meta.name);
}

void add_preemption(const kube::World& world, const PendingPod& pending, Finding& finding) {
    const auto* event = preempted_sibling(world, *pending.pod);
    if (!event) return;
    const auto* taker = preemptor(world, *event);
    finding.summary += fmt::format(" An earlier pod of it, {}, was preempted{}.", event->about.name,
                                   taker ? " by " + taker->meta.name + ", which has a higher priority" : "");
    finding.evidence.insert(finding.evidence.begin() + 1, from_event(*event));
    finding.advice.emplace_back(
        "Its room was taken by a pod of higher priority: raise its priorityClassName if it matters as much, or add "
        "capacity.");
}

Finding judge(const kube::World& world, const PendingPod& pending, const NodeRoom& room) {
    auto finding = pod_finding(world, mode_in(modes, mode_id(pending.lead.blocker)), *pending.pod);
    const bool pods = pending.lead.blocker == Blocker::too_many_pods;
    const std::string resource = pods ? "pods" : pending.lead.detail;
    finding.summary = heading(pending) + ". ";
    if (const auto* proof = pending.proof(pending.lead)) {
        auto words = proof->words;
        words.front() = 'I';  // "it requests ..."
        finding.summary += words + ".";
    } else {
        finding.summary += room_words(pending, room, resource);
        finding.evidence = request_evidence(*pending.pod, resource);
        const auto& nodes = usable_nodes(pending);
        if (!nodes.empty()) finding.evidence.push_back(allocatable_evidence(largest_node(nodes, resource), resource));
    }
    if (!may_lower_request(world, pending)) finding.actions.clear();
    complete(world, pending, finding);
    add_preemption(world, pending, finding);
    return finding;
}

std::vector<Finding> match(const kube::World& world) {
    std::vector<Finding> findings;
    const NodeRoom room(world);
    for (const auto& pending : unschedulable_pods(world))
        if (!mode_id(pending.lead.blocker).empty()) findings.push_back(judge(world, pending, room));
    return findings;
}

}  // namespace

extern const Rule pod_pending_resources = {"pod_pending_resources", modes, match};

}  // namespace salve::diagnose::rules
