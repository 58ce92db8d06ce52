// A fault of a node comes before what it does to the pods on it (TAXONOMY 0.6).
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

struct Row {
    std::initializer_list<std::string_view> node, pod;
};

// What each fault of a node does to its pods. A pod that crashes by itself on a bad node stays a fault of its own.
const Row rows[] = {
    {{"node.notready"},
     {"pod.notready.node", "pod.terminating.node-dead", "pod.taint-evicted", "pod.lost", "pod.gc",
      "pod.container.status-unknown", "pod.pending.taint", "deploy.unavailable", "ds.unavailable",
      "sts.ordinal-blocked", "svc.no-endpoints.none-ready", "svc.partial-endpoints"}},
    {{"node.notready.kubelet-reports", "node.network-unavailable"},
     {"pod.sandbox.cni", "pod.sandbox.flapping", "pod.creating.stuck"}},
    {{"node.pressure.memory", "node.system-oom"},
     {"pod.evicted.node-memory", "pod.crashloop.node-oom", "pod.taint-evicted", "pod.pending.taint",
      "pod.node-rejected"}},
    {{"node.pressure.disk", "node.disk-gc-failing"},
     {"pod.evicted.node-disk", "pod.image.disk-full", "pod.taint-evicted", "pod.pending.taint", "pod.node-rejected"}},
    {{"node.pressure.pid"}, {"pod.evicted.node-pids", "pod.taint-evicted", "pod.pending.taint", "pod.node-rejected"}},
    {{"node.cordoned"}, {"pod.pending.cordoned"}},
    {{"node.rebooted"}, {"pod.restarts.flapping", "pod.container.status-unknown", "pod.sandbox.flapping"}},
};

bool has_pod_there(const World& world, const Finding& finding, const ObjectRef& node) {
    if (finding.root.object.same_name(node)) return true;
    const auto pods = pods_of(world, finding);
    return std::any_of(pods.begin(), pods.end(), [&](const Pod* pod) { return pod->spec.node_name == node.name; });
}

bool affects_same(const Finding& node, const Finding& finding) {
    return std::any_of(node.affected.begin(), node.affected.end(), [&](const Subject& one) {
        return one.object.same_name(finding.root.object) ||
               std::any_of(finding.affected.begin(), finding.affected.end(),
                           [&](const Subject& other) { return one.object.same_name(other.object); });
    });
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    std::vector<Edge> edges;
    for (std::size_t node = 0; node < findings.size(); ++node) {
        if (findings[node].root.object.kind != "Node" || !is_of(findings[node], {"node"})) continue;
        for (std::size_t at = 0; at < findings.size(); ++at) {
            if (at == node) continue;
            const auto follows = std::any_of(std::begin(rows), std::end(rows), [&](const Row& row) {
                return is_of(findings[node], row.node) && is_of(findings[at], row.pod);
            });
            if (follows && (has_pod_there(world, findings[at], findings[node].root.object) ||
                            affects_same(findings[node], findings[at])))
                edges.push_back(edge_between(findings, node, at));
        }
    }
    return edges;
}

}  // namespace

extern const Link node_of_pods;
const Link node_of_pods{.id = "node_of_pods", .match = match};

}  // namespace salve::diagnose::links
