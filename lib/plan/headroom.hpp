// Whether there is room for more: on the largest node, and in the quotas of the namespace.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.hpp"
#include "kube/world.hpp"

namespace salve::plan {

// The most of it that any node has to give, as the node says it: "0" where none has any, or none was read.
std::string most_of_a_node(const kube::World& world, std::string_view resource);

// Why no node could ever give a container so much of it, or nothing. Nodes that could not be read: that is said.
std::optional<std::string> beyond_nodes(const kube::World& world, std::string_view resource,
                                        const std::string& quantity);

// Why the quotas of the namespace have no room for `pods` times as much more of it ("limits.memory"), or nothing.
// Quotas that could not be read: that is said.
std::optional<std::string> beyond_quota(const kube::World& world, const std::string& ns, const std::string& resource,
                                        base::Quantity more, int pods);

}  // namespace salve::plan
