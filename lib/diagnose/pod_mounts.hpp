// The volume failures of one pod that has not started, with what its spec and the claims tell about the volumes.
#pragma once
#include "diagnose/mount_text.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

struct PodMountFailure {
    MountFailure what;
    const kube::Event* event = nullptr;    // the newest that says so
    const kube::Event* timeout = nullptr;  // "unmounted volumes=[...]" beside it, or null
};

// What keeps the pod's volumes away at present, each fault once, ordered by fault and volume. The timeout alone
// stands only when nothing else tells a cause. Left out: optional references; Multi-Attach and failing attaches of less
// than two minutes (normal when a pod moves); events that no longer speak for the present.
std::vector<PodMountFailure> pod_mount_failures(const kube::World& world, const kube::Pod& pod);

// The pod's volume of that name, or null (then it is a PersistentVolume's name).
const kube::Volume* volume_of(const kube::Pod& pod, std::string_view name);

// The claim behind a volume, given as the pod's volume or as the PersistentVolume; empty when there is none or the
// claims were not read.
std::string claim_behind(const kube::World& world, const kube::Pod& pod, std::string_view volume);

// The ConfigMaps or Secrets (by the fault) of the failure's volume that are asked for its key, projected ones included.
std::vector<std::string> objects_with_key(const kube::Pod& pod, const MountFailure& failure);

// Pods of the same namespace that a "Volume is already used by pod(s) A, B" names.
std::vector<const kube::Pod*> pods_named_in(const kube::World& world, const kube::Pod& pod, std::string_view detail);

}  // namespace salve::diagnose
