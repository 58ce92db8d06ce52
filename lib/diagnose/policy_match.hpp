// What the NetworkPolicies of a pod admit. Whether the cluster's network enforces them is not known to anyone here, and
// what cannot be decided counts as admitted: a denial that is returned is one by every reading of the policies.
#pragma once
#include <optional>
#include <vector>

#include "kube/world.hpp"

namespace salve::diagnose {

// The policies of one direction that select the pod and admit nothing of what was asked; sorted by name.
struct Denial {
    std::vector<const kube::NetworkPolicy*> policies;
};

// Whether the pod's egress policies admit no way to the cluster's DNS (port 53). Nothing: admitted, not restricted, or
// the policies were not read whole.
std::optional<Denial> denies_dns(const kube::World& world, const kube::Pod& pod);

// Whether traffic from one pod to that port of the other is denied: by the egress policies of the one, or the ingress
// policies of the other.
std::optional<Denial> denies(const kube::World& world, const kube::Pod& from, const kube::Pod& to,
                             std::optional<int> port);

// Whether the pod's egress policies admit nobody outside of the cluster: no rule without peers, none with a block of
// addresses.
std::optional<Denial> denies_outside(const kube::World& world, const kube::Pod& pod);

}  // namespace salve::diagnose
