// Pods whose phase is Failed: how they ended, when, and how their owner stands now. Which of the modes claims such a
// pod is decided here, so that it gets one of them.
#pragma once
#include "kube/world.hpp"

namespace salve::diagnose {

// rejected: the kubelet refused to admit it (pod.node-rejected). evicted: by the kubelet, at admission too.
// node_shutdown: ended or refused for the node's shutdown. preempted: by the kubelet for a critical pod. other: the
// rest, such as a program that failed.
enum class Ending { rejected, evicted, node_shutdown, preempted, other };

// Only for a pod whose phase is Failed and which is not being deleted; nothing for any other.
std::optional<Ending> ending_of(const kube::Pod& pod);

// When the pod ended, as well as its conditions, containers and events tell; else its creation.
kube::Time ended_at(const kube::World& world, const kube::Pod& pod);

// Whether the controller of the pods has all that it wants ready: then a Failed pod of it is litter. False for bare
// pods, for Jobs and where the owner is not known.
bool is_well(const kube::Owner& owner);

// Whether the pod was made from an earlier template than its owner has now.
bool has_old_template(const kube::World& world, const kube::Pod& pod);

// Whether the evictions of that owner are history: it is well, and none of them concerned the present template within
// the last hour.
bool evictions_are_over(const kube::World& world, const kube::Owner& owner);

}  // namespace salve::diagnose
