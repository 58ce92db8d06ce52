#include "kube/annotations.hpp"

#include <algorithm>
#include <array>

namespace salve::kube {
namespace {

// Prefixes. An entry without a slash at its end names one annotation, or a family of them.
constexpr auto kept = std::to_array<std::string_view>({
    // revision of a rollout, and what it was made for
    "deployment.kubernetes.io/",
    "deprecated.daemonset.template.generation",
    "kubernetes.io/change-cause",
    "kubectl.kubernetes.io/restartedAt",
    "checksum/",  // Helm charts: a changed ConfigMap or Secret shows as a changed checksum in the pod template
    // what salve itself wrote: its mark of a run, a note of an operator
    "salve/",
    // who manages the object (TAXONOMY 2.3)
    "meta.helm.sh/",
    "helm.sh/",
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "fluxcd.io/",
    "kapp.k14s.io/",
    "configmanagement.gke.io/",
    "objectset.rio.cattle.io/",
    "olm.",
    "operatorframework.io/",
    // static pods, and what the kubelet or the scheduler wrote
    "kubernetes.io/config.",
    "kubernetes.io/limit-ranger",
    "kubectl.kubernetes.io/default-container",
    "cluster-autoscaler.kubernetes.io/",
    "descheduler.alpha.kubernetes.io/",
    // sidecars that are put into pods
    "sidecar.istio.io/inject",
    "linkerd.io/inject",
    // storage and networking: who provides it, what is the default
    default_storage_class,
    default_storage_class_beta,
    default_ingress_class,
    "kubernetes.io/ingress.class",
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "service.alpha.kubernetes.io/tolerate-unready-endpoints",
    "endpoints.kubernetes.io/",
    // jobs
    "batch.kubernetes.io/",
    "cronjob.kubernetes.io/",
    // autoscaling
    vertical_autoscaler_marks[0],
    vertical_autoscaler_marks[1],
    "autoscaling.keda.sh/",
});

}  // namespace

bool is_kept_annotation(std::string_view key) {
    if (key.empty()) return false;
    // Most of them are ruled out by their first letter.
    return std::any_of(kept.begin(), kept.end(), [key](std::string_view prefix) {
        return key.front() == prefix.front() && key.starts_with(prefix);
    });
}

}  // namespace salve::kube
