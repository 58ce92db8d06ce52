#include "plan/headroom.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace salve::plan {

std::string most_of_a_node(const kube::World& world, std::string_view resource) {
    std::string largest = "0";
    for (const auto& node : world.facts().nodes) {
        const auto at = node.allocatable.find(std::string(resource));
        if (at == node.allocatable.end()) continue;
        const auto has = base::parse_quantity(at->second);
        if (has && *has > *base::parse_quantity(largest)) largest = at->second;
    }
    return largest;
}

std::optional<std::string> beyond_nodes(const kube::World& world, std::string_view resource,
                                        const std::string& quantity) {
    if (!world.seen(kube::Resource::nodes, "")) return "how large the nodes are could not be read";
    const auto wanted = base::parse_quantity(quantity);
    const auto largest = most_of_a_node(world, resource);
    if (wanted && *wanted <= *base::parse_quantity(largest)) return std::nullopt;
    return fmt::format("no node has {} of {}: the largest has {}", quantity, resource, largest);
}

std::optional<std::string> beyond_quota(const kube::World& world, const std::string& ns, const std::string& resource,
                                        base::Quantity more, int pods) {
    if (!world.seen(kube::Resource::resourcequotas, ns))
        return "what the quotas of the namespace leave could not be read";
    for (const auto& quota : world.facts().quotas) {
        if (quota.meta.ns != ns) continue;
        // "memory" and "cpu" are older names of requests.memory and requests.cpu.
        for (const auto& name : {resource, resource.starts_with("requests.") ? resource.substr(9) : resource}) {
            const auto hard = quota.hard.find(name), used = quota.used.find(name);
            if (hard == quota.hard.end()) continue;
            const auto most = base::parse_quantity(hard->second);
            const auto now =
                used == quota.used.end() ? std::optional(base::Quantity{}) : base::parse_quantity(used->second);
            // Divided, not multiplied: a quantity may be as large as the type.
            if (!most || !now || now->nano > most->nano || more.nano > (most->nano - now->nano) / std::max(pods, 1))
                return fmt::format("quota {} has no room for it: {} of {} of {} are used", quota.meta.name,
                                   used == quota.used.end() ? "0" : used->second, hard->second, name);
        }
    }
    return std::nullopt;
}

}  // namespace salve::plan
