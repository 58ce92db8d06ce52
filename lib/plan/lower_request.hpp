// How far a request has to come down for the pods of a workload to find places.
#pragma once
#include <optional>
#include <string>

#include "base/quantity.hpp"
#include "plan/action.hpp"

namespace salve::plan {

// The largest plain amount of "cpu" or "memory", below `old` and at least half of it, with which all pods of the
// workload find a place by the requests on the nodes as they are. Nothing where that is not proven: the nodes or the
// pods of all namespaces were not read, something else than room decides too, or only less than half would fit. How
// little a program can live with is then known to its owner alone.
std::optional<std::string> fitting_request(const kube::World& world, const kube::Workload& workload,
                                           const std::string& container, const std::string& resource,
                                           base::Quantity old);

// Why a LimitRange of the namespace refuses that request beside that limit (empty: none), or nothing.
std::optional<std::string> against_limit_range(const kube::World& world, const std::string& ns,
                                               const std::string& resource, base::Quantity request,
                                               const std::string& limit);

}  // namespace salve::plan
