// Whether the nodes have room for more pods, by what the scheduler counts: requests, never usage.
#pragma once
#include <optional>
#include <string>

#include "diagnose/node_fit.hpp"

namespace salve::plan {

class Places {
public:
    explicit Places(const kube::World& world) : world_(world), room_(world) {}

    // How many more pods of that spec find a place on nodes that are ready and open to it, at most `most`. Nothing
    // where that cannot be known: the nodes, or the pods of all namespaces, were not read.
    std::optional<int> count(const kube::PodSpec& spec, int most) const;

private:
    const kube::World& world_;
    diagnose::NodeRoom room_;
};

// What else than room decides where such a pod may go (volumes, affinity between pods, spreading, host ports), or
// nothing: then places_for() is not the whole truth.
std::optional<std::string> tied_to(const kube::PodSpec& spec);

// Who sets the requests of the workload's pods (VerticalPodAutoscaler, by its marks on the pods), or nothing. The
// autoscalers themselves are not read.
std::optional<std::string> sets_requests(const kube::World& world, const kube::ObjectRef& workload);

}  // namespace salve::plan
