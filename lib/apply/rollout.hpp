// How far a workload is with what its spec says, from the object alone (TAXONOMY 2.4, V1).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apply/cluster.hpp"
#include "kube/meta.hpp"

namespace salve::apply {

struct Rollout {
    bool done = false;
    std::string failed;  // why it will not come to an end by itself; empty: it may
    std::string words;   // "1 of 2 pods are new, 1 of 2 available"
    std::optional<int> desired, ready;
};

// Of a Deployment, StatefulSet, DaemonSet or ReplicaSet; any other object is done at once. done: the controller has
// seen the newest spec, every pod is of it, and all are available. A paused Deployment never is.
Rollout rollout_of(const json& object);

// The condition Progressing of a Deployment, or null.
const json* progress_of(const json& object);

// How long it may take: progressDeadlineSeconds, by default 600 s.
base::Duration deadline_of(const json& object);

// The selector of the workload; nothing without one.
std::optional<kube::LabelSelector> selector_of(const json& object);

// Why a pod will not come up without help; empty: it may. One that was made before `since` is not judged.
std::string stuck(const kube::Pod& pod, base::Time since);

}  // namespace salve::apply
