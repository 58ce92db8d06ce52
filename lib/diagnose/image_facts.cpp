#include "diagnose/image_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"

namespace salve::diagnose {

const std::string& image_of(const kube::Pod& pod, const kube::ContainerStatus& status) {
    const auto* container = kube::container_spec(pod.spec, status.name);
    return container && !container->image.empty() ? container->image.str() : status.image.str();
}

std::string container_in_words(const kube::Pod& pod, const kube::ContainerStatus& status) {
    using List = kube::ContainerStatus::List;
    std::string kind;
    if (status.list == List::ephemeral) kind = "ephemeral ";
    if (status.list == List::init) {
        const auto* container = kube::container_spec(pod.spec, status.name);
        kind = container && container->restart_policy == "Always" ? "sidecar " : "init ";
    }
    return kind + container_words(status.name);
}

bool can_set_image(const kube::Owner& owner, std::string_view container) {
    if (!owner.workload) return false;
    const auto& kind = owner.workload->meta.kind;
    if (kind != "Deployment") return false;
    const auto& containers = owner.workload->pod_template.spec.containers;
    return std::any_of(containers.begin(), containers.end(),
                       [&](const kube::Container& candidate) { return candidate.name == container; });
}

void offer_image_set(Finding& finding, const kube::Owner& owner, std::string_view container) {
    if (can_set_image(owner, container)) {
        finding.actions.emplace_back("image.set");
        return;
    }
    if (owner.workload && owner.workload->meta.kind == "StatefulSet")
        finding.advice.emplace_back(
            "Correct the image in the StatefulSet's template, then delete the stuck pod: the controller waits for it "
            "and "
            "does not replace it by itself.");
    else if (owner.workload && owner.workload->meta.kind == "DaemonSet")
        finding.advice.emplace_back(
            "Correct the image in the DaemonSet's template; it replaces its pods node by node.");
    else if (owner.is_pod)
        finding.advice.emplace_back("The pod has no controller: correct its image in place or create it anew.");
    else if (owner.job)
        finding.advice.emplace_back("The template of a Job cannot be changed: delete the Job and create it corrected.");
    else if (owner.cron_job)
        finding.advice.emplace_back(
            "Correct the CronJob's jobTemplate; the Job that is running keeps the old one until it is deleted.");
}

std::string spec_path(const kube::PodSpec& spec, std::string_view container) {
    const auto find = [&](const std::vector<kube::Container>& list, std::string_view name) -> std::string {
        for (std::size_t i = 0; i < list.size(); ++i)
            if (list[i].name == container) return fmt::format("spec.{}[{}]", name, i);
        return "";
    };
    const auto path = find(spec.containers, "containers");
    return path.empty() ? find(spec.init_containers, "initContainers") : path;
}

Evidence waiting_evidence(const kube::Pod& pod, const kube::ContainerStatus& status) {
    const auto& waiting = *status.state.waiting;
    if (waiting.message.empty()) return from_status(pod, status, "state.waiting.reason", waiting.reason);
    return from_status(pod, status, "state.waiting.message", fmt::format("{}: {}", waiting.reason, waiting.message));
}

}  // namespace salve::diagnose
