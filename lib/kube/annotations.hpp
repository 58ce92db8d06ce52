// Which annotations are kept: those that a rule, a guard or a reader of a report asks for. The rest is bulk, and often
// not for us to see.
#pragma once
#include <string_view>

namespace salve::kube {

inline constexpr std::string_view default_storage_class = "storageclass.kubernetes.io/is-default-class";
inline constexpr std::string_view default_storage_class_beta = "storageclass.beta.kubernetes.io/is-default-class";
inline constexpr std::string_view default_ingress_class = "ingressclass.kubernetes.io/is-default-class";
// autoscaling/v1 has no status.conditions: the server writes them here, as JSON (API conversion of
// HorizontalPodAutoscaler).
inline constexpr std::string_view autoscaler_conditions = "autoscaling.alpha.kubernetes.io/conditions";

// On pods whose requests a VerticalPodAutoscaler sets.
inline constexpr std::string_view vertical_autoscaler_marks[] = {"vpaUpdates", "vpaObservedContainers"};

// The list is in annotations.cpp, each entry with its reason.
bool is_kept_annotation(std::string_view key);

}  // namespace salve::kube
