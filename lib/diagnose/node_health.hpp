// Questions about nodes that several rule families ask: whether the node of a pod is well, and whom it concerns.
#pragma once
#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// The node's condition Ready, or null.
const kube::Condition* ready_condition(const kube::Node& node);

// well, reports itself not ready, silent (condition Unknown, or the Node object is gone), or not known.
enum class NodeHealth { well, not_ready, silent, unknown };
NodeHealth health_of(const kube::World& world, const kube::Pod& pod);

// The pods bound to the node, by namespace and name; finished ones too.
std::vector<const kube::Pod*> pods_on(const kube::World& world, std::string_view node);

// Whether the asked scope has to do with the node: all namespaces were asked for, or the node itself, or a pod that was
// read is bound to it and has not finished, or it is closed for its condition to a pod that waits for a node. What a
// namespace does not use must not disturb it.
bool concerns_scope(const kube::World& world, const kube::Node& node);

// A pod that its node took out of service: Ready is not True although the kubelet said nothing against its containers,
// or it was bound to the node and never started.
bool is_stranded(const kube::World& world, const kube::Pod& pod);

// Adds the pods and their owners to the affected ones, sorted.
void affect(const kube::World& world, Finding& finding, const std::vector<const kube::Pod*>& pods);

// A sentence ends with one full stop, whatever the literal at its end has.
std::string with_stop(std::string sentence);

}  // namespace salve::diagnose
