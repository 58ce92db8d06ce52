// Containers whose image cannot be pulled, with what was read about the cause.
#pragma once
#include <span>

#include "diagnose/finding.hpp"
#include "diagnose/image_text.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

struct ImageFailure {
    const kube::Pod* pod = nullptr;
    const kube::ContainerStatus* status = nullptr;  // its state.waiting is set
    std::string image;                              // as written in the spec
    ImageReference reference;                       // of it
    PullCause cause = PullCause::unknown;
    std::string text;                    // of the cause; empty when neither status nor event carries one
    bool text_from_event = false;        // else from the status
    const kube::Event* event = nullptr;  // the newest "Failed to pull image" of this container and image, or null
    const kube::Event* secret_event = nullptr;  // FailedToRetrieveImagePullSecret of the pod, or null
    std::vector<std::string> missing_secrets;   // the names in it
};

// Every container of a candidate pod (init, main, sidecar, ephemeral) that waits in ErrImagePull, ImagePullBackOff,
// RegistryUnavailable or SignatureValidationFailed. A first pull that is going on is none of these (the container is
// ContainerCreating or PodInitializing). A Pulling event newer than the last Failed one does not clear a container: the
// recorder drops Warnings and Normals by separate budgets, so that order is often false.
std::vector<ImageFailure> image_failures(const kube::World& world);

// The newest FailedToRetrieveImagePullSecret event of the pod, or null; and the Secrets it names.
const kube::Event* missing_secret_event(const kube::World& world, const kube::Pod& pod);
std::vector<std::string> named_secrets(const kube::Event& event);

// One sentence with image, cause and, where it is no single owner's, how many owners fail alike.
std::string failure_summary(const kube::World& world, const ImageFailure& failure, std::span<const ImageFailure> all);
void add_failure_evidence(Finding& finding, const kube::World& world, const ImageFailure& failure);
void add_failure_advice(Finding& finding, const kube::World& world, const ImageFailure& failure);

}  // namespace salve::diagnose
