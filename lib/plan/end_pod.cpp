#include "plan/end_pod.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/error.hpp"
#include "base/text.hpp"
#include "plan/draft.hpp"
#include "plan/fresh_start.hpp"

namespace salve::plan {
namespace {

// Null without a reason: the wanted pod is not among those that were shown, or there are several.
const kube::Pod* wanted_pod(const Situation& situation) {
    const auto pods = shown_pods(situation);
    const auto name = value_of(situation, "pod");
    if (!name) return pods.size() == 1 ? pods.front() : nullptr;
    const auto is_it = [&](const kube::Pod* pod) { return pod->meta.name == *name; };
    // Two namespaces may have pods of one name.
    if (std::count_if(pods.begin(), pods.end(), is_it) != 1) return nullptr;
    return *std::find_if(pods.begin(), pods.end(), is_it);
}

std::optional<std::string> bad_owner(const kube::World& world, const kube::Pod& pod, std::span<const NotOf> not_of) {
    const auto* controller = pod.meta.controller();
    if (!controller) return "it has no controller: nothing would replace it";
    for (const auto& [kind, reason] : not_of)
        if (controller->kind == kind) return std::string(reason);
    if (controller->kind == "Job") return "it belongs to a Job, which counts a pod that goes as a failure";
    if (!world.owner(pod).workload) return fmt::format("how {} replaces its pods is not known", controller_words(pod));
    return std::nullopt;
}

}  // namespace

std::vector<const kube::Pod*> shown_pods(const Situation& situation) {
    std::vector<const kube::Pod*> pods;
    for (const auto& subject : situation.finding.affected) {
        if (subject.object.kind != "Pod") continue;
        const auto pod = situation.world.pod(subject.object.ns, subject.object.name);
        if (pod && (subject.object.uid.empty() || subject.object.uid == pod->meta.uid)) pods.push_back(pod.found);
    }
    std::sort(pods.begin(), pods.end(), [](const auto* a, const auto* b) {
        return std::tie(a->meta.name, a->meta.ns) < std::tie(b->meta.name, b->meta.ns);
    });
    pods.erase(std::unique(pods.begin(), pods.end()), pods.end());
    return pods;
}

std::variant<PodAt, Declined> chosen_pod(const Situation& situation) {
    const auto pods = shown_pods(situation);
    if (pods.empty()) return Declined{"the finding shows in no pod"};
    const auto* pod = wanted_pod(situation);
    if (!pod) {
        std::vector<std::string> names;
        for (const auto* one : pods) names.push_back(one->meta.name);
        return Declined{
            fmt::format("which pod is meant is not clear: --set pod=NAME, one of {}", base::join(names, ", "))};
    }
    const auto* live = situation.objects.find(pod->meta.ref());
    if (!live) return Declined{fmt::format("pod {} could not be read", pod->meta.name)};
    if (text_at(*live, "/metadata/uid") != pod->meta.uid)
        return Declined{fmt::format("pod {} was made anew since it was looked at", pod->meta.name)};
    return PodAt{pod, live};
}

std::variant<PodAt, Declined> pod_to_replace(const Situation& situation, std::span<const NotOf> not_of) {
    auto chosen = chosen_pod(situation);
    const auto* at = std::get_if<PodAt>(&chosen);
    if (!at) return chosen;
    if (auto reason = bad_owner(situation.world, *at->pod, not_of)) return Declined{*reason};
    if (auto reason = not_by_new_pod(situation)) return Declined{*reason};
    if (const auto phase = phase_of(*at->live); phase != "Running" && phase != "Pending")
        return Declined{fmt::format("pod {} has ended (phase {})", at->pod->meta.name, phase)};
    return chosen;
}

std::vector<kube::ObjectRef> chosen_pod_ref(const Situation& situation) {
    const auto* pod = wanted_pod(situation);
    return pod ? std::vector{pod->meta.ref()} : std::vector<kube::ObjectRef>{};
}

std::string phase_of(const json& live) { return text_at(live, "/status/phase"); }

bool is_ready(const json& live) {
    const auto* conditions = value_at(live, "/status/conditions");
    return conditions && conditions->is_array() &&
           std::any_of(conditions->begin(), conditions->end(), [](const json& one) {
               return text_at(one, "/type") == "Ready" && text_at(one, "/status") == "True";
           });
}

Draft end_pod_draft(const PodAt& pod, kube::WriteVerb verb) {
    const auto& meta = pod.pod->meta;
    Draft draft;
    draft.target.object = meta.ref();
    draft.request.verb = verb;
    draft.request.resource = kube::Resource::pods;
    draft.request.ns = meta.ns;
    draft.request.name = meta.name;
    draft.request.uid = meta.uid;
    draft.preconditions.uid = meta.uid;
    draft.changes = changes_of(draft.request);
    draft.destructive = true;
    draft.reversible = false;
    draft.inverse.description = "the pod does not come back; its controller makes a new one by itself";
    // Of the object as it is: a pod that is well keeps few of its volumes among the facts.
    const auto* volumes = value_at(*pod.live, "/spec/volumes");
    for (std::size_t i = 0; volumes && volumes->is_array() && i < volumes->size(); ++i)
        if (const auto& one = (*volumes)[i]; one.contains("emptyDir"))
            draft.risk_reasons.push_back(
                fmt::format("what it keeps in emptyDir volume {} goes with it", text_at(one, "/name")));
    return draft;
}

std::string controller_words(const kube::Pod& pod) {
    const auto* controller = pod.meta.controller();
    return controller ? fmt::format("{} {}", controller->kind, controller->name) : "";
}

std::vector<Check> replacement_checks() {
    return {{"pod_replaced", 300'000, 10}, {"restarts_flat", 600'000, 12}, {"finding_gone", 600'000, 12}};
}

}  // namespace salve::plan
