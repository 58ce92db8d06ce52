#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

Taint decode_taint(const Field& taint) { return {taint["key"].text(), taint["value"].clean(), taint["effect"].text()}; }

LimitRangeItem decode_limit(const Field& limit) {
    LimitRangeItem made;
    made.type = limit["type"].text();
    made.min = limit["min"].text_map();
    made.max = limit["max"].text_map();
    made.default_limit = limit["default"].text_map();
    made.default_request = limit["defaultRequest"].text_map();
    made.max_ratio = limit["maxLimitRequestRatio"].text_map();
    return made;
}

}  // namespace

Node decode_node(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"], host = status["nodeInfo"];
    Node made;
    made.meta = decode_meta(object, type);
    made.unschedulable = spec["unschedulable"].flag();
    made.taints = spec["taints"].list(decode_taint);
    made.capacity = status["capacity"].text_map();
    made.allocatable = status["allocatable"].text_map();
    made.conditions = decode_conditions(status["conditions"]);
    made.kubelet_version = host["kubeletVersion"].text();
    made.container_runtime = host["containerRuntimeVersion"].text();
    made.architecture = host["architecture"].text();
    made.os = host["operatingSystem"].text();
    made.boot_id = host["bootID"].text();
    return made;
}

Lease decode_lease(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"];
    return {decode_meta(object, type), spec["renewTime"].time(), spec["leaseDurationSeconds"].maybe_number()};
}

Namespace decode_namespace(const Field& object, const TypeMeta& type) {
    const Field status = object["status"];
    return {decode_meta(object, type), status["phase"].text(), decode_conditions(status["conditions"])};
}

ResourceQuota decode_quota(const Field& object, const TypeMeta& type) {
    const Field hard = object["status"]["hard"];  // until the controller has written it, what was asked for
    return {decode_meta(object, type), hard ? hard.text_map() : object["spec"]["hard"].text_map(),
            object["status"]["used"].text_map()};
}

LimitRange decode_limit_range(const Field& object, const TypeMeta& type) {
    return {decode_meta(object, type), object["spec"]["limits"].list(decode_limit)};
}

ServiceAccount decode_service_account(const Field& object, const TypeMeta& type) {
    return {decode_meta(object, type), decode_names(object["imagePullSecrets"])};
}

ApiService decode_api_service(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], service = spec["service"];
    ApiService made;
    made.meta = decode_meta(object, type);
    made.service_ns = service["namespace"].text();
    made.service_name = service["name"].text();
    made.group = spec["group"].text();
    made.version = spec["version"].text();
    made.conditions = decode_conditions(object["status"]["conditions"]);
    return made;
}

}  // namespace salve::kube
