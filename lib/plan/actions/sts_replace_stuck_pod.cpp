// Deletes the one pod of a StatefulSet that an update waits for in vain, so that it is made anew from the present
// template (TAXONOMY 2.4). One ordinal a plan; everything else of the set must be well.
#include <fmt/format.h>

#include <algorithm>

#include "plan/draft.hpp"
#include "plan/end_pod.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Pod"};
constexpr std::string_view values[] = {"pod"};
constexpr const char* hash_label = "controller-revision-hash";

std::string revision_of(const kube::Pod& pod) {
    const auto at = pod.meta.labels.find(hash_label);
    return at == pod.meta.labels.end() ? "" : at->second;
}

// The other pods: all there, none going, all ready, and one of the present template among them, which proves it.
std::optional<std::string> bad_peers(const kube::World& world, const kube::Workload& set, const kube::Pod& stuck) {
    if (!world.seen(kube::Resource::pods, set.meta.ns)) return "its peers could not be read";
    int ready = 0;
    bool proven = false;
    for (const auto* pod : world.pods_of(set.meta.ref())) {
        if (pod->meta.deleted) return fmt::format("pod {} is being deleted: wait for its end", pod->meta.name);
        if (pod == &stuck || !kube::is_ready(*pod)) continue;
        ++ready;
        proven = proven || revision_of(*pod) == set.update_revision;
    }
    if (ready < set.desired - 1)
        return fmt::format("{} of its other {} pods are ready: all have to be", ready, set.desired - 1);
    if (!proven) return fmt::format("no ready pod shows that revision {} works", set.update_revision);
    return std::nullopt;
}

std::optional<std::string> bad_claims(const kube::World& world, const kube::Pod& pod) {
    for (const auto& volume : pod.spec.volumes) {
        if (volume.source != kube::Volume::Source::claim) continue;
        const auto claim = world.claim(pod.meta.ns, volume.object);
        if (!claim) return fmt::format("claim {} could not be read", volume.object);
        if (claim->phase != "Bound" || claim->meta.deleted)
            return fmt::format("claim {} is {}, not Bound", volume.object,
                               claim->meta.deleted ? "being deleted" : claim->phase);
    }
    return std::nullopt;
}

std::optional<std::string> unfit(const Situation& situation, const PodAt& at) {
    const auto* controller = at.pod->meta.controller();
    const auto* set = controller ? situation.world.workload(controller->uid) : nullptr;
    if (!set || set->meta.kind != "StatefulSet") return "it does not belong to a StatefulSet that could be read";
    if (set->strategy == "OnDelete") return "its updateStrategy is OnDelete: who updates it deletes its pods by hand";
    if (!kube::is_observed(*set) || set->update_revision.empty()) return "the state of its update is not known";
    if (is_ready(*at.live)) return fmt::format("pod {} is ready", at.pod->meta.name);
    const auto revision = text_at(*at.live, pointer("/metadata/labels", hash_label));
    if (revision.empty() || revision == set->update_revision)
        return fmt::format("pod {} has the present template already: a new one would be the same", at.pod->meta.name);
    if (auto reason = bad_peers(situation.world, *set, *at.pod)) return reason;
    return bad_claims(situation.world, *at.pod);
}

Proposal propose(const Situation& situation) {
    if (situation.finding.mode->id != "sts.update-stuck")
        return Declined{"it is only for a StatefulSet whose update waits for a pod (sts.update-stuck)"};
    const auto chosen = chosen_pod(situation);
    if (const auto* no = std::get_if<Declined>(&chosen)) return *no;
    const auto& at = std::get<PodAt>(chosen);
    if (auto reason = unfit(situation, at)) return Declined{*reason};
    const auto& set = *situation.world.workload(at.pod->meta.controller()->uid);
    auto draft = end_pod_draft(at, kube::WriteVerb::delete_pod);
    draft.ends_pods = true;
    draft.description = fmt::format("Delete pod {} of StatefulSet {}, so that it is made anew from revision {}.",
                                    at.pod->meta.name, set.meta.name, set.update_revision);
    draft.why = fmt::format("{} Its claims stay and are used by the new pod.", sentence(situation.finding.summary));
    draft.risk = Risk::high;
    draft.risk_reasons.insert(draft.risk_reasons.begin(), "the pod may hold data or a role that no other pod has");
    draft.inverse.description = "the pod does not come back; the StatefulSet makes one of the same name and claims";
    draft.verify = replacement_checks();
    return draft;
}

}  // namespace

extern const Action sts_replace_stuck_pod;
constinit const Action sts_replace_stuck_pod = {
    .id = "sts.replace-stuck-pod",
    .summary = "Deletes the pod of a StatefulSet that an update waits for in vain; it is made anew from the template.",
    .risk = Risk::high,
    .reverses = "nothing: the StatefulSet makes the pod anew",
    .kinds = kinds,
    .verb = kube::WriteVerb::delete_pod,
    .values = values,
    .off = true,
    .reads = chosen_pod_ref,
    .propose = propose,
};

}  // namespace salve::plan::actions
