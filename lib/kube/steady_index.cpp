#include "kube/steady_index.hpp"

#include <algorithm>

#include "kube/world.hpp"
#include "kube/world_lookup.hpp"

namespace salve::kube {
namespace {

template <typename Index, typename T>
void by_namespace(Index& index, const std::vector<T>& objects) {
    for (const auto& object : objects) index[object.meta.ns].push_back(&object);
}

bool is_usual(std::string_view condition) {
    return condition == "Ready" || condition == "ContainersReady" || condition == "Initialized" ||
           condition == "PodScheduled" || condition == "PodReadyToStartContainers" || condition == "PodHasNetwork";
}

bool runs_first_life(const ContainerStatus& status) {
    const auto& state = status.state;
    const bool done = status.list == ContainerStatus::List::init && state.terminated &&
                      state.terminated->exit_code == 0 && state.terminated->reason == "Completed";
    return status.ready && status.started != false && status.restarts == 0 && !state.waiting &&
           (state.running.has_value() || done) && (!state.terminated || done) && !status.last.waiting &&
           !status.last.running && !status.last.terminated && status.list != ContainerStatus::List::ephemeral;
}

// Of what the pod itself says.
bool only_runs(const Pod& pod) {
    return pod.phase == "Running" && pod.reason.empty() && pod.message.empty() && pod.nominated_node.empty() &&
           !pod.spec.node_name.empty() && !pod.statuses.empty() && is_ready(pod) &&
           std::all_of(pod.conditions.begin(), pod.conditions.end(),
                       [](const Condition& one) { return one.status == "True" && is_usual(one.type); }) &&
           std::all_of(pod.statuses.begin(), pod.statuses.end(), runs_first_life);
}

// Whether the same made both, as of neighbours mostly.
bool are_siblings(const Pod& a, const Pod& b) {
    return a.meta.owners == b.meta.owners && a.meta.labels == b.meta.labels && a.meta.ns == b.meta.ns;
}

}  // namespace

SteadyIndex::Lists SteadyIndex::lists_of(const Snapshot& all) {
    const auto where = [](const auto& list) -> std::pair<const void*, std::size_t> {
        return {list.data(), list.size()};
    };
    return {where(all.pods),    where(all.events),          where(all.deployments), where(all.stateful_sets),
            where(all.jobs),    where(all.daemon_sets),     where(all.cron_jobs),   where(all.services),
            where(all.claims),  where(all.endpoint_slices), where(all.ingresses),   where(all.autoscalers),
            where(all.budgets), where(all.nodes),           where(all.volumes),     where(all.namespaces)};
}

SteadyIndex::SteadyIndex(const Snapshot& snapshot) : pods(snapshot.pods), lists_(lists_of(snapshot)) {
    by_name(services, snapshot.services);
    by_name(claims, snapshot.claims);
    by_name(volumes, snapshot.volumes);
    by_name(nodes, snapshot.nodes);
    by_name(namespaces, snapshot.namespaces);
    by_namespace(services_by_ns, snapshot.services);
    by_namespace(ingresses_by_ns, snapshot.ingresses);
    by_namespace(autoscalers_by_ns, snapshot.autoscalers);
    by_namespace(budgets_by_ns, snapshot.budgets);
    for (const auto& slice : snapshot.endpoint_slices) slices[{slice.meta.ns, slice.service}].push_back(&slice);
    for (const auto& event : snapshot.events) events[event.about.uid].push_back(&event);
    for (auto& [uid, about] : events)
        std::stable_sort(about.begin(), about.end(), [](auto* a, auto* b) {
            return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
        });
    index_workloads(snapshot);
    index_pods(snapshot);
}

void SteadyIndex::index_workloads(const Snapshot& snapshot) {
    by_name(deployments, snapshot.deployments);
    by_name(stateful_sets, snapshot.stateful_sets);
    by_name(daemon_sets, snapshot.daemon_sets);
    for (const auto* list : {&snapshot.deployments, &snapshot.stateful_sets, &snapshot.daemon_sets}) {
        by_uid(workloads_by_uid, *list);
        for (const auto& workload : *list) workloads.push_back(&workload);
    }
    std::sort(workloads.begin(), workloads.end(), [](auto* a, auto* b) {
        return std::tie(a->meta.ns, a->meta.name, a->meta.kind) < std::tie(b->meta.ns, b->meta.name, b->meta.kind);
    });
    by_name(jobs, snapshot.jobs);
    by_uid(jobs_by_uid, snapshot.jobs);
    by_uid(cron_jobs_by_uid, snapshot.cron_jobs);
    for (const auto& job : snapshot.jobs)
        if (const auto* owner = job.meta.controller()) jobs_by_owner[owner->uid].push_back(&job);
    for (auto& [uid, made] : jobs_by_owner)
        std::sort(made.begin(), made.end(), [](auto* a, auto* b) {
            return std::make_tuple(-a->meta.created.us, std::string_view(a->meta.name)) <
                   std::make_tuple(-b->meta.created.us, std::string_view(b->meta.name));
        });
}

// The Deployment controller names its ReplicaSets after themselves and their hash, which it puts on the pods as well
// (pkg/controller/deployment/sync.go getNewReplicaSet), and no other controller uses that label.
const Workload* SteadyIndex::deployment_by_hash(const Pod& pod, const OwnerReference& controller) const {
    if (controller.kind != "ReplicaSet") return nullptr;
    const auto hash = pod.meta.labels.find(hash_label);
    if (hash == pod.meta.labels.end()) return nullptr;
    std::string_view name = controller.name;
    if (name.ends_with(hash->second)) name.remove_suffix(hash->second.size());
    if (name.size() == controller.name.size() || !name.ends_with('-')) return nullptr;
    name.remove_suffix(1);
    const auto* deployment = find(deployments, {pod.meta.ns, name});
    return deployment && deployment->selector && matches(*deployment->selector, pod.meta.labels) ? deployment : nullptr;
}

void SteadyIndex::index_pods(const Snapshot& snapshot) {
    by_uid(pods_by_uid, snapshot.pods);
    of_pods.resize(snapshot.pods.size());
    const Pod* before = nullptr;
    const PodFacts* of_before = nullptr;
    for (const auto* pod : pods.all()) {
        auto& one = of_pods[static_cast<std::size_t>(pod - snapshot.pods.data())];
        if (before && are_siblings(*before, *pod)) {
            one.made_by = of_before->made_by;
            one.deployment = of_before->deployment;
        } else if (const auto* controller = pod->meta.controller()) {
            one.made_by = find(workloads_by_uid, controller->uid);
            if (!one.made_by) one.deployment = deployment_by_hash(*pod, *controller);
        }
        before = pod;
        of_before = &one;
        one.events = list_of(events, pod->meta.uid);
        one.only_runs = only_runs(*pod) && one.events.empty();
        for (const auto& volume : pod->spec.volumes) {
            if (volume.source != Volume::Source::claim) continue;
            auto& users = users_of_claim[{pod->meta.ns, volume.object}];
            if (users.empty() || users.back() != pod) users.push_back(pod);
        }
    }
}

}  // namespace salve::kube
