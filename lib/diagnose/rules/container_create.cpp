// TAXONOMY 1.5: the runtime or the kubelet's own resource managers refuse to create the container. Texts:
// kuberuntime_container.go (step errors); containerd internal/cri/server/container_create.go.
#include <fmt/format.h>
#include <re2/re2.h>

#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/start_text.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using re2::RE2;

constexpr Mode modes[] = {
    {.id = "pod.create.error",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "The container runtime refuses to create the container.",
     .needs = "state.waiting.reason CreateContainerError.",
     .not_when = "The text names the command, a mount or the working directory (CRI-O reports those here): that is "
                 "pod.run.*.",
     .advice = "Read the runtime's text: an image without a command, a device or mount of the template, or a runtime "
               "that hangs on this node."},
    {.id = "pod.hook.precreate",
     .category = Category::other,
     .severity = Severity::medium,
     .summary = "The kubelet's resource managers (CPU, memory, devices) refuse to prepare the container.",
     .needs = "state.waiting.reason PreCreateHookError or PreStartHookError.",
     .not_when = "The container's own postStart hook failed: that is pod.hook.poststart.",
     .advice = "Look at the CPU, memory and topology manager of the node (kubelet log, reserved CPUs), or let the pod "
               "run on another node."},
};

enum class Cause { stalled_runtime, no_command, spec, other };

Cause read_cause(const std::string& text) {
    static const RE2 no_command(R"((?i)no command specified)");
    static const RE2 stalled(
        R"((?i)failed to reserve container name|context deadline exceeded|DeadlineExceeded|name "?[^"]*"? is reserved)");
    static const RE2 spec(
        R"((?i)failed to generate (?:container )?("[^"]*" )?spec|failed to create containerd container.*spec)");
    if (RE2::PartialMatch(text, no_command)) return Cause::no_command;
    if (RE2::PartialMatch(text, stalled)) return Cause::stalled_runtime;
    return RE2::PartialMatch(text, spec) ? Cause::spec : Cause::other;
}

// A slow runtime heals; one that still holds the name after a minute is stuck.
bool too_young(const World& world, const Pod& pod, Cause cause) {
    return cause == Cause::stalled_runtime && world.now() - pod.meta.created < pending_grace;
}

Finding place(const World& world, const Pod& pod, const ContainerStatus& status, const Mode& mode, Cause cause) {
    if (cause != Cause::stalled_runtime || pod.spec.node_name.empty())
        return pod_finding(world, mode, pod, status.name);
    const auto node = world.node(pod.spec.node_name);
    const auto ref = node ? node->meta.ref() : ObjectRef{"v1", "Node", "", pod.spec.node_name, ""};
    return pod_finding_on(world, mode, ref, pod, status.name);
}

void say_cause(Finding& finding, const Pod& pod, const std::string& image, Cause cause) {
    if (cause == Cause::stalled_runtime)
        finding.advice = {
            fmt::format("The container runtime of node {} hangs or is overloaded: look at its log, its disk "
                        "and its load. The template is not to blame.",
                        pod.spec.node_name)};
    else if (cause == Cause::no_command)
        finding.advice = {
            fmt::format("Image {} has neither ENTRYPOINT nor CMD: set command in the template, or correct "
                        "the image.",
                        image)};
    else if (cause == Cause::spec)
        finding.advice = {
            "The runtime could not turn the template into a container: check devices, mounts, seccomp and "
            "AppArmor profiles of the container and what the node offers."};
}

Finding describe(const World& world, const Pod& pod, const ContainerStatus& status, const Mode& mode, Cause cause) {
    const auto& waiting = *status.state.waiting;
    auto finding = place(world, pod, status, mode, cause);
    finding.evidence.push_back(
        from_status(pod, status, "state.waiting", fmt::format("{}: {}", waiting.reason, waiting.message)));
    const auto* spec = kube::container_spec(pod.spec, status.name);
    const auto image = spec ? spec->image : status.image;
    if (cause == Cause::no_command)
        finding.evidence.push_back(
            from_field(pod.meta.ref(), Source::spec, spec_path(pod, status.name) + ".image", image));
    const auto text = waiting.message.empty() ? std::string("no text was given") : excerpt(waiting.message);
    finding.summary =
        fmt::format("{} cannot be created on node {} ({}): {}.", container_of_owner(world, pod, status.name),
                    pod.spec.node_name, waiting.reason, text);
    say_cause(finding, pod, image, cause);
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses) {
            if (!status.state.waiting || status.list == ContainerStatus::List::ephemeral) continue;
            const auto& [reason, text] = *status.state.waiting;
            if (reason == "PreCreateHookError" || reason == "PreStartHookError") {
                out.push_back(describe(world, *pod, status, mode_in(modes, "pod.hook.precreate"), Cause::other));
                continue;
            }
            if (reason != "CreateContainerError") continue;
            const auto cause = read_cause(text);
            if (too_young(world, *pod, cause)) continue;
            // What CRI-O says here of command and mounts belongs to container_start.
            if (cause == Cause::other && read_start_text(text).fault != StartFault::device_or_oci) continue;
            out.push_back(describe(world, *pod, status, mode_in(modes, "pod.create.error"), cause));
        }
    return out;
}

}  // namespace

extern const Rule container_create;
const Rule container_create{.id = "container_create", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
