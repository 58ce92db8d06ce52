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

bool is_kept_condition(std::string_view type) { return type == "Ready"; }

bool is_kept_status(const ContainerStatus& status) {
    return status.list != ContainerStatus::List::init || !status.state.terminated;
}

bool is_kept_volume(const Volume& volume) {
    return volume.source == Volume::Source::claim || volume.source == Volume::Source::ephemeral;
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
