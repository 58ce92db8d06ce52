// Which Services lead to which pods, and who is cut off when pods do not serve.
#pragma once
#include <span>
#include <vector>

#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// Whether the Service's addresses are kept by the control plane by its selector: it has one, and is no ExternalName.
bool has_selector(const kube::Service& service);

// Whether a pod that is not ready stands among its addresses all the same (publishNotReadyAddresses, or the annotation
// that did this before): then "not ready" says nothing.
bool publishes_unready(const kube::Service& service);

// The pods that can be an address of the Service: they match its selector, have not ended and are not being deleted
// (endpointslice util/controller_utils.go ShouldPodBeInEndpoints). By name.
std::vector<const kube::Pod*> backing_pods(const kube::World& world, const kube::Service& service);

// Services of the pods' namespaces that select one of them and have no ready pod but these, and the Ingresses that send
// to them. The given pods count as gone even if they are ready at the moment of the reading. A Service that publishes
// unready addresses is not among them, nor one whose other pods could not be read. Sorted.
std::vector<Subject> unserved_routes(const kube::World& world, std::span<const kube::Pod* const> pods);

// The Ingresses that send to the Service, sorted.
std::vector<Subject> ingresses_of(const kube::World& world, const kube::Service& service);

// Whether the Service is reached from outside of the cluster: an Ingress sends to it, or its type says so.
bool is_exposed(const kube::World& world, const kube::Service& service);

}  // namespace salve::diagnose
