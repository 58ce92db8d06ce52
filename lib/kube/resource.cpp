#include "kube/resource.hpp"

namespace salve::kube {
namespace {

using R = Resource;
constexpr ResourceInfo table[] = {
    {R::namespaces, "namespaces", "Namespace", "", {"v1"}, false},
    {R::pods, "pods", "Pod", "", {"v1"}, true},
    {R::events, "events", "Event", "", {"v1"}, true},
    {R::deployments, "deployments", "Deployment", "apps", {"v1"}, true},
    {R::replicasets, "replicasets", "ReplicaSet", "apps", {"v1"}, true},
    {R::statefulsets, "statefulsets", "StatefulSet", "apps", {"v1"}, true},
    {R::daemonsets, "daemonsets", "DaemonSet", "apps", {"v1"}, true},
    {R::jobs, "jobs", "Job", "batch", {"v1"}, true},
    {R::cronjobs, "cronjobs", "CronJob", "batch", {"v1", "v1beta1"}, true},
    {R::services, "services", "Service", "", {"v1"}, true},
    {R::endpointslices, "endpointslices", "EndpointSlice", "discovery.k8s.io", {"v1", "v1beta1"}, true},
    {R::persistentvolumeclaims, "persistentvolumeclaims", "PersistentVolumeClaim", "", {"v1"}, true},
    {R::resourcequotas, "resourcequotas", "ResourceQuota", "", {"v1"}, true},
    {R::limitranges, "limitranges", "LimitRange", "", {"v1"}, true, false, false, true},
    {R::serviceaccounts, "serviceaccounts", "ServiceAccount", "", {"v1"}, true, false, false, true},
    {R::ingresses, "ingresses", "Ingress", "networking.k8s.io", {"v1", "v1beta1"}, true},
    {R::networkpolicies, "networkpolicies", "NetworkPolicy", "networking.k8s.io", {"v1"}, true, false, false, true},
    {R::horizontalpodautoscalers,
     "horizontalpodautoscalers",
     "HorizontalPodAutoscaler",
     "autoscaling",
     {"v2", "v2beta2", "v1"},
     true},
    {R::poddisruptionbudgets, "poddisruptionbudgets", "PodDisruptionBudget", "policy", {"v1", "v1beta1"}, true},
    {R::nodes, "nodes", "Node", "", {"v1"}, false},
    {R::persistentvolumes, "persistentvolumes", "PersistentVolume", "", {"v1"}, false},
    {R::storageclasses, "storageclasses", "StorageClass", "storage.k8s.io", {"v1"}, false, false, false, true},
    {R::ingressclasses,
     "ingressclasses",
     "IngressClass",
     "networking.k8s.io",
     {"v1", "v1beta1"},
     false,
     false,
     false,
     true},
    {R::validatingwebhookconfigurations,
     "validatingwebhookconfigurations",
     "ValidatingWebhookConfiguration",
     "admissionregistration.k8s.io",
     {"v1"},
     false,
     true},
    {R::mutatingwebhookconfigurations,
     "mutatingwebhookconfigurations",
     "MutatingWebhookConfiguration",
     "admissionregistration.k8s.io",
     {"v1"},
     false,
     true},
    {R::apiservices, "apiservices", "APIService", "apiregistration.k8s.io", {"v1"}, false, true},
    {R::leases, "leases", "Lease", "coordination.k8s.io", {"v1"}, true, true, false, true},
    {R::controllerrevisions, "controllerrevisions", "ControllerRevision", "apps", {"v1"}, true, true, true},
};
constexpr ResourceInfo logs_row{R::logs, "pods/log", "Pod", "", {"v1"}, true};

}  // namespace

std::span<const ResourceInfo> resources() { return table; }

const ResourceInfo& info(Resource resource) {
    return resource == Resource::logs ? logs_row : table[static_cast<std::size_t>(resource)];
}

const ResourceInfo* info_of_kind(std::string_view kind) {
    for (const auto& row : table)
        if (row.kind == kind) return &row;
    return nullptr;
}

const ResourceInfo* info_of_plural(std::string_view plural) {
    for (const auto& row : table)
        if (row.plural == plural) return &row;
    return nullptr;
}

}  // namespace salve::kube
