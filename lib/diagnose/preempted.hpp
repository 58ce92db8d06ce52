// What is left of a pod that was removed to make room or for a taint: it is gone at once, only the Normal event about
// its uid remains.
#pragma once
#include "kube/world.hpp"

namespace salve::diagnose {

// The newest event that says that an earlier pod of the same owner was preempted, or null. A pod that is gone is
// recognised by its name: its controller's (any ReplicaSet's of the Deployment), and an ordinal or a random suffix.
const kube::Event* preempted_sibling(const kube::World& world, const kube::Pod& pod);

// The pod that the event says took the room ("Preempted by pod UID on node N", 1.26 and later), or null if it is not
// among the facts.
const kube::Pod* preemptor(const kube::World& world, const kube::Event& event);

// Whether the event is about a pod of that workload, present or gone, as far as its name tells.
bool is_about_pod_of(const kube::World& world, const kube::Workload& workload, const kube::Event& event);

// Whether a controller could have made a pod of that name, a Job's too; true as well where the controllers could not be
// read.
bool may_have_controller(const kube::World& world, const kube::ObjectRef& gone_pod);

}  // namespace salve::diagnose
