#include "kube/annotations.hpp"
#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

OwnerReference decode_owner(const Field& owner) {
    return {owner["apiVersion"].text(), owner["kind"].text(), owner["name"].text(), owner["uid"].text(),
            owner["controller"].flag()};
}

Condition decode_condition(const Field& condition) {
    Condition made;
    made.type = condition["type"].view();
    made.status = condition["status"].view();
    made.reason = condition["reason"].view();
    made.message = condition["message"].clean();
    made.last_transition = condition["lastTransitionTime"].time();
    // The same idea under the names of workloads, nodes, pods and jobs.
    for (const char* name : {"lastUpdateTime", "lastHeartbeatTime", "lastProbeTime"})
        if (!made.last_update) made.last_update = condition[name].time();
    return made;
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
    const Field meta = object["metadata"];
    Meta made;
    made.api_version = type.api_version;
    made.kind = type.kind;
    made.ns = meta["namespace"].text();
    made.name = meta["name"].text();
    made.uid = meta["uid"].text();
    made.generation = meta["generation"].maybe_long();
    made.created = meta["creationTimestamp"].time().value_or(Time{});
    made.deleted = meta["deletionTimestamp"].time();
    auto& recalls = object.context().recalls();
    made.labels = recalled(meta["labels"], recalls.labels, [](const Field& labels) { return labels.text_map(); });
    made.owners = recalled(meta["ownerReferences"], recalls.owners,
                           [](const Field& owners) { return base::List<OwnerReference>(owners.list(decode_owner)); });
    made.finalizers = meta["finalizers"].texts();
    return made;
}

std::vector<Condition> decode_conditions(const Field& conditions) { return conditions.list(decode_condition); }

std::vector<Condition> decode_conditions(const Field& conditions, bool (*keep)(std::string_view type)) {
    std::vector<Condition> made;
    conditions.each([&](const Field& condition) {
        if (keep(condition["type"].view())) made.push_back(decode_condition(condition));
    });
    return made;
}

SelectorRequirement decode_requirement(const Field& requirement) {
    return {requirement["key"].text(), requirement["operator"].text(), requirement["values"].texts()};
}

std::optional<LabelSelector> decode_selector(const Field& selector) {
    if (!selector) return std::nullopt;
    return LabelSelector{selector["matchLabels"].text_map(), selector["matchExpressions"].list(decode_requirement)};
}

std::vector<std::string> decode_names(const Field& references) {
    return references.list([](const Field& reference) { return reference["name"].text(); });
}

}  // namespace salve::kube
