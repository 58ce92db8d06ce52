// What a pod asks that no node of the cluster can give, whatever is running there.
#pragma once
#include "diagnose/finding.hpp"
#include "diagnose/node_fit.hpp"
#include "diagnose/scheduler_message.hpp"

namespace salve::diagnose {

using kube::Pod;

// Something that no node can satisfy, proven from the specs; the scheduler's message may hide it (a node reports only
// its first failing filter, and an unbound claim ends the search before nodes are looked at: TAXONOMY 6.6 and 6.16).
struct Proof {
    Blocker blocker = Blocker::other;
    std::string resource;            // of insufficient_*
    std::string words;               // "no node has the label disk=fast"
    std::vector<Evidence> evidence;  // the literals it follows from
};

// The scheduler has placed it nowhere yet.
bool never_bound(const Pod& pod);

struct Placement {
    std::vector<const kube::Node*> meant;  // the nodes that is_meant_for()
    // In the order: labels, resources by name, topology keys, volumes, taints, cordons; taints and cordons only where
    // the labels leave any nodes and all of these are closed.
    std::vector<Proof> proofs;
};

// Of a pod that was never_bound(), by all nodes of the cluster; empty where these were not read whole. It follows from
// what is read first, so it is found once for all Worlds of a snapshot.
const Placement& placement_of(const kube::World& world, const Pod& pod);
// Every node, or none where the list was not read whole.
std::vector<const kube::Node*> all_nodes(const kube::World& world);

// The node of these with the most allocatable of a resource, the first of equals. nodes must not be empty.
const kube::Node& largest_node(const std::vector<const kube::Node*>& nodes, const std::string& resource);

// The containers' requests for that resource, as written.
std::vector<Evidence> request_evidence(const Pod& pod, const std::string& resource);
// What the node offers of it, as written; "none" where it has no such resource.
Evidence allocatable_evidence(const kube::Node& node, const std::string& resource);
// "KEY=VALUE:EFFECT", as kubectl writes a taint.
std::string taint_words(const kube::Taint& taint);
Evidence taint_evidence(const kube::Node& node, const kube::Taint& taint);

// The claims that the pod's volumes name (generic ephemeral volumes: "POD-VOLUME").
std::vector<std::string> claims_of(const Pod& pod);

// At most `most` of them, "a, b and 3 more".
std::string some_of(const std::vector<std::string>& words, std::size_t most);

}  // namespace salve::diagnose
