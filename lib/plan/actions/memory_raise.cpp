// A higher memory limit for a container that is killed for its limit: at most twice the old one, and never beyond the
// largest node or what the quota has left (TAXONOMY 2.4).
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/quantity.hpp"
#include "base/text.hpp"
#include "plan/blast.hpp"
#include "plan/draft.hpp"
#include "plan/headroom.hpp"
#include "plan/places.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment"};
constexpr std::string_view values[] = {"memory", "container"};
constexpr std::int64_t most_times = 2;

// The same unit as before, so that a person recognises it: 48Mi becomes 96Mi.
std::string doubled(const std::string& old) {
    std::size_t digits = 0;
    while (digits < old.size() && old[digits] >= '0' && old[digits] <= '9') ++digits;
    const auto unit = old.substr(digits);
    if (digits > 0 && digits < 12 && unit.find('.') == std::string::npos)
        return fmt::format("{}{}", std::stoll(old.substr(0, digits)) * most_times, unit);
    const auto bytes = std::min(base::to_units(*base::parse_quantity(old)), std::int64_t{1} << 61);
    return fmt::format("{}", bytes * most_times);
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the Deployment could not be read"};
    const auto container = container_of(situation, *live);
    if (!container) return Declined{"which container is meant is not clear: --set container=NAME"};
    if (auto reason = sets_requests(situation.world, situation.finding.root.object)) return Declined{*reason};
    const auto limit_path = container->path + "/resources/limits/memory";
    const auto old = text_at(*live, limit_path);
    const auto old_bytes = base::parse_quantity(old);
    if (!old_bytes || old_bytes->nano <= 0)
        return Declined{fmt::format("container {} has no memory limit", container->name)};
    const auto wanted = value_of(situation, "memory").value_or(doubled(old));
    const auto bytes = base::parse_quantity(wanted);
    if (!bytes)
        throw base::Error(base::ErrorKind::usage, fmt::format("--set memory={} is no quantity", base::quoted(wanted)),
                          "as in 512Mi or 2Gi");
    if (*bytes <= *old_bytes) return Declined{fmt::format("{} is not more than the present limit {}", wanted, old)};
    if (bytes->nano - old_bytes->nano > old_bytes->nano)
        return Declined{fmt::format("{} is more than twice the present limit {}: raise it in steps, or look for a leak",
                                    wanted, old)};
    if (auto reason = beyond_nodes(situation.world, "memory", wanted)) return Declined{*reason};
    const auto& request = text_at(*live, container->path + "/resources/requests/memory");
    const bool guaranteed = request == old;
    const auto workload =
        situation.world.deployment(situation.finding.root.object.ns, situation.finding.root.object.name);
    if (!workload) return Declined{"how many pods it has could not be read"};
    const int pods = workload->desired + rollout_room(*workload).surge;
    const auto delta = base::Quantity{bytes->nano - old_bytes->nano};
    if (auto reason = beyond_quota(situation.world, workload->meta.ns, "limits.memory", delta, pods))
        return Declined{*reason};
    if (guaranteed)
        if (auto reason = beyond_quota(situation.world, workload->meta.ns, "requests.memory", delta, pods))
            return Declined{*reason};
    Patch patch(*live);
    patch.hold_name(container->path).put(limit_path, wanted);
    if (guaranteed) patch.put(container->path + "/resources/requests/memory", wanted);
    auto draft = container_draft(situation, patch, *container);
    draft.description = fmt::format("Raise the memory limit of container {} of Deployment {} from {} to {}.",
                                    container->name, workload->meta.name, old, wanted);
    draft.why = fmt::format("{} With {} it has room to go on; if it is killed again, it leaks or needs another size.",
                            sentence(situation.finding.summary), wanted);
    draft.risk = Risk::medium;
    draft.risk_reasons = {"every pod of the Deployment is replaced", "a leak is only put off"};
    draft.ends_pods = replaces_ready(situation.world, draft.target.object);
    draft.inverse.description = fmt::format("sets the limit back to {}", old);
    draft.verify = {{"rollout_complete", 60'000, 1}, {"restarts_flat", 600'000, 12}, {"finding_gone", 600'000, 12}};
    return draft;
}

}  // namespace

extern const Action memory_raise;
constinit const Action memory_raise = {
    .id = "memory.raise",
    .summary = "Raises the memory limit of one container, to twice the old one at most.",
    .risk = Risk::medium,
    .reverses = "sets the old limit",
    .kinds = kinds,
    .values = values,
    .propose = propose,
};

}  // namespace salve::plan::actions
