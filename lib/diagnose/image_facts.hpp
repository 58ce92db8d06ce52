// What the image rules ask of a pod.
#pragma once
#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// The image that the pod asks for in that container, as written; of an ephemeral container what its status says.
const std::string& image_of(const kube::Pod& pod, const kube::ContainerStatus& status);

// 'init container "setup"', 'sidecar container "proxy"', 'ephemeral container "debug"' or 'container "app"'.
std::string container_in_words(const kube::Pod& pod, const kube::ContainerStatus& status);

// Whether image.set can repair it: a main container of a Deployment, which can be rolled back (TAXONOMY 2.4: the patch
// addresses spec.template.spec.containers).
bool can_set_image(const kube::Owner& owner, std::string_view container);

// Adds image.set, whose value always comes from the operator, or advice to recreate where the owner is of another kind.
void offer_image_set(Finding& finding, const kube::Owner& owner, std::string_view container);

// "spec.containers[0]" or "spec.initContainers[1]": where the container of that name stands; empty when it is in
// neither.
std::string spec_path(const kube::PodSpec& spec, std::string_view container);

// The container's state.waiting as evidence, "REASON: message".
Evidence waiting_evidence(const kube::Pod& pod, const kube::ContainerStatus& status);

}  // namespace salve::diagnose
