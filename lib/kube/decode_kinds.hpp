// One function for each shape of Kubernetes JSON that decode.cpp and its neighbours share. Each reads the object that
// the field is, and throws as Field does. Not for use outside lib/kube.
#pragma once
#include "kube/decode.hpp"
#include "kube/field.hpp"
#include "kube/recall.hpp"

namespace salve::kube {

// What the answer's envelope says about each of its items.
struct TypeMeta {
    base::Symbol api_version, kind;
};

Meta decode_meta(const Field& object, const TypeMeta& type);
Meta decode_bare_meta(const Field& object, const TypeMeta& type);  // without annotations
base::TextMap decode_annotations(const Field& annotations);
bool is_any_condition(std::string_view type);
std::vector<Condition> decode_conditions(const Field& conditions);
std::vector<Condition> decode_conditions(const Field& conditions, bool (*keep)(std::string_view type));
std::optional<LabelSelector> decode_selector(const Field& selector);
SelectorRequirement decode_requirement(const Field& requirement);
std::vector<std::string> decode_names(const Field& references);  // [].name

Container decode_container(const Field& container);
base::List<VolumeMount> decode_mounts(const Field& container);
Container decode_lean_container(const Field& container);  // of it what is kept of a settled pod's
SecurityContext decode_security(const Field& security);
Volume decode_volume(const Field& volume);
PodSpec decode_pod_spec(const Field& spec);
PodTemplate decode_pod_template(const Field& pod_template);
PodTemplate decode_lean_template(const Field& pod_template);  // as kube/slim.hpp says
ContainerStatus decode_container_status(const Field& status, ContainerStatus::List list, int index);
Pod decode_pod(const Field& object, const TypeMeta& type);
Pod decode_lean_pod(const Field& object, const TypeMeta& type);

Workload decode_workload(const Field& object, const TypeMeta& type, const Asked& asked);
Job decode_job(const Field& object, const TypeMeta& type, const Asked& asked);
ControllerRevision decode_revision(const Field& object, const TypeMeta& type);
CronJob decode_cron_job(const Field& object, const TypeMeta& type, const Asked& asked);
HorizontalPodAutoscaler decode_autoscaler(const Field& object, const TypeMeta& type);
PodDisruptionBudget decode_budget(const Field& object, const TypeMeta& type);

Service decode_service(const Field& object, const TypeMeta& type);
EndpointSlice decode_endpoint_slice(const Field& object, const TypeMeta& type);
Ingress decode_ingress(const Field& object, const TypeMeta& type);
NetworkPolicy decode_network_policy(const Field& object, const TypeMeta& type);
IngressClass decode_ingress_class(const Field& object, const TypeMeta& type);

Node decode_node(const Field& object, const TypeMeta& type);
Lease decode_lease(const Field& object, const TypeMeta& type);
Namespace decode_namespace(const Field& object, const TypeMeta& type);
PersistentVolumeClaim decode_claim(const Field& object, const TypeMeta& type);
PersistentVolume decode_volume_object(const Field& object, const TypeMeta& type);
StorageClass decode_storage_class(const Field& object, const TypeMeta& type);
ResourceQuota decode_quota(const Field& object, const TypeMeta& type);
LimitRange decode_limit_range(const Field& object, const TypeMeta& type);
ServiceAccount decode_service_account(const Field& object, const TypeMeta& type);
WebhookConfiguration decode_webhooks(const Field& object, const TypeMeta& type);
ApiService decode_api_service(const Field& object, const TypeMeta& type);
Event decode_event(const Field& object, const TypeMeta& type);

// What make(field) gives, or gave lately of the same bytes. Not where a text was cleaned: each is counted.
template <typename T, typename Make>
T recalled(const Field& field, Recall<T>& lately, Make make) {
    const auto bytes = field.bytes();
    if (!bytes) return make(field);
    if (const auto* known = lately.find(*bytes)) return *known;
    const auto cleaned = field.context().cleaned();
    T made = make(field);
    if (field.context().cleaned() == cleaned) lately.keep(*bytes, made);
    return made;
}

}  // namespace salve::kube
