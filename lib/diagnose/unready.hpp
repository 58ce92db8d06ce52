// Whether a pod that is not ready should be by now.
#pragma once
#include <string>

#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// A follower that says so, beside a peer that is ready: some applications have one ready pod on purpose. text is what
// its readiness probe last said.
bool is_standby(const kube::World& world, const kube::Pod& pod, const kube::Probe& probe, const std::string& text);

// Whether a pod that is not ready has used up the time that it may take: a container is in an error, died lately, fails
// its probes beyond their budget, or cannot be placed or made. A pod that is just starting, a standby, and a pod whose
// owner is at 0, finished or gone, is not overdue. Call it for pods that are not ready.
bool is_overdue(const kube::World& world, const kube::Pod& pod);

}  // namespace salve::diagnose
