#include "plan/gates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kube/names.hpp"
#include "plan/draft.hpp"
#include "plan/patch.hpp"

namespace salve::plan {
namespace {

// Modes that keep new pods of a namespace from coming up, whoever owns them.
constexpr auto blocks_namespace = std::to_array<std::string_view>(
    {"ctrl.failed-create.", "quota.exhausted", "webhook.backend-down", "ns.terminating", "dns.cluster-down",
     "pod.sandbox.", "node.network-unavailable", "ctrl.not-observing", "pod.pending.no-scheduler"});

// Modes that keep new pods of the same owner from coming up.
constexpr auto blocks_owner =
    std::to_array<std::string_view>({"pod.image.", "pod.pending.", "pod.volume.", "pod.config.", "pod.create.",
                                     "sts.failed-create", "deploy.rs-create-error", "pod.run.", "pod.init."});

template <std::size_t Count>
bool has_prefix(const std::array<std::string_view, Count>& prefixes, std::string_view id) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return id.starts_with(prefix); });
}

bool touches(const Finding& finding, const auto& matches) {
    return matches(finding.root.object) || std::any_of(finding.affected.begin(), finding.affected.end(),
                                                       [&](const auto& subject) { return matches(subject.object); });
}

std::optional<std::string> gone(const Situation& situation, const Draft& draft, const json* live) {
    const auto& target = draft.target.object;
    if (!live)
        return fmt::format("{} {} could not be read whole, so nothing can be said of it", target.kind, target.name);
    if (value_at(*live, "/metadata/deletionTimestamp"))
        return fmt::format("{} {} is being deleted", target.kind, target.name);
    const auto ns = situation.world.name_space(target.ns);
    if (ns && ns->phase == "Terminating") return fmt::format("the namespace {} is being deleted", target.ns);
    const auto* uid = value_at(*live, "/metadata/uid");
    if (!target.uid.empty() && (!uid || *uid != target.uid))
        return fmt::format("{} {} was made anew since it was looked at", target.kind, target.name);
    return std::nullopt;
}

// Controllers that write what they keep somewhere else, by the names under which they do so (TAXONOMY 2.3): Argo CD
// before 3.0 marks its objects with a label that Helm charts have as well, so that only this tells.
void add_field_managers(const json& live, std::vector<std::string>& into) {
    constexpr std::pair<std::string_view, std::string_view> known[] = {{"argocd-controller", "argocd"},
                                                                       {"argocd-application-controller", "argocd"},
                                                                       {"kustomize-controller", "flux"},
                                                                       {"helm-controller", "flux"}};
    const auto* entries = value_at(live, "/metadata/managedFields");
    if (!entries || !entries->is_array()) return;
    for (const auto& entry : *entries)
        for (const auto& [manager, name] : known) {
            const bool said = std::any_of(into.begin(), into.end(), [name = name](const std::string& one) {
                return one == name || one.starts_with(std::string(name) + ":");
            });
            if (!said && entry.value("manager", "") == manager) into.emplace_back(name);
        }
}

// Why the requests of the draft cannot become commands, or nothing.
std::optional<std::string> unsendable(const Draft& draft) try {
    command_of(draft.request, {});
    if (draft.inverse.request) command_of(*draft.inverse.request, {});
    return std::nullopt;
} catch (const base::Error& error) {
    return error.what();
}

// What makes the pods anew that end with the target.
kube::ObjectRef replaced_by(const kube::World& world, const kube::ObjectRef& target) {
    if (target.kind != "Pod") return target;
    const auto pod = world.pod(target.ns, target.name);
    return pod ? world.owner(*pod).ref : target;
}

// Whether the finding shows in that pod and in no other one.
bool is_of_pod_alone(const Finding& finding, const kube::ObjectRef& pod) {
    if (pod.kind != "Pod" || !has_prefix(blocks_owner, finding.mode->id)) return false;
    bool shown = false;
    for (const auto& subject : finding.affected) {
        if (subject.object.kind != "Pod") continue;
        if (!subject.object.same_name(pod)) return false;
        shown = true;
    }
    return shown;
}

// A change of the pod template of what is paused would only wait, and be rolled out when nobody expects it.
bool waits_for_resume(const Draft& draft, const json& live) {
    const auto* paused = value_at(live, "/spec/paused");
    return paused && *paused == true && std::any_of(draft.changes.begin(), draft.changes.end(), [](const Change& one) {
               return one.path.starts_with("/spec/template");
           });
}

bool is_static_pod(const json& live) {
    return value_at(live, "/metadata/annotations/kubernetes.io~1config.mirror") != nullptr;
}

}  // namespace

bool only_helm(const std::vector<std::string>& managers) {
    return std::all_of(managers.begin(), managers.end(),
                       [](const std::string& one) { return one == "helm" || one.starts_with("helm:"); });
}

std::vector<std::string> reverted_by(const Finding& finding, const json* live) {
    auto managers = finding.managed_by;
    if (live) add_field_managers(*live, managers);
    const auto* owners = live ? value_at(*live, "/metadata/ownerReferences") : nullptr;
    if (owners && owners->is_array())
        for (const auto& owner : *owners)
            if (const auto* controls = value_at(owner, "/controller"); controls && *controls == true) {
                const auto kind = text_at(owner, "/kind"), name = text_at(owner, "/name");
                if (!kube::info_of_kind(kind)) managers.push_back(base::lower_ascii(kind) + ":" + name);
            }
    std::sort(managers.begin(), managers.end());
    managers.erase(std::unique(managers.begin(), managers.end()), managers.end());
    return managers;
}

std::optional<std::string> not_recreatable(const Situation& situation, const kube::ObjectRef& target, bool cures) {
    const auto owner = replaced_by(situation.world, target);
    for (const auto& finding : situation.findings) {
        const bool same = finding.id == situation.finding.id && finding.mode == situation.finding.mode;
        if (is_of_pod_alone(finding, target) || (cures && same)) continue;
        const auto id = finding.mode->id;
        const bool in_namespace =
            has_prefix(blocks_namespace, id) &&
            (finding.root.object.ns.empty() || touches(finding, [&](const auto& one) { return one.ns == owner.ns; }));
        const bool of_owner =
            has_prefix(blocks_owner, id) && touches(finding, [&](const auto& one) { return one.same_name(owner); });
        if (in_namespace || of_owner)
            return fmt::format("a pod that ends now would not be replaced: {}", finding.summary);
    }
    return std::nullopt;
}

std::optional<std::string> refusal(const Situation& situation, const Action& action, const Draft& draft) {
    const auto& target = draft.target.object;
    for (const auto& ns : {target.ns, draft.request.ns})
        if (kube::is_system_namespace(ns)) return fmt::format("nothing is ever changed in {}", ns);
    if (std::find(action.kinds.begin(), action.kinds.end(), target.kind) == action.kinds.end())
        return fmt::format("{} is not for a {}", action.id, target.kind);
    const auto* live = situation.objects.find(target);
    if (auto reason = gone(situation, draft, live)) return reason;
    if (target.kind == "Pod" && is_static_pod(*live)) return fmt::format("pod {} belongs to its node", target.name);
    if (waits_for_resume(draft, *live)) return fmt::format("{} {} is paused", target.kind, target.name);
    if (is_redacted(draft.request.patch))
        return "the change holds a value that salve does not read because it may be secret";
    if (auto reason = unsendable(draft)) return reason;
    if (draft.ends_pods)
        if (auto reason = not_recreatable(situation, target, draft.cures)) return reason;
    return std::nullopt;
}

}  // namespace salve::plan
