// What is left of a preemption: the victim is gone at once, only the Normal event about its uid remains.
#pragma once
#include "kube/world.hpp"

namespace salve::diagnose {

// The newest event that says that an earlier pod of the same owner was preempted, or null. A pod that is gone is
// recognised by its name: its controller's (any ReplicaSet's of the Deployment), and an ordinal or a random suffix.
const kube::Event* preempted_sibling(const kube::World& world, const kube::Pod& pod);

// The pod that the event says took the room ("Preempted by pod UID on node N", 1.26 and later), or null if it is not
// among the facts.
const kube::Pod* preemptor(const kube::World& world, const kube::Event& event);

}  // namespace salve::diagnose
