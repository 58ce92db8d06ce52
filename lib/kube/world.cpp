#include "kube/world.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "kube/world_lookup.hpp"

namespace salve::kube {

std::optional<int> Owner::desired() const {
    if (workload) return workload->desired;
    if (job) return job->suspended ? 0 : job->parallelism;
    if (is_pod) return 1;
    return std::nullopt;
}

std::optional<int> Owner::ready() const {
    if (workload) return workload->ready;
    return std::nullopt;
}

const Meta* Owner::meta() const {
    return workload ? &workload->meta : job ? &job->meta : cron_job ? &cron_job->meta : nullptr;
}

const PodTemplate* Owner::pod_template() const {
    return workload ? &workload->pod_template : job ? &job->pod_template : cron_job ? &cron_job->pod_template : nullptr;
}

std::optional<ReadState> World::list_state(Resource what, std::string_view ns) const {
    const auto state = [&](std::string_view where) -> std::optional<ReadState> {
        const auto at = lists_.find({where, info(what).plural});
        return at == lists_.end() ? std::nullopt : std::optional(at->second);
    };
    const auto everywhere = state("");
    if (ns.empty() || everywhere == ReadState::ok) return everywhere;
    const auto there = state(ns);
    return there ? there : everywhere;
}

bool World::seen(Resource what, std::string_view ns) const {
    Watch::note(what);
    const auto state = list_state(what, ns);
    if (!state && (info(what).when_asked || what == Resource::replicasets)) unread_.list(what, ns);
    return state == ReadState::ok;
}

std::size_t World::index_of(const Pod& pod) const {
    const auto& pods = facts_.pods;
    const std::less<const Pod*> before;
    if (before(&pod, pods.data()) || !before(&pod, pods.data() + pods.size()))
        throw base::Error(base::ErrorKind::internal, "a pod that is not of the facts");
    return static_cast<std::size_t>(&pod - pods.data());
}

const Owner& World::owner(const Pod& pod) const { return *owner_of_[index_of(pod)]; }

Owner World::find_owner(const Pod& pod) const {
    const auto* controller = pod.meta.controller();
    if (!controller) return {.ref = pod.meta.ref(), .is_pod = true};
    if (const auto* workload = workload_of(controller->uid)) return owner(*workload);
    if (const auto* job = find(steady_->jobs_by_uid, controller->uid)) return owner(*job);
    if (const auto* above = deployment_of(pod, *controller)) return {.ref = above->meta.ref(), .workload = above};
    return {.ref = {controller->api_version, controller->kind, pod.meta.ns, controller->name, controller->uid}};
}

const Workload* World::deployment_of(const Pod& pod, const OwnerReference& controller) const {
    if (!loose_only_ || controller.kind != "ReplicaSet") return nullptr;
    if (const auto* deployment = steady_->of_pods[index_of(pod)].deployment) return deployment;
    if (const auto hash = pod.meta.labels.find(hash_label); hash != pod.meta.labels.end()) unread_.hash(hash->second);
    return nullptr;
}

Owner World::owner(const Workload& workload) const {
    const auto* controller = workload.meta.controller();
    if (!controller) return {.ref = workload.meta.ref(), .workload = &workload};
    if (controller->kind == "ReplicaSet") Watch::note(Resource::replicasets);
    if (const auto* above = workload_of(controller->uid); above && above != &workload)
        return {.ref = above->meta.ref(), .workload = above};
    return {.ref = {controller->api_version, controller->kind, workload.meta.ns, controller->name, controller->uid}};
}

Owner World::owner(const Job& job) const {
    const auto* controller = job.meta.controller();
    if (!controller) return {.ref = job.meta.ref(), .job = &job};
    if (const auto* above = find(steady_->cron_jobs_by_uid, controller->uid))
        return {.ref = above->meta.ref(), .cron_job = above};
    return {.ref = {controller->api_version, controller->kind, job.meta.ns, controller->name, controller->uid}};
}

const Pod* World::pod(std::string_view uid) const { return find(steady_->pods_by_uid, uid); }

const Workload* World::workload(std::string_view uid) const {
    Watch::note(Resource::replicasets);
    return workload_of(uid);
}

const Workload* World::workload_of(std::string_view uid) const {
    const auto* steady = find(steady_->workloads_by_uid, uid);
    return steady ? steady : find(replica_sets_by_uid_, uid);
}

// Whether the list was read matters, and is asked for, only where the object is not known.
template <typename T>
Lookup<T> World::look_up(const ByName<const T*>& index, Resource what, std::string_view ns,
                         std::string_view name) const {
    Watch::note(what);
    if (const T* found = find(index, {ns, name})) return {found, true};
    return {nullptr, seen(what, ns)};
}

Lookup<Pod> World::pod(std::string_view ns, std::string_view name) const {
    if (const auto* found = steady_->pods.find(ns, name)) return {found, true};
    return {nullptr, seen(Resource::pods, ns)};
}
Lookup<Service> World::service(std::string_view ns, std::string_view name) const {
    return look_up(steady_->services, Resource::services, ns, name);
}
Lookup<PersistentVolumeClaim> World::claim(std::string_view ns, std::string_view name) const {
    return look_up(steady_->claims, Resource::persistentvolumeclaims, ns, name);
}
Lookup<PersistentVolume> World::volume(std::string_view name) const {
    return look_up(steady_->volumes, Resource::persistentvolumes, "", name);
}
Lookup<StorageClass> World::storage_class(std::string_view name) const {
    return look_up(storage_classes_, Resource::storageclasses, "", name);
}
Lookup<Node> World::node(std::string_view name) const { return look_up(steady_->nodes, Resource::nodes, "", name); }
Lookup<Namespace> World::name_space(std::string_view name) const {
    return look_up(steady_->namespaces, Resource::namespaces, "", name);
}
Lookup<ServiceAccount> World::service_account(std::string_view ns, std::string_view name) const {
    return look_up(service_accounts_, Resource::serviceaccounts, ns, name);
}
Lookup<Workload> World::deployment(std::string_view ns, std::string_view name) const {
    return look_up(steady_->deployments, Resource::deployments, ns, name);
}
Lookup<Workload> World::workload(std::string_view kind, std::string_view ns, std::string_view name) const {
    if (kind == "Deployment") return deployment(ns, name);
    if (kind == "ReplicaSet") return look_up(replica_sets_by_name_, Resource::replicasets, ns, name);
    if (kind == "StatefulSet") return look_up(steady_->stateful_sets, Resource::statefulsets, ns, name);
    if (kind == "DaemonSet") return look_up(steady_->daemon_sets, Resource::daemonsets, ns, name);
    return {};
}
Lookup<Job> World::job(std::string_view ns, std::string_view name) const {
    return look_up(steady_->jobs, Resource::jobs, ns, name);
}
Lookup<IngressClass> World::ingress_class(std::string_view name) const {
    return look_up(ingress_classes_, Resource::ingressclasses, "", name);
}

const std::vector<StorageClass>& World::storage_classes() const {
    seen(Resource::storageclasses, "");
    return facts_.storage_classes;
}
const std::vector<IngressClass>& World::ingress_classes() const {
    seen(Resource::ingressclasses, "");
    return facts_.ingress_classes;
}
const std::vector<Lease>& World::leases() const {
    seen(Resource::leases, lease_namespace);
    return facts_.leases;
}
const std::vector<LimitRange>& World::limit_ranges(std::string_view ns) const {
    seen(Resource::limitranges, ns);
    return facts_.limit_ranges;
}
const std::vector<NetworkPolicy>& World::network_policies(std::string_view ns) const {
    seen(Resource::networkpolicies, ns);
    return facts_.network_policies;
}

std::vector<const Pod*> World::pods_of(const ObjectRef& owner) const {
    if (!owner.uid.empty()) return list_of(pods_by_owner_, owner.uid);
    std::vector<const Pod*> found;
    for (const auto* pod : steady_->pods.all())
        if (this->owner(*pod).ref.same_name(owner)) found.push_back(pod);
    return found;
}

std::vector<const Pod*> World::pods_matching(std::string_view ns, const base::TextMap& selector) const {
    return selector.empty() ? std::vector<const Pod*>{} : steady_->pods.matching(ns, selector);
}

std::vector<const Pod*> World::pods_matching(std::string_view ns, const LabelSelector& selector) const {
    auto found = steady_->pods.matching(ns, selector.match_labels);
    if (!selector.match_expressions.empty())
        std::erase_if(found, [&](const Pod* pod) { return !matches(selector, pod->meta.labels); });
    return found;
}

std::vector<const Pod*> World::users_of(const PersistentVolumeClaim& claim) const {
    return list_of(steady_->users_of_claim, place(claim.meta));
}

std::vector<const Job*> World::jobs_of(const CronJob& cron_job) const {
    return list_of(steady_->jobs_by_owner, cron_job.meta.uid);
}

std::vector<const Workload*> World::replica_sets_of(const Workload& deployment) const {
    Watch::note(Resource::replicasets);
    if (deployment.meta.kind == "Deployment") replica_sets_seen(deployment);
    return list_of(replica_sets_, deployment.meta.uid);
}

bool World::replica_sets_seen(const Workload& deployment) const {
    Watch::note(Resource::replicasets);
    if (const auto whole = list_state(Resource::replicasets, deployment.meta.ns)) return whole == ReadState::ok;
    const auto& read = facts_.replica_sets_read.deployments;
    const auto at = read.find(deployment.meta.uid);
    if (at == read.end()) unread_.replica_sets_of(deployment);
    return at != read.end() && at->second == ReadState::ok;
}

const std::vector<Workload>& World::replica_sets() const {
    Watch::note(Resource::replicasets);
    for (const auto& deployment : facts_.deployments)
        if (needs_replica_sets(deployment)) replica_sets_seen(deployment);
    return facts_.replica_sets;
}

const std::vector<Workload>& World::replica_sets_in(std::string_view ns) const {
    seen(Resource::replicasets, ns);
    return facts_.replica_sets;
}

bool World::loose_replica_sets_seen(std::string_view ns) const {
    if (loose_only_) return true;
    Watch::note(Resource::replicasets);
    return list_state(Resource::replicasets, ns) == ReadState::ok;
}

std::vector<const ControllerRevision*> World::revisions_of(const Workload& workload) const {
    Watch::note(Resource::controllerrevisions);
    std::vector<const ControllerRevision*> found;
    for (const auto& revision : facts_.revisions)
        if (const auto* owner = revision.meta.controller(); owner && owner->uid == workload.meta.uid)
            found.push_back(&revision);
    std::sort(found.begin(), found.end(), [](auto* a, auto* b) {
        return std::tie(b->revision, a->meta.name) < std::tie(a->revision, b->meta.name);
    });
    return found;
}

bool World::node_events_seen() const {
    return seen(Resource::events, "default") ||
           std::any_of(facts_.reads.begin(), facts_.reads.end(), [](const Read& read) {
               return read.what == Resource::events && read.object == about_nodes && read.state == ReadState::ok;
           });
}

std::span<const Event* const> World::events(std::string_view uid) const { return list_of(steady_->events, uid); }
std::span<const Event* const> World::events(const Pod& pod) const { return steady_->of_pods[index_of(pod)].events; }

std::vector<const Event*> World::node_events(const Node& node) const {
    auto found = list_of(steady_->events, node.meta.uid);
    for (const auto* event : list_of(steady_->events, node.meta.name))
        if (event->about.kind == "Node") found.push_back(event);
    std::stable_sort(found.begin(), found.end(), [](auto* a, auto* b) {
        return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
    });
    return found;
}

std::vector<const Service*> World::services_for(std::string_view ns, const base::TextMap& labels) const {
    std::vector<const Service*> found;
    for (const auto* service : list_of(steady_->services_by_ns, ns))
        if (!service->selector.empty() && matches(service->selector, labels)) found.push_back(service);
    return found;
}

std::vector<const Ingress*> World::ingresses_for(std::string_view ns, std::string_view service) const {
    std::vector<const Ingress*> found;
    for (const auto* ingress : list_of(steady_->ingresses_by_ns, ns))
        if (std::any_of(ingress->backends.begin(), ingress->backends.end(),
                        [&](const IngressBackend& backend) { return backend.service == service; }))
            found.push_back(ingress);
    return found;
}

std::vector<const EndpointSlice*> World::slices_of(const Service& service) const {
    return list_of(steady_->slices, place(service.meta));
}

std::vector<const HorizontalPodAutoscaler*> World::autoscalers_of(const ObjectRef& target) const {
    std::vector<const HorizontalPodAutoscaler*> found;
    for (const auto* scaler : list_of(steady_->autoscalers_by_ns, target.ns))
        if (scaler->target_kind == target.kind && scaler->target_name == target.name) found.push_back(scaler);
    return found;
}

std::vector<const PodDisruptionBudget*> World::budgets_for(std::string_view ns, const base::TextMap& labels) const {
    std::vector<const PodDisruptionBudget*> found;
    for (const auto* budget : list_of(steady_->budgets_by_ns, ns))
        if (budget->selector && matches(*budget->selector, labels)) found.push_back(budget);
    return found;
}

const std::vector<Log>& World::logs() const {
    Watch::note(Resource::logs);
    return facts_.logs;
}

const std::vector<Read>& World::reads() const {
    Watch::note(late_kinds());
    return facts_.reads;
}

const Log* World::log(std::string_view ns, std::string_view pod, std::string_view container, bool previous) const {
    Watch::note(Resource::logs);
    for (const auto& log : facts_.logs)
        if (log.previous == previous && log.container == container && log.pod == pod && log.ns == ns) return &log;
    return nullptr;
}

bool in_scope(const World& world, std::string_view ns) {
    const auto& scope = world.facts().scope;
    return ns.empty() || scope.all || scope.namespaces.empty() ||
           std::find(scope.namespaces.begin(), scope.namespaces.end(), ns) != scope.namespaces.end();
}

bool is_observed(const Workload& workload) {
    return !workload.meta.generation || workload.observed_generation.value_or(0) >= *workload.meta.generation;
}

bool has_one_revision(const Workload& deployment) {
    const auto* refused = find_condition(deployment.conditions, "ReplicaFailure");
    return is_observed(deployment) && deployment.replicas == deployment.desired &&
           deployment.updated == deployment.desired && !(refused && refused->status == "True");
}

bool needs_replica_sets(const Workload& deployment) {
    return deployment.desired > 0 && !deployment.meta.deleted && !has_one_revision(deployment);
}

bool is_ready(const Pod& pod) {
    const auto* ready = find_condition(pod.conditions, "Ready");
    return ready && ready->status == "True" && !pod.meta.deleted;
}

const Container* container_spec(const PodSpec& spec, std::string_view name) {
    for (const auto* list : {&spec.containers, &spec.init_containers})
        for (const auto& container : *list)
            if (container.name == name) return &container;
    return nullptr;
}

const ContainerStatus* container_status(const Pod& pod, std::string_view name) {
    for (const auto& status : pod.statuses)
        if (status.name == name) return &status;
    return nullptr;
}

}  // namespace salve::kube
