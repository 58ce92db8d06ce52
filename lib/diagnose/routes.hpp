// Who is cut off when a pod is not ready.
#pragma once
#include <vector>

#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// The Services that select the pod and have no ready pod at all, and the Ingresses that send to them. A Service that
// publishes unready addresses is not among them. Readiness is read from the EndpointSlices where they could be read,
// else from the pods.
std::vector<Subject> unserved_routes(const kube::World& world, const kube::Pod& pod);

}  // namespace salve::diagnose
