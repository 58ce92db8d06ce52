// Tidies up Failed pods whose owner is well again or gone (TAXONOMY 2.4): one a step, ten a plan. What they tell stands
// in the record before they go.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "diagnose/failed_pod.hpp"
#include "plan/draft.hpp"
#include "plan/end_pod.hpp"

namespace salve::plan::actions {
namespace {

constexpr std::string_view kinds[] = {"Pod"};
constexpr std::size_t most = 10;

// Gone is what the whole list of its kind does not have.
bool owner_is_gone(const kube::World& world, const kube::Pod& pod) {
    const auto* controller = pod.meta.controller();
    if (!controller) return false;
    const auto& ns = pod.meta.ns;
    if (controller->kind == "Job") {
        const auto job = world.job(ns, controller->name);
        return job.absent() || (job && job->meta.uid != controller->uid);
    }
    const auto workload = world.workload(controller->kind, ns, controller->name);
    return workload.absent() || (workload && workload->meta.uid != controller->uid);
}

std::optional<std::string> not_left_over(const Situation& situation, const kube::Pod& pod) {
    if (pod.phase != "Failed") return fmt::format("its phase is {}, not Failed", pod.phase);
    if (pod.meta.deleted) return "it is being deleted already";
    if (!pod.meta.finalizers.empty())
        return fmt::format("finalizer {} holds it for somebody", pod.meta.finalizers.front());
    if (!pod.meta.controller()) return "it has no controller: it is all that tells of what it did";
    if (!diagnose::is_well(situation.world.owner(pod)) && !owner_is_gone(situation.world, pod))
        return fmt::format("{} does not have all its pods ready", controller_words(pod));
    return std::nullopt;
}

std::vector<const kube::Pod*> left_over(const Situation& situation) {
    auto pods = shown_pods(situation);
    std::erase_if(pods, [&](const kube::Pod* pod) { return not_left_over(situation, *pod).has_value(); });
    return pods;
}

std::vector<kube::ObjectRef> reads(const Situation& situation) {
    std::vector<kube::ObjectRef> refs;
    for (const auto* pod : left_over(situation))
        if (refs.size() < most) refs.push_back(pod->meta.ref());
    return refs;
}

// The object as it is now decides: the list may be minutes old.
bool is_still_failed(const PodAt& at) {
    const auto* finalizers = at.live ? value_at(*at.live, "/metadata/finalizers") : nullptr;
    return at.live && text_at(*at.live, "/metadata/uid") == at.pod->meta.uid && phase_of(*at.live) == "Failed" &&
           !value_at(*at.live, "/metadata/deletionTimestamp") && (!finalizers || finalizers->empty());
}

Draft draft_for(const Situation& situation, const PodAt& at) {
    auto draft = end_pod_draft(at, kube::WriteVerb::delete_pod);
    const auto& meta = at.pod->meta;
    draft.description = fmt::format("Delete Failed pod {}, which is left over ({}).", meta.name,
                                    at.pod->reason.empty() ? "Failed" : at.pod->reason);
    const auto owner = situation.world.owner(*at.pod).ref;
    draft.why = owner_is_gone(situation.world, *at.pod)
                    ? fmt::format("It never runs again, and its owner {} is gone.", controller_words(*at.pod))
                    : fmt::format("It never runs again, and {} {} has all its pods ready.", owner.kind, owner.name);
    draft.preconditions.tests = {{"/status/phase", "Failed", nullptr}};
    draft.risk = Risk::low;
    draft.risk_reasons = {"nothing that runs is touched; its log goes with it"};
    draft.inverse.description = "the pod does not come back, and nothing needs it";
    draft.verify = {{"pod_gone", 60'000, 1}};
    return draft;
}

Proposal propose(const Situation& situation) {
    const auto shown = shown_pods(situation), pods = left_over(situation);
    if (shown.empty()) return Declined{"the finding shows in no pod"};
    if (pods.empty())
        return Declined{fmt::format("pod {}: {}", shown.front()->meta.name, *not_left_over(situation, *shown.front()))};
    Several several;
    for (const auto* pod : pods) {
        const PodAt at{pod, situation.objects.find(pod->meta.ref())};
        if (several.drafts.size() < most && is_still_failed(at)) several.drafts.push_back(draft_for(situation, at));
    }
    if (several.drafts.empty())
        return Declined{
            fmt::format("pod {} is not any more what it was, or could not be read", pods.front()->meta.name)};
    several.left = pods.size() - std::min(pods.size(), most);
    return several;
}

}  // namespace

extern const Action pod_cleanup_failed;
constinit const Action pod_cleanup_failed = {
    .id = "pod.cleanup-failed",
    .summary = "Deletes Failed pods that are left over: their owner has all its pods ready, or is gone.",
    .risk = Risk::low,
    .reverses = "nothing: a Failed pod never runs again",
    .kinds = kinds,
    .verb = kube::WriteVerb::delete_pod,
    .most_steps = most,
    .reads = reads,
    .propose = propose,
};

}  // namespace salve::plan::actions
