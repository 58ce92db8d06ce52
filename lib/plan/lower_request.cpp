#include "plan/lower_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "plan/headroom.hpp"
#include "plan/places.hpp"

namespace salve::plan {
namespace {

constexpr base::Int128 unit = 1'000'000'000;

// The finest amount that is proposed: a tenth of a core, 64Mi.
base::Int128 grain_of(const std::string& resource) { return resource == "cpu" ? unit / 10 : (unit << 20) * 64; }

// What a person would write: halves of a core above one, quarters of a Gi above one.
base::Int128 plain_step(const std::string& resource, base::Int128 about) {
    if (resource == "cpu") return about < unit ? unit / 10 : unit / 2;
    return about < (unit << 30) ? (unit << 20) * 64 : (unit << 20) * 256;
}

std::string written(const std::string& resource, base::Quantity amount) {
    if (resource == "cpu") {
        const auto milli = base::to_milli(amount);
        return milli % 1000 == 0 ? fmt::format("{}", milli / 1000) : fmt::format("{}m", milli);
    }
    const auto mi = base::to_units(amount) >> 20;
    return mi % 1024 == 0 ? fmt::format("{}Gi", mi / 1024) : fmt::format("{}Mi", mi);
}

bool all_fit(const Places& places, const kube::Workload& workload, const std::string& container,
             const std::string& resource, base::Quantity amount) {
    auto spec = workload.pod_template.spec;
    for (auto& one : spec.containers)
        if (one.name == container) one.resources.requests[resource] = written(resource, amount);
    const auto count = places.count(spec, workload.desired);
    return count && *count >= workload.desired;
}

bool is_beyond(base::Quantity limit, base::Quantity request, base::Quantity times) {
    const auto number = [](base::Quantity one) { return static_cast<long double>(one.nano); };
    return number(limit) * static_cast<long double>(unit) > number(request) * number(times);
}

}  // namespace

std::optional<std::string> fitting_request(const kube::World& world, const kube::Workload& workload,
                                           const std::string& container, const std::string& resource,
                                           base::Quantity old) {
    if (workload.desired < 1 || tied_to(workload.pod_template.spec)) return std::nullopt;
    const Places places(world);
    const auto grain = grain_of(resource), half = old.nano / 2 + old.nano % 2;
    // What fits with more fits with less: halve the range until the largest that fits is left, in grains.
    // No container is given a whole node.
    const auto largest = base::parse_quantity(most_of_a_node(world, resource))->nano;
    auto least = (half + grain - 1) / grain, most = (std::min(old.nano, largest) - 1) / grain;
    const auto fits = [&](base::Int128 grains) {
        return all_fit(places, workload, container, resource, {grains * grain});
    };
    if (least < 1 || most < least || !fits(least)) return std::nullopt;
    while (least < most) {
        const auto middle = least + (most - least + 1) / 2;
        if (fits(middle))
            least = middle;
        else
            most = middle - 1;
    }
    const auto amount = least * grain, plain = amount - amount % plain_step(resource, amount);
    return written(resource, {plain >= half ? plain : amount});
}

std::optional<std::string> against_limit_range(const kube::World& world, const std::string& ns,
                                               const std::string& resource, base::Quantity request,
                                               const std::string& limit) {
    if (!world.seen(kube::Resource::limitranges, ns))
        return "what the namespace's LimitRanges demand could not be read";
    for (const auto& range : world.limit_ranges(ns)) {
        if (range.meta.ns != ns) continue;
        for (const auto& item : range.items) {
            if (item.type != "Container") continue;
            const auto least = item.min.find(resource), ratio = item.max_ratio.find(resource);
            const auto min = least == item.min.end() ? std::nullopt : base::parse_quantity(least->second);
            if (min && request < *min)
                return fmt::format("LimitRange {} demands at least {} of {}", range.meta.name, least->second, resource);
            const auto times = ratio == item.max_ratio.end() ? std::nullopt : base::parse_quantity(ratio->second);
            const auto given = item.default_limit.find(resource);
            const auto most =
                base::parse_quantity(limit.empty() && given != item.default_limit.end() ? given->second : limit);
            if (times && most && is_beyond(*most, request, *times))
                return fmt::format("LimitRange {} allows the limit to be at most {} times the request", range.meta.name,
                                   ratio->second);
        }
    }
    return std::nullopt;
}

}  // namespace salve::plan
