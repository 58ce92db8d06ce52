// Ends one pod that is not ready anyway, where an eviction is refused or finds too few peers (TAXONOMY 2.4). A plain
// delete with the pod's own grace, never by force.
#include <fmt/format.h>

#include "plan/draft.hpp"
#include "plan/end_pod.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Pod"};
constexpr std::string_view values[] = {"pod"};
constexpr NotOf not_of[] = {{"StatefulSet", "it belongs to a StatefulSet: sts.replace-stuck-pod is for those"},
                            {"DaemonSet", "it belongs to a DaemonSet: only pod.evict is for those"}};

Proposal propose(const Situation& situation) {
    const auto chosen = pod_to_replace(situation, not_of);
    if (const auto* no = std::get_if<Declined>(&chosen)) return *no;
    const auto& at = std::get<PodAt>(chosen);
    const auto& pod = *at.pod;
    if (is_ready(*at.live))
        return Declined{fmt::format("pod {} is ready: pod.evict asks the disruption budgets first", pod.meta.name)};
    const auto owner = situation.world.owner(pod).ref;
    auto draft = end_pod_draft(at, kube::WriteVerb::delete_pod);
    draft.ends_pods = true;
    draft.description =
        fmt::format("Delete pod {} of {} {}; its controller makes another.", pod.meta.name, owner.kind, owner.name);
    draft.why =
        fmt::format("{} It is not ready, so nothing is taken from service.", sentence(situation.finding.summary));
    draft.risk = Risk::medium;
    draft.risk_reasons.insert(draft.risk_reasons.begin(), "disruption budgets are not asked");
    draft.verify = replacement_checks();
    return draft;
}

}  // namespace

extern const Action pod_delete;
constinit const Action pod_delete = {
    .id = "pod.delete",
    .summary = "Deletes one pod that is not ready, with its own grace; its controller makes another.",
    .risk = Risk::medium,
    .reverses = "nothing: the controller makes a new pod",
    .kinds = kinds,
    .verb = kube::WriteVerb::delete_pod,
    .values = values,
    .on_request = true,
    .reads = chosen_pod_ref,
    .propose = propose,
};

}  // namespace salve::plan::actions
