// Images that the kubelet does not even try to pull (TAXONOMY 1.4): the waiting reason alone proves it.
#include <fmt/format.h>

#include "diagnose/build.hpp"
#include "diagnose/image_facts.hpp"
#include "diagnose/image_text.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pod.image.invalid-name",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "The image of a container is not a valid image reference.",
     .needs = "state.waiting.reason InvalidImageName",
     .not_when = "a well-formed reference that the registry does not have (pod.image.not-found)",
     .advice = "Write the image as [registry/]repository[:tag][@digest], all lower case before the tag."},
    {.id = "pod.image.never-present",
     .category = Category::image_pull,
     .severity = Severity::high,
     .summary = "imagePullPolicy Never forbids to pull an image that the node does not have.",
     .needs = "state.waiting.reason ErrImageNeverPull",
     .not_when = "the registry refuses or lacks the image",
     .advice = "Load the image onto every node that may run the pod, or let it be pulled: imagePullPolicy IfNotPresent "
               "with an image that is in a registry."},
    {.id = "pod.image.inspect-error",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "The container runtime of the node cannot tell whether it has the image.",
     .needs = "state.waiting.reason ImageInspectError",
     .not_when = "an image reference that cannot be parsed (pod.image.invalid-name)",
     .advice = "Look at the container runtime of the node: its log and `crictl images`."},
};

Finding invalid_name(const World& world, const Pod& pod, const ContainerStatus& status, const std::string& image) {
    auto finding = pod_finding(world, mode_in(modes, "pod.image.invalid-name"), pod, status.name);
    const auto why = why_invalid(image);
    finding.summary = fmt::format("{}: the image \"{}\" is not a valid image reference (InvalidImageName{})",
                                  container_in_words(pod, status), image, why.empty() ? "" : ": " + why);
    offer_image_set(finding, world.owner(pod), status.name);
    return finding;
}

Finding never_present(const World& world, const Pod& pod, const ContainerStatus& status, const std::string& image) {
    auto finding = pod_finding(world, mode_in(modes, "pod.image.never-present"), pod, status.name);
    finding.summary = fmt::format(
        "{}: the image {} is not on node {} and imagePullPolicy Never forbids to pull it (ErrImageNeverPull)",
        container_in_words(pod, status), image, pod.spec.node_name);
    if (const auto* spec = kube::container_spec(pod.spec, status.name); spec && spec->image_pull_policy == "Never")
        finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec,
                                              spec_path(pod.spec, status.name) + ".imagePullPolicy",
                                              spec->image_pull_policy));
    offer_image_set(finding, world.owner(pod), status.name);
    return finding;
}

Finding inspect_error(const World& world, const Pod& pod, const ContainerStatus& status, const std::string& image) {
    auto finding = pod_finding(world, mode_in(modes, "pod.image.inspect-error"), pod, status.name);
    finding.summary =
        fmt::format("{}: the runtime of node {} cannot inspect the image {} (ImageInspectError: {})",
                    container_in_words(pod, status), pod.spec.node_name, image, tail_of(status.state.waiting->message));
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (!status.state.waiting) continue;
            const auto& reason = status.state.waiting->reason;
            const auto build = reason == "InvalidImageName"    ? &invalid_name
                               : reason == "ErrImageNeverPull" ? &never_present
                               : reason == "ImageInspectError" ? &inspect_error
                                                               : nullptr;
            if (!build) continue;
            auto finding = build(world, *pod, status, image_of(*pod, status));
            finding.evidence.insert(finding.evidence.begin(), waiting_evidence(*pod, status));
            findings.push_back(std::move(finding));
        }
    return findings;
}

}  // namespace

extern const Rule image_refused;
const Rule image_refused = {.id = "image_refused", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
