// Back to the pod template of an older ReplicaSet, where what the newest revision changed explains the fault
// (TAXONOMY 2.4). Not `kubectl rollout undo`: that tests nothing and replaces the Deployment's annotations.
#include <fmt/format.h>

#include <algorithm>

#include "kube/slim.hpp"
#include "plan/draft.hpp"
#include "plan/field_diff.hpp"

namespace salve::plan::actions {
namespace {

using kube::Workload;

constexpr std::string_view kinds[] = {"Deployment"};
constexpr std::string_view values[] = {"revision"};
constexpr const char* hash_label = "pod-template-hash";

// The Deployment: the root of the finding, or the one that it affects where the root is what a template names (a
// ConfigMap that is not there).
std::optional<kube::ObjectRef> deployment_of(const Situation& situation) {
    const auto& root = situation.finding.root.object;
    if (root.kind == "Deployment") return root;
    std::optional<kube::ObjectRef> only;
    for (const auto& subject : situation.finding.affected) {
        if (subject.object.kind != "Deployment") continue;
        if (only) return std::nullopt;
        only = subject.object;
    }
    return only;
}

// The ReplicaSet to go back to: the one that still serves, else the one before the newest.
const Workload* older_set(const Situation& situation) {
    const auto target = deployment_of(situation);
    if (!target) return nullptr;
    const auto deployment = situation.world.deployment(target->ns, target->name);
    if (!deployment) return nullptr;
    const auto sets = situation.world.replica_sets_of(*deployment);
    const auto wanted = number_of(situation, "revision", 1, 1'000'000'000);
    for (std::size_t i = 1; i < sets.size(); ++i)
        if (wanted ? kube::revision_of(*sets[i]) == *wanted : sets[i]->ready > 0) return sets[i];
    return !wanted && sets.size() > 1 ? sets[1] : nullptr;
}

std::vector<kube::ObjectRef> reads(const Situation& situation) {
    const auto* set = older_set(situation);
    return set ? std::vector{*deployment_of(situation), set->meta.ref()} : std::vector<kube::ObjectRef>{};
}

json template_of(const json& set) {
    auto value = set.value("/spec/template"_json_pointer, json::object());
    if (const auto* labels = value_at(value, "/metadata/labels"); labels && labels->is_object())
        value["metadata"]["labels"].erase(hash_label);
    return value;
}

bool is_template(const json& value) {
    const auto* spec = value_at(value, "/spec");
    return spec && spec->is_object();
}

// Writes the change of the template as the server has it into the one that was, operation by operation.
void put_back(Patch& patch, const json& now, const json& then) {
    const auto at = [](const json& operation) { return "/spec/template" + operation["path"].get<std::string>(); };
    for (const auto& operation : json::diff(now, then)) {
        if (operation["op"] == "remove")
            patch.remove(at(operation));
        else
            patch.put(at(operation), operation["value"]);
    }
}

// A list that becomes shorter or longer moves what stands behind it: then positions do not say what is meant.
bool same_shape(const json& now, const json& then) {
    if (now.is_array() && then.is_array()) {
        if (now.size() != then.size()) return false;
        for (std::size_t i = 0; i < now.size(); ++i)
            if (!same_shape(now[i], then[i])) return false;
    }
    if (now.is_object() && then.is_object())
        for (const auto& [key, value] : now.items())
            if (then.contains(key) && !same_shape(value, then[key])) return false;
    return true;
}

void add_words(Draft& draft, const Situation& situation, const Workload& set) {
    const auto revision = kube::revision_of(set);
    draft.description =
        fmt::format("Put the pod template of Deployment {} back to that of revision {} (ReplicaSet {}).",
                    draft.target.object.name, revision, set.meta.name);
    draft.why = fmt::format("{} {}", sentence(situation.finding.summary),
                            situation.finding.change.empty()
                                ? "You named the revision."
                                : sentence("It began with the newest revision: " + situation.finding.change));
    draft.risk = Risk::medium;
    draft.risk_reasons = {"every pod of the newest revision is replaced",
                          "ConfigMaps, Secrets and data stay as they are now"};
    if (set.ready > 0) {
        draft.why += fmt::format(" Revision {} still serves with {} ready {}.", revision, set.ready,
                                 set.ready == 1 ? "pod" : "pods");
    } else {
        draft.risk = Risk::high;
        draft.risk_reasons.push_back(
            fmt::format("revision {} has no pod now: nothing shows that it still works", revision));
    }
    draft.inverse.description = "puts the present template back";
    draft.verify = rollout_checks();
}

Proposal propose(const Situation& situation) {
    const auto target = deployment_of(situation);
    if (!target) return Declined{"it concerns no Deployment, or several"};
    const auto* live = situation.objects.find(*target);
    if (!live) return Declined{"the Deployment could not be read"};
    const auto* set = older_set(situation);
    if (!set) return Declined{"there is no older revision"};
    const auto* old = situation.objects.find(set->meta.ref());
    if (!old) return Declined{fmt::format("ReplicaSet {} could not be read", set->meta.name)};
    if (situation.finding.change.empty() && !value_of(situation, "revision"))
        return Declined{"nothing shows that the newest revision changed what is at fault"};
    const auto now = live->value("/spec/template"_json_pointer, json::object()), then = template_of(*old);
    if (!is_template(now) || !is_template(then)) return Declined{"a pod template could not be read"};
    if (now == then) return Declined{fmt::format("revision {} has the same template", kube::revision_of(*set))};
    Patch patch(*live);
    if (same_shape(now, then)) {
        for (std::size_t i = 0; i < now.value("/spec/containers"_json_pointer, json::array()).size(); ++i)
            patch.hold_name(fmt::format("/spec/template/spec/containers/{}", i));
        put_back(patch, now, then);
    } else {
        patch.put("/spec/template/spec", then.at("spec"));
        // Key by key: annotations that salve does not read stay as they are.
        put_back(patch, {{"metadata", now.value("metadata", json::object())}},
                 {{"metadata", then.value("metadata", json::object())}});
    }
    auto draft = patch_draft(situation, patch, {*target, situation.finding.root.container});
    add_words(draft, situation, *set);
    return draft;
}

}  // namespace

extern const Action rollout_undo;
constinit const Action rollout_undo = {
    .id = "rollout.undo",
    .summary = "Puts the pod template of a Deployment back to that of an older revision.",
    .risk = Risk::medium,
    .reverses = "puts the newer template back",
    .kinds = kinds,
    .values = values,
    .restores = true,
    .reads = reads,
    .propose = propose,
};

}  // namespace salve::plan::actions
