// Whether there is room for more: on the largest node, and in the quotas of the namespace.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.hpp"
#include "kube/world.hpp"

namespace salve::plan {

// Why no node could ever give a container so much of it, or nothing. Nodes that could not be read: that is said.
std::optional<std::string> beyond_nodes(const kube::World& world, std::string_view resource,
                                        const std::string& quantity);

// Why the quotas of the namespace have no room for `pods` times as much more of it ("limits.memory"), or nothing.
// Quotas that could not be read: that is said.
std::optional<std::string> beyond_quota(const kube::World& world, const std::string& ns, const std::string& resource,
                                        base::Quantity more, int pods);

}  // namespace salve::plan
