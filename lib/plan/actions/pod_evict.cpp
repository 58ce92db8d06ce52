// Ends one pod through the eviction API, which honours disruption budgets; its controller makes another (TAXONOMY 2.4).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "plan/draft.hpp"
#include "plan/end_pod.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Pod"};
constexpr std::string_view values[] = {"pod"};
constexpr NotOf not_of[] = {{"StatefulSet", "it belongs to a StatefulSet, whose pods are not interchangeable"}};
constexpr std::ptrdiff_t least_peers = 2;

std::optional<std::string> budgets_forbid(const Situation& situation, const kube::Pod& pod) {
    if (!situation.world.seen(kube::Resource::poddisruptionbudgets, pod.meta.ns))
        return "whether a disruption budget allows it could not be read";
    std::vector<std::string> names;
    for (const auto* budget : situation.world.budgets_for(pod.meta.ns, pod.meta.labels)) {
        if (budget->disruptions_allowed < 1)
            return fmt::format("disruption budget {} allows no eviction now", budget->meta.name);
        names.push_back(budget->meta.name);
    }
    if (names.size() > 1)
        return fmt::format("several disruption budgets match it ({}): the server refuses that",
                           base::join(names, ", "));
    return std::nullopt;
}

Proposal propose(const Situation& situation) {
    const auto chosen = pod_to_replace(situation, not_of);
    if (const auto* no = std::get_if<Declined>(&chosen)) return *no;
    const auto& at = std::get<PodAt>(chosen);
    const auto& pod = *at.pod;
    const auto owner = situation.world.owner(pod).ref;
    if (!situation.world.seen(kube::Resource::pods, pod.meta.ns)) return Declined{"its peers could not be read"};
    const auto pods = situation.world.pods_of(owner);
    const auto peers = std::count_if(pods.begin(), pods.end(),
                                     [&](const kube::Pod* one) { return one != at.pod && kube::is_ready(*one); });
    if (peers < least_peers)
        return Declined{fmt::format("{} other {} of {} {} ready: at least {} have to be", peers,
                                    peers == 1 ? "pod" : "pods", owner.kind + " " + owner.name,
                                    peers == 1 ? "is" : "are", least_peers)};
    if (auto reason = budgets_forbid(situation, pod)) return Declined{*reason};
    auto draft = end_pod_draft(at, kube::WriteVerb::evict);
    draft.ends_pods = true;
    draft.description =
        fmt::format("Evict pod {} of {} {}; its controller makes another.", pod.meta.name, owner.kind, owner.name);
    draft.why = fmt::format("{} {} other pods of it are ready meanwhile.", sentence(situation.finding.summary), peers);
    draft.risk = Risk::low;
    draft.risk_reasons.insert(draft.risk_reasons.begin(), "one pod is replaced, and disruption budgets are honoured");
    draft.verify = replacement_checks();
    return draft;
}

}  // namespace

extern const Action pod_evict;
constinit const Action pod_evict = {
    .id = "pod.evict",
    .summary = "Ends one pod through the eviction API, which honours disruption budgets; its controller makes another.",
    .risk = Risk::low,
    .reverses = "nothing: the controller makes a new pod",
    .kinds = kinds,
    .verb = kube::WriteVerb::evict,
    .values = values,
    .on_request = true,
    .reads = chosen_pod_ref,
    .propose = propose,
};

}  // namespace salve::plan::actions
