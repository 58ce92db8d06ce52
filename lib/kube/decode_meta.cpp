#include "kube/annotations.hpp"
#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

OwnerReference decode_owner(const Field& owner) {
    const auto [api_version, kind, name, uid, controller] =
        owner.get<"apiVersion", "kind", "name", "uid", "controller">();
    return {api_version.text(), kind.text(), name.text(), uid.text(), controller.flag()};
}

}  // namespace

base::TextMap decode_annotations(const Field& annotations) {
    std::vector<base::TextMap::value_type> made;
    annotations.members([&](std::string_view key, const Field& value) {
        const std::string_view text = value.view();  // also of one that is not kept: a wrong type must not pass
        if (!is_kept_annotation(key)) return;
        if (auto redacted = value.context().clean_annotation(key, text)) made.emplace_back(key, std::move(*redacted));
    });
    return base::TextMap(std::move(made));
}

Meta decode_meta(const Field& object, const TypeMeta& type) {
    auto made = decode_bare_meta(object, type);
    made.annotations = decode_annotations(object["metadata"]["annotations"]);
    return made;
}

Meta decode_bare_meta(const Field& object, const TypeMeta& type) {
    const auto [name, ns, uid, generation, created, deleted, labels, owners, finalizers] =
        object["metadata"]
            .get<"name", "namespace", "uid", "generation", "creationTimestamp", "deletionTimestamp", "labels",
                 "ownerReferences", "finalizers">();
    Meta made;
    made.api_version = type.api_version;
    made.kind = type.kind;
    made.ns = ns.text();
    made.name = name.text();
    made.uid = uid.text();
    made.generation = generation.maybe_long();
    made.created = created.time().value_or(Time{});
    made.deleted = deleted.time();
    auto& recalls = object.context().recalls();
    made.labels = recalled(labels, recalls.labels, [](const Field& field) { return field.text_map(); });
    made.owners = recalled(owners, recalls.owners,
                           [](const Field& field) { return base::List<OwnerReference>(field.list(decode_owner)); });
    made.finalizers = finalizers.texts();
    return made;
}

bool is_any_condition(std::string_view) { return true; }

std::vector<Condition> decode_conditions(const Field& conditions) {
    return decode_conditions(conditions, is_any_condition);
}

std::vector<Condition> decode_conditions(const Field& conditions, bool (*keep)(std::string_view type)) {
    std::vector<Condition> made;
    conditions.each([&](const Field& condition) {
        const auto type = condition["type"].view();
        if (!keep(type)) return;
        const auto [status, reason, message, transition, update, heartbeat, probe] =
            condition.get<"status", "reason", "message", "lastTransitionTime", "lastUpdateTime", "lastHeartbeatTime",
                          "lastProbeTime">();
        auto& one = made.emplace_back();
        one.type = type;
        one.status = status.view();
        one.reason = reason.view();
        one.message = message.clean();
        one.last_transition = transition.time();
        // The same idea under the names of workloads, nodes, pods and jobs.
        for (const auto* time : {&update, &heartbeat, &probe})
            if (!one.last_update) one.last_update = time->time();
    });
    return made;
}

SelectorRequirement decode_requirement(const Field& requirement) {
    const auto [key, op, values] = requirement.get<"key", "operator", "values">();
    return {key.text(), op.text(), values.texts()};
}

std::optional<LabelSelector> decode_selector(const Field& selector) {
    if (!selector) return std::nullopt;
    const auto [labels, expressions] = selector.get<"matchLabels", "matchExpressions">();
    return LabelSelector{labels.text_map(), expressions.list(decode_requirement)};
}

std::vector<std::string> decode_names(const Field& references) {
    return references.list([](const Field& reference) { return reference["name"].text(); });
}

}  // namespace salve::kube
