// What else a change touches (TAXONOMY 2.5).
#pragma once
#include "kube/world.hpp"
#include "plan/step.hpp"

namespace salve::plan {

// What becomes of the pods of a workload: nothing that the controller does by itself at once, more of the same, or a
// rollout.
enum class PodChange { none, added, replaced };
PodChange pod_change(const std::vector<Change>& changes);

// For a workload, a pod, what owns pods, or an autoscaler of a workload. What could not be read stands in notes.
BlastRadius blast_radius(const kube::World& world, const kube::ObjectRef& object, PodChange change);

// How many pods of a Deployment may be missing, and how many may be too many, at one moment of a rollout:
// percentages are of `desired`, maxUnavailable rounds down and maxSurge up (Kubernetes' intstr.GetScaledValue). Of a
// DaemonSet both round up.
struct RolloutRoom {
    int unavailable = 0, surge = 0;
};
RolloutRoom rollout_room(const kube::Workload& workload);

}  // namespace salve::plan
