#include "plan/places.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kube/annotations.hpp"

namespace salve::plan {
namespace {

bool is_open(const kube::PodSpec& spec, const kube::Node& node) {
    const auto* ready = kube::find_condition(node.conditions, "Ready");
    return ready && ready->status == "True" && !node.unschedulable && !node.meta.deleted &&
           diagnose::matches_node(spec, node) && diagnose::untolerated(spec, node).empty();
}

int places_on(const kube::Node& node, const diagnose::NodeRoom& room, const diagnose::Amounts& wanted, int most) {
    base::Int128 places = most;
    for (const auto& [resource, amount] : wanted) {
        if (amount.nano <= 0) continue;
        const auto left = room.free(node, resource).nano;
        places = std::min(places, left <= 0 ? base::Int128{0} : left / amount.nano);
    }
    return static_cast<int>(places);
}

}  // namespace

std::optional<int> Places::count(const kube::PodSpec& spec, int most) const {
    if (!room_.complete() || !world_.seen(kube::Resource::nodes, "")) return std::nullopt;
    auto wanted = diagnose::pod_requests(spec);
    wanted["pods"] = base::Quantity{1'000'000'000};
    int places = 0;
    for (const auto& node : world_.facts().nodes)
        if (places < most && is_open(spec, node)) places += places_on(node, room_, wanted, most - places);
    return places;
}

std::optional<std::string> tied_to(const kube::PodSpec& spec) {
    if (!spec.pod_affinity.empty() || !spec.pod_anti_affinity.empty()) return "required affinity between pods";
    for (const auto& spread : spec.topology_spread)
        if (spread.when_unsatisfiable != "ScheduleAnyway") return "a topology spread constraint";
    for (const auto& volume : spec.volumes)
        if (volume.source == kube::Volume::Source::claim || volume.source == kube::Volume::Source::ephemeral)
            return fmt::format("volume {}", volume.name);
    for (const auto& container : spec.containers)
        for (const auto& port : container.ports)
            if (port.host_port) return fmt::format("host port {}", *port.host_port);
    return std::nullopt;
}

std::optional<std::string> sets_requests(const kube::World& world, const kube::ObjectRef& workload) {
    for (const auto* pod : world.pods_of(workload))
        for (const auto mark : kube::vertical_autoscaler_marks)
            if (pod->meta.annotations.count(std::string(mark)) > 0)
                return fmt::format("a VerticalPodAutoscaler sets its requests (annotation {} of pod {})", mark,
                                   pod->meta.name);
    return std::nullopt;
}

}  // namespace salve::plan
