// More room for an autoscaler that has stood at its maximum (TAXONOMY 2.4): at most twice the old one, and only as much
// as quota and nodes have room for.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "diagnose/node_fit.hpp"
#include "plan/draft.hpp"
#include "plan/headroom.hpp"
#include "plan/places.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"HorizontalPodAutoscaler"};
constexpr std::string_view values[] = {"max"};
constexpr std::int64_t most_times = 2;

const kube::HorizontalPodAutoscaler* scaler_of(const Situation& situation) {
    const auto& root = situation.finding.root.object;
    for (const auto& one : situation.world.facts().autoscalers)
        if (root.same_name(one.meta.ref())) return &one;
    return nullptr;
}

bool is_unplaced(const kube::Pod& pod) {
    const auto* scheduled = kube::find_condition(pod.conditions, "PodScheduled");
    return !pod.meta.deleted && pod.phase == "Pending" && scheduled && scheduled->status == "False";
}

// More pods only help where those that are there work, and where one autoscaler decides.
std::optional<std::string> unfit(const Situation& situation, const kube::HorizontalPodAutoscaler& scaler,
                                 const kube::Workload& target) {
    for (const auto* other : situation.world.autoscalers_of(target.meta.ref()))
        if (other != &scaler) return fmt::format("autoscaler {} acts on the same pods", other->meta.name);
    if (!situation.world.seen(kube::Resource::pods, target.meta.ns)) return "the pods could not be read";
    for (const auto* pod : situation.world.pods_of(target.meta.ref()))
        if (is_unplaced(*pod)) return fmt::format("pod {} finds no node as it is", pod->meta.name);
    if (target.ready < target.desired || target.ready < scaler.max_replicas)
        return fmt::format("{} of {} pods are ready: more of them would not serve either", target.ready,
                           std::max(target.desired, scaler.max_replicas));
    return std::nullopt;
}

// Why the quotas have no room for that many more pods, each with what it requests and may use.
std::optional<std::string> beyond_quotas(const kube::World& world, const kube::Workload& target, int more) {
    const auto& ns = target.meta.ns;
    if (auto reason = beyond_quota(world, ns, "pods", base::Quantity{1'000'000'000}, more)) return reason;
    for (const auto& [resource, amount] : diagnose::pod_requests(target.pod_template.spec))
        if (auto reason = beyond_quota(world, ns, "requests." + resource, amount, more)) return reason;
    auto limits = target.pod_template.spec;  // what it may use, added up in the same way
    for (auto* list : {&limits.init_containers, &limits.containers})
        for (auto& container : *list) container.resources.requests = container.resources.limits;
    for (const auto& [resource, amount] : diagnose::pod_requests(limits))
        if (auto reason = beyond_quota(world, ns, "limits." + resource, amount, more)) return reason;
    return std::nullopt;
}

Proposal propose(const Situation& situation) {
    const auto* live = live_root(situation);
    const auto* scaler = scaler_of(situation);
    const auto old = live ? number_at(*live, "/spec/maxReplicas") : std::nullopt;
    if (!scaler || !old || *old < 1 || *old > std::numeric_limits<std::int32_t>::max() / most_times)
        return Declined{"the autoscaler could not be read"};
    const auto target = situation.world.workload(scaler->target_kind, scaler->meta.ns, scaler->target_name);
    if (!target) return Declined{fmt::format("{} {} could not be read", scaler->target_kind, scaler->target_name)};
    // Half as much again is the smallest step that is worth one; twice is the largest that is not a guess.
    const auto asked = number_of(situation, "max", 1, std::numeric_limits<std::int32_t>::max());
    const auto wanted = asked.value_or(*old + (*old + 1) / 2);
    if (wanted <= *old) return Declined{fmt::format("{} is no more than the present {}", wanted, *old)};
    if (wanted > *old * most_times) return Declined{fmt::format("{} is more than twice the present {}", wanted, *old)};
    if (auto reason = unfit(situation, *scaler, *target)) return Declined{*reason};
    const int more = static_cast<int>(wanted - *old);
    if (auto reason = beyond_quotas(situation.world, *target, more)) return Declined{*reason};
    const auto places = Places(situation.world).count(target->pod_template.spec, more);
    if (places && *places < more)
        return Declined{fmt::format("the nodes have room for {} more of its pods, not for {}", *places, more)};
    Patch patch(*live);
    patch.put("/spec/maxReplicas", wanted);
    auto draft = patch_draft(situation, patch);
    draft.description = fmt::format("Raise the maximum of autoscaler {} from {} to {} replicas of {} {}.",
                                    scaler->meta.name, *old, wanted, scaler->target_kind, scaler->target_name);
    draft.why = sentence(situation.finding.summary);
    draft.risk = Risk::medium;
    draft.risk_reasons = {
        fmt::format("up to {} more {}, as long as the load wants them", more, more == 1 ? "pod" : "pods")};
    if (!places) draft.risk_reasons.emplace_back("whether the nodes have room for them could not be read");
    draft.inverse.description = fmt::format("sets the maximum back to {}; pods beyond it then end", *old);
    draft.verify = {{"field_is", 10'000, 1}, {"finding_gone", 900'000, 10}};
    return draft;
}

}  // namespace

extern const Action hpa_raise_max;
constinit const Action hpa_raise_max = {
    .id = "hpa.raise-max",
    .summary = "Raises the maximum of an autoscaler, to twice the old one at most.",
    .risk = Risk::medium,
    .reverses = "sets the old maximum",
    .kinds = kinds,
    .values = values,
    .propose = propose,
};

}  // namespace salve::plan::actions
