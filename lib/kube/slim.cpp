#include "kube/slim.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace salve::kube {
namespace {

const std::string revision_annotation = "deployment.kubernetes.io/revision";

// Reasons of events; no component of Kubernetes warns with one of them.
constexpr std::string_view routine[] = {"Scheduled",        "Pulled",           "Created",   "Started",
                                        "SuccessfulCreate", "SuccessfulDelete", "Completed", "SawCompletedJob"};

void slim(Container& container) {
    container.env = {};
    container.env_from = {};
    container.command = {};
    container.args = {};
    container.mounts = {};
    container.liveness.reset();
    container.readiness.reset();
    container.startup.reset();
    container.post_start.reset();
    container.pre_stop.reset();
    container.working_dir = {};
}

bool is_slim(const Container& container) {
    return container.env.empty() && container.env_from.empty() && container.command.empty() && container.args.empty() &&
           container.mounts.empty() && !container.liveness && !container.readiness && !container.startup &&
           !container.post_start && !container.pre_stop && container.working_dir.empty();
}

// Containers that many pods share are left shared where there is nothing to take.
void slim(base::List<Container>& containers) {
    if (std::all_of(containers.items().begin(), containers.items().end(), is_slim)) return;
    for (auto& container : containers) slim(container);
}

void slim(base::List<Volume>& volumes) {
    if (std::all_of(volumes.items().begin(), volumes.items().end(), is_kept_volume)) return;
    std::vector<Volume> kept;
    std::copy_if(volumes.items().begin(), volumes.items().end(), std::back_inserter(kept), is_kept_volume);
    volumes = std::move(kept);
}

}  // namespace

bool is_settled(const Pod& pod) {
    if (pod.meta.deleted) return false;
    if (pod.phase == "Succeeded") return true;
    const auto* ready = find_condition(pod.conditions, "Ready");
    const auto quiet = [](const ContainerStatus& status) {
        if (status.restarts > 0 || status.last.terminated || status.state.waiting) return false;
        return status.list == ContainerStatus::List::main
                   ? status.ready && status.state.running.has_value()
                   : !status.state.terminated || status.state.terminated->exit_code == 0;
    };
    return pod.phase == "Running" && ready && ready->status == "True" &&
           std::all_of(pod.statuses.begin(), pod.statuses.end(), quiet);
}

bool is_kept_condition(std::string_view type) { return type == "Ready" || type == "PodScheduled"; }

bool is_kept_volume(const Volume& volume) {
    return volume.source == Volume::Source::claim || volume.source == Volume::Source::ephemeral;
}

void slim(Pod& pod) {
    if (!is_settled(pod)) return;
    slim(pod.spec.init_containers);
    slim(pod.spec.containers);
    slim(pod.spec.volumes);
    pod.spec.tolerations = {};
    pod.spec.node_affinity = {};
    pod.spec.pod_affinity = {};
    pod.spec.pod_anti_affinity = {};
    pod.spec.topology_spread = {};
    pod.meta.annotations.clear();
    std::erase_if(pod.conditions, [](const Condition& condition) { return !is_kept_condition(condition.type); });
    std::erase_if(pod.statuses, [](const ContainerStatus& status) {
        return status.list == ContainerStatus::List::init && status.state.terminated;  // done; sidecars run on
    });
    pod.conditions.shrink_to_fit();
    pod.statuses.shrink_to_fit();
}

bool may_have_changed(const std::vector<Condition>& conditions, Time now) {
    const auto* progressing = find_condition(conditions, "Progressing");
    return !progressing || !progressing->last_update || now - *progressing->last_update < change_window;
}

bool is_template_kept(const Workload& workload, Time now) {
    if (workload.meta.kind == "Deployment") return may_have_changed(workload.conditions, now);
    return workload.meta.kind == "ReplicaSet";
}

bool is_kept(const Event& event) {
    return std::find(std::begin(routine), std::end(routine), event.reason) == std::end(routine);
}

RawPath kept_events() {
    std::vector<FieldTerm> terms;
    for (const auto reason : routine) terms.push_back({SelectableField::event_reason, std::string(reason), false});
    auto path = RawPath::list(Resource::events);
    path.fields(terms);
    return path;
}

long revision_of(const Workload& replica_set) {
    const auto at = replica_set.meta.annotations.find(revision_annotation);
    long revision = 0;
    if (at != replica_set.meta.annotations.end())
        std::from_chars(at->second.data(), at->second.data() + at->second.size(), revision);
    return revision;
}

}  // namespace salve::kube
