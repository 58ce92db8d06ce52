// Another number of replicas (TAXONOMY 2.4): never zero, never where an autoscaler decides.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "plan/draft.hpp"
#include "plan/headroom.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Deployment"};
constexpr std::string_view values[] = {"replicas"};
constexpr std::int64_t most = 100, step = 10;

std::optional<std::string> autoscaler_of(const Situation& situation) {
    const auto& root = situation.finding.root.object;
    if (!situation.world.seen(kube::Resource::horizontalpodautoscalers, root.ns))
        return "whether an autoscaler sets its replicas could not be read";
    const auto scalers = situation.world.autoscalers_of(root);
    if (scalers.empty()) return std::nullopt;
    return fmt::format("autoscaler {} sets its replicas", scalers.front()->meta.name);
}

std::optional<std::int64_t> wanted_replicas(const Situation& situation) {
    if (const auto asked = number_of(situation, "replicas", 1, most)) return asked;
    const auto known = situation.finding.suggested.find("replicas");
    if (known == situation.finding.suggested.end()) return std::nullopt;
    return std::stoll(known->second);
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    if (!live) return Declined{"the Deployment could not be read"};
    const auto old = number_at(*live, "/spec/replicas");
    if (!old || *old < 0 || *old > std::numeric_limits<std::int32_t>::max())
        return Declined{"how many replicas it has could not be read"};
    if (auto reason = autoscaler_of(situation)) return Declined{*reason};
    const auto wanted = wanted_replicas(situation);
    if (!wanted) return Declined{"how many replicas are right is not known: --set replicas=N"};
    if (*wanted == *old) return Declined{fmt::format("it has {} already", *old)};
    if (*wanted < 1 || *wanted > most || std::abs(*wanted - *old) > step)
        return Declined{
            fmt::format("from {} to {} is more than {} at once, or beyond 1 to {}", *old, *wanted, step, most)};
    const bool up = *wanted > *old;
    const auto& ns = situation.finding.root.object.ns;
    if (up) {
        if (auto reason = beyond_quota(situation.world, ns, "pods", base::Quantity{1'000'000'000},
                                       static_cast<int>(*wanted - *old)))
            return Declined{*reason};
    }
    Patch patch(*live);
    patch.put("/spec/replicas", *wanted);
    auto draft = patch_draft(situation, patch);
    draft.description =
        fmt::format("Scale Deployment {} from {} to {} replicas.", draft.target.object.name, *old, *wanted);
    draft.why = sentence(situation.finding.summary);
    draft.risk = up ? Risk::low : Risk::high;
    draft.risk_reasons = {up ? "pods are only added" : "pods that serve are taken away"};
    draft.ends_pods = !up;
    draft.inverse.description = fmt::format("scales back to {}", *old);
    draft.verify = {{"replicas_held", 120'000, 6}, {"finding_gone", 120'000, 6}};
    return draft;
}

}  // namespace

extern const Action scale_set;
constinit const Action scale_set = {
    .id = "scale.set",
    .summary = "Sets the number of replicas of a Deployment; never to zero.",
    .risk = Risk::low,
    .reverses = "sets the old number",
    .kinds = kinds,
    .values = values,
    .propose = propose,
};

}  // namespace salve::plan::actions
