// What a pod asks of a node against what nodes are and have, as the scheduler counts it: requests, never usage.
#pragma once
#include <map>
#include <unordered_map>

#include "base/quantity.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

using Amounts = std::map<std::string, base::Quantity>;

// The pod's requests: the sum over its containers and sidecars, or what an init container needs at its turn where that
// is more (KEP-753). Quantities that cannot be read count as none. Overhead of a RuntimeClass is not among the facts.
Amounts pod_requests(const kube::PodSpec& spec);

// "400", "1500m" for cpu; "900Gi" for memory and other bytes; whole numbers for the rest.
std::string amount_words(std::string_view resource, base::Quantity amount);

bool tolerates(const kube::PodSpec& spec, const kube::Taint& taint);
// The taints that keep the pod off: effect NoSchedule or NoExecute, not tolerated.
std::vector<const kube::Taint*> untolerated(const kube::PodSpec& spec, const kube::Node& node);
// Set by Kubernetes itself for a condition of the node (node.kubernetes.io/not-ready, ...): the node is the fault.
bool is_condition_taint(std::string_view key);
// node-role.kubernetes.io/control-plane or master: there on purpose.
bool is_control_plane_taint(std::string_view key);

// "K=V", "K in (a, b)", "K exists" and so on.
std::string requirement_words(const kube::SelectorRequirement& requirement);
// One node selector requirement against labels; Gt and Lt compare integers.
bool satisfies(const kube::SelectorRequirement& requirement, const base::TextMap& labels);
// nodeSelector and required node affinity, matchFields (metadata.name) included.
bool matches_node(const kube::PodSpec& spec, const kube::Node& node);
// Everything that a pod's spec wants of a node's labels, nodeSelector as K In [V]; the requirements of one affinity
// term stand together, terms after each other.
std::vector<kube::SelectorRequirement> node_requirements(const kube::PodSpec& spec);
// Whether a volume with these node affinity terms may be used on the node (no terms: anywhere).
bool volume_reaches(const kube::PersistentVolume& volume, const kube::Node& node);
// Labels match, taints are tolerated (condition taints and cordons are passing states and do not count).
bool is_meant_for(const kube::PodSpec& spec, const kube::Node& node);

// How much of every resource is taken on every node. Keeps a reference to the world's facts.
class NodeRoom {
public:
    explicit NodeRoom(const kube::World& world);

    // Whether the pods of all namespaces were read: only then free() means anything.
    bool complete() const { return complete_; }
    // What the node offers to pods; zero where it has no such resource or says something unreadable.
    static base::Quantity allocatable(const kube::Node& node, const std::string& resource);
    // allocatable minus the requests of the pods bound to the node that still run; may be negative.
    base::Quantity free(const kube::Node& node, const std::string& resource) const;

private:
    using ByNode = std::unordered_map<std::string_view, base::Quantity>;
    ByNode left_of(const std::string& resource) const;
    ByNode used_of(const std::string& resource) const;

    const kube::Snapshot& facts_;
    bool complete_ = false;
    mutable std::map<std::string, ByNode, std::less<>> left_;  // by resource: counted when it is first asked for
};

}  // namespace salve::diagnose
