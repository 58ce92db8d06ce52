#include "kube/annotations.hpp"
#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

// autoscaling/v1 keeps the conditions as JSON in an annotation, with the same fields as status.conditions of v2.
std::vector<Condition> annotated_conditions(const Field& annotation) {
    if (!annotation) return {};
    simdjson::dom::parser parser;
    simdjson::dom::element conditions;
    const simdjson::padded_string text(annotation.view());
    if (parser.parse(text).get(conditions) != simdjson::SUCCESS) annotation.fail("is not JSON");
    const std::string where = std::string("horizontalpodautoscalers: ").append(autoscaler_conditions);
    FieldContext context(where, annotation.context().redactor());
    return decode_conditions(Field(context, conditions));
}

}  // namespace

HorizontalPodAutoscaler decode_autoscaler(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"], target = spec["scaleTargetRef"];
    HorizontalPodAutoscaler made;
    made.meta = decode_meta(object, type);
    made.target_kind = target["kind"].text();
    made.target_name = target["name"].text();
    made.target_api_version = target["apiVersion"].text();
    made.min_replicas = spec["minReplicas"].number(made.min_replicas);
    made.max_replicas = spec["maxReplicas"].number();
    made.current_replicas = status["currentReplicas"].number();
    made.desired_replicas = status["desiredReplicas"].number();
    made.conditions = status["conditions"]
                          ? decode_conditions(status["conditions"])
                          : annotated_conditions(object["metadata"]["annotations"][autoscaler_conditions]);
    return made;
}

}  // namespace salve::kube
