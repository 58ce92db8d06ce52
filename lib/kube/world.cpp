#include "kube/world.hpp"

#include <algorithm>

#include "kube/slim.hpp"

namespace salve::kube {
namespace {

std::string key(std::string_view ns, std::string_view name) { return std::string(ns) + "/" + std::string(name); }

template <typename T>
void by_name(std::unordered_map<std::string, const T*>& index, const std::vector<T>& objects) {
    index.reserve(objects.size());
    for (const auto& object : objects) index.emplace(key(object.meta.ns, object.meta.name), &object);
}

template <typename T>
void by_uid(std::unordered_map<std::string, const T*>& index, const std::vector<T>& objects) {
    for (const auto& object : objects) index.emplace(object.meta.uid, &object);
}

template <typename T>
const T* find(const std::unordered_map<std::string, const T*>& index, const std::string& wanted) {
    const auto at = index.find(wanted);
    return at == index.end() ? nullptr : at->second;
}

template <typename T>
const std::vector<T>& list_of(const std::unordered_map<std::string, std::vector<T>>& index, const std::string& wanted) {
    static const std::vector<T> none;
    const auto at = index.find(wanted);
    return at == index.end() ? none : at->second;
}

bool by_place(const Pod* a, const Pod* b) {
    return std::tie(a->meta.ns, a->meta.name) < std::tie(b->meta.ns, b->meta.name);
}

}  // namespace

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

World::World(const Snapshot& snapshot) : facts_(snapshot) {
    for (const auto& read : facts_.reads) {
        if (read.object.empty()) lists_[std::string(info(read.what).plural) + "@" + read.ns] = read.state;
        if (read.object == of_no_deployment) loose_only_ = read.state == ReadState::ok;
    }
    by_name(services_, facts_.services);
    by_name(claims_, facts_.claims);
    by_name(volumes_, facts_.volumes);
    by_name(storage_classes_, facts_.storage_classes);
    by_name(nodes_, facts_.nodes);
    by_name(namespaces_, facts_.namespaces);
    by_name(service_accounts_, facts_.service_accounts);
    by_name(deployments_, facts_.deployments);
    by_name(replica_sets_by_name_, facts_.replica_sets);
    by_name(stateful_sets_, facts_.stateful_sets);
    by_name(daemon_sets_, facts_.daemon_sets);
    by_name(jobs_, facts_.jobs);
    by_name(ingress_classes_, facts_.ingress_classes);
    for (const auto& service : facts_.services) services_by_ns_[service.meta.ns].push_back(&service);
    for (const auto& ingress : facts_.ingresses) ingresses_by_ns_[ingress.meta.ns].push_back(&ingress);
    for (const auto& slice : facts_.endpoint_slices) slices_[key(slice.meta.ns, slice.service)].push_back(&slice);
    for (const auto& event : facts_.events) events_[event.about.uid].push_back(&event);
    for (auto& [uid, events] : events_)
        std::stable_sort(events.begin(), events.end(), [](auto* a, auto* b) {
            return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
        });
    index_owners();
    index_pods();
}

void World::index_owners() {
    by_uid(workloads_by_uid_, facts_.deployments);
    by_uid(workloads_by_uid_, facts_.replica_sets);
    by_uid(workloads_by_uid_, facts_.stateful_sets);
    by_uid(workloads_by_uid_, facts_.daemon_sets);
    by_uid(jobs_by_uid_, facts_.jobs);
    by_uid(cron_jobs_by_uid_, facts_.cron_jobs);
    for (const auto& job : facts_.jobs)
        if (const auto* owner = job.meta.controller()) jobs_by_owner_[owner->uid].push_back(&job);
    for (auto& [uid, jobs] : jobs_by_owner_)
        std::sort(jobs.begin(), jobs.end(), [](auto* a, auto* b) {
            return std::make_tuple(-a->meta.created.us, std::string_view(a->meta.name)) <
                   std::make_tuple(-b->meta.created.us, std::string_view(b->meta.name));
        });
    for (const auto& replica_set : facts_.replica_sets) {
        if (const auto* controller = replica_set.meta.controller())
            replica_sets_[controller->uid].push_back(&replica_set);
        if (const auto* above = owner(replica_set).workload; !above || above == &replica_set)
            loose_replica_sets_.push_back(&replica_set);
    }
    for (auto& [uid, sets] : replica_sets_)
        std::stable_sort(sets.begin(), sets.end(), [](auto* a, auto* b) {
            return std::make_tuple(-revision_of(*a), -a->meta.created.us, std::string_view(a->meta.name)) <
                   std::make_tuple(-revision_of(*b), -b->meta.created.us, std::string_view(b->meta.name));
        });
}

void World::index_pods() {
    by_name(pods_, facts_.pods);
    by_uid(pods_by_uid_, facts_.pods);
    for (const auto& pod : facts_.pods) {
        pods_by_owner_[owner(pod).ref.uid].push_back(&pod);
        pods_by_ns_[pod.meta.ns].push_back(&pod);
        if (is_candidate(pod)) candidates_.push_back(&pod);
    }
    std::sort(candidates_.begin(), candidates_.end(), by_place);
    for (auto& [uid, pods] : pods_by_owner_) std::sort(pods.begin(), pods.end(), by_place);
    for (auto& [ns, pods] : pods_by_ns_) std::sort(pods.begin(), pods.end(), by_place);
}

bool World::is_candidate(const Pod& pod) const {
    if (pod.phase == "Succeeded" || pod.meta.deleted) return false;
    const auto top = owner(pod);
    if (const auto* meta = top.meta(); meta && meta->deleted) return false;
    if (top.workload && top.workload->desired == 0 && top.workload->meta.kind != "DaemonSet") return false;
    if (const auto* controller = pod.meta.controller(); controller && controller->kind == "Job")
        if (const auto* job = find(jobs_by_uid_, controller->uid)) {
            const auto* complete = find_condition(job->conditions, "Complete");
            if ((complete && complete->status == "True") || job->meta.deleted) return false;
        }
    return true;
}

std::optional<ReadState> World::list_state(Resource what, std::string_view ns) const {
    const auto state = [&](std::string_view where) -> std::optional<ReadState> {
        const auto at = lists_.find(std::string(info(what).plural) + "@" + std::string(where));
        return at == lists_.end() ? std::nullopt : std::optional(at->second);
    };
    const auto everywhere = state("");
    if (ns.empty() || everywhere == ReadState::ok) return everywhere;
    const auto there = state(ns);
    return there ? there : everywhere;
}

bool World::seen(Resource what, std::string_view ns) const {
    const auto state = list_state(what, ns);
    if (!state && (info(what).when_asked || what == Resource::replicasets)) unread_.lists.emplace(what, ns);
    return state == ReadState::ok;
}

Owner World::owner(const Pod& pod) const {
    const auto* controller = pod.meta.controller();
    if (!controller) return {.ref = pod.meta.ref(), .is_pod = true};
    if (const auto* workload = find(workloads_by_uid_, controller->uid)) return owner(*workload);
    if (const auto* job = find(jobs_by_uid_, controller->uid)) return owner(*job);
    if (const auto* above = deployment_of(pod, *controller)) return {.ref = above->meta.ref(), .workload = above};
    return {.ref = {controller->api_version, controller->kind, pod.meta.ns, controller->name, controller->uid}};
}

// The Deployment controller names its ReplicaSets after themselves and their hash, which it puts on the pods as well
// (pkg/controller/deployment/sync.go getNewReplicaSet), and no other controller uses that label.
const Workload* World::deployment_of(const Pod& pod, const OwnerReference& controller) const {
    if (!loose_only_ || controller.kind != "ReplicaSet") return nullptr;
    const auto hash = pod.meta.labels.find("pod-template-hash");
    if (hash == pod.meta.labels.end()) return nullptr;
    const auto end = "-" + hash->second;
    if (controller.name.ends_with(end)) {
        const auto name = controller.name.substr(0, controller.name.size() - end.size());
        const auto* deployment = find(deployments_, key(pod.meta.ns, name));
        if (deployment && deployment->selector && matches(*deployment->selector, pod.meta.labels)) return deployment;
    }
    unread_.hashes.insert(hash->second);
    return nullptr;
}

Owner World::owner(const Workload& workload) const {
    const auto* controller = workload.meta.controller();
    if (!controller) return {.ref = workload.meta.ref(), .workload = &workload};
    if (const auto* above = find(workloads_by_uid_, controller->uid); above && above != &workload)
        return {.ref = above->meta.ref(), .workload = above};
    return {.ref = {controller->api_version, controller->kind, workload.meta.ns, controller->name, controller->uid}};
}

Owner World::owner(const Job& job) const {
    const auto* controller = job.meta.controller();
    if (!controller) return {.ref = job.meta.ref(), .job = &job};
    if (const auto* above = find(cron_jobs_by_uid_, controller->uid))
        return {.ref = above->meta.ref(), .cron_job = above};
    return {.ref = {controller->api_version, controller->kind, job.meta.ns, controller->name, controller->uid}};
}

const Pod* World::pod(std::string_view uid) const { return find(pods_by_uid_, std::string(uid)); }

const Workload* World::workload(std::string_view uid) const { return find(workloads_by_uid_, std::string(uid)); }

// Whether the list was read matters, and is asked for, only where the object is not known.
template <typename T>
Lookup<T> World::look_up(const ByName<T>& index, Resource what, std::string_view ns, std::string_view name) const {
    if (const T* found = find(index, key(ns, name))) return {found, true};
    return {nullptr, seen(what, ns)};
}

Lookup<Pod> World::pod(std::string_view ns, std::string_view name) const {
    return look_up(pods_, Resource::pods, ns, name);
}
Lookup<Service> World::service(std::string_view ns, std::string_view name) const {
    return look_up(services_, Resource::services, ns, name);
}
Lookup<PersistentVolumeClaim> World::claim(std::string_view ns, std::string_view name) const {
    return look_up(claims_, Resource::persistentvolumeclaims, ns, name);
}
Lookup<PersistentVolume> World::volume(std::string_view name) const {
    return look_up(volumes_, Resource::persistentvolumes, "", name);
}
Lookup<StorageClass> World::storage_class(std::string_view name) const {
    return look_up(storage_classes_, Resource::storageclasses, "", name);
}
Lookup<Node> World::node(std::string_view name) const { return look_up(nodes_, Resource::nodes, "", name); }
Lookup<Namespace> World::name_space(std::string_view name) const {
    return look_up(namespaces_, Resource::namespaces, "", name);
}
Lookup<ServiceAccount> World::service_account(std::string_view ns, std::string_view name) const {
    return look_up(service_accounts_, Resource::serviceaccounts, ns, name);
}
Lookup<Workload> World::deployment(std::string_view ns, std::string_view name) const {
    return look_up(deployments_, Resource::deployments, ns, name);
}
Lookup<Workload> World::workload(std::string_view kind, std::string_view ns, std::string_view name) const {
    if (kind == "Deployment") return deployment(ns, name);
    if (kind == "ReplicaSet") return look_up(replica_sets_by_name_, Resource::replicasets, ns, name);
    if (kind == "StatefulSet") return look_up(stateful_sets_, Resource::statefulsets, ns, name);
    if (kind == "DaemonSet") return look_up(daemon_sets_, Resource::daemonsets, ns, name);
    return {};
}
Lookup<Job> World::job(std::string_view ns, std::string_view name) const {
    return look_up(jobs_, Resource::jobs, ns, name);
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
    for (const auto& [uid, pods] : pods_by_owner_)
        if (!pods.empty() && this->owner(*pods.front()).ref.same_name(owner))
            found.insert(found.end(), pods.begin(), pods.end());
    std::sort(found.begin(), found.end(), by_place);
    return found;
}

std::vector<const Pod*> World::pods_matching(std::string_view ns,
                                             const std::map<std::string, std::string>& selector) const {
    std::vector<const Pod*> found;
    if (selector.empty()) return found;
    for (const auto* pod : list_of(pods_by_ns_, std::string(ns)))
        if (matches(selector, pod->meta.labels)) found.push_back(pod);
    return found;
}

std::vector<const Pod*> World::pods_matching(std::string_view ns, const LabelSelector& selector) const {
    std::vector<const Pod*> found;
    for (const auto* pod : list_of(pods_by_ns_, std::string(ns)))
        if (matches(selector, pod->meta.labels)) found.push_back(pod);
    return found;
}

std::vector<const Pod*> World::users_of(const PersistentVolumeClaim& claim) const {
    std::vector<const Pod*> found;
    for (const auto* pod : list_of(pods_by_ns_, claim.meta.ns))
        if (std::any_of(pod->spec.volumes.begin(), pod->spec.volumes.end(), [&](const Volume& volume) {
                return volume.source == Volume::Source::claim && volume.object == claim.meta.name;
            }))
            found.push_back(pod);
    return found;
}

std::vector<const Workload*> World::workloads() const {
    std::vector<const Workload*> all;
    for (const auto* list : {&facts_.deployments, &facts_.stateful_sets, &facts_.daemon_sets})
        for (const auto& workload : *list) all.push_back(&workload);
    std::sort(all.begin(), all.end(), [](auto* a, auto* b) {
        return std::tie(a->meta.ns, a->meta.name, a->meta.kind) < std::tie(b->meta.ns, b->meta.name, b->meta.kind);
    });
    return all;
}

std::vector<const Job*> World::jobs_of(const CronJob& cron_job) const {
    return list_of(jobs_by_owner_, cron_job.meta.uid);
}

std::vector<const Workload*> World::replica_sets_of(const Workload& deployment) const {
    if (deployment.meta.kind == "Deployment") replica_sets_seen(deployment);
    return list_of(replica_sets_, deployment.meta.uid);
}

bool World::replica_sets_seen(const Workload& deployment) const {
    if (const auto whole = list_state(Resource::replicasets, deployment.meta.ns)) return whole == ReadState::ok;
    const auto& read = facts_.replica_sets_read.deployments;
    const auto at = read.find(deployment.meta.uid);
    if (at == read.end()) unread_.replica_sets_of.emplace(deployment.meta.uid, &deployment);
    return at != read.end() && at->second == ReadState::ok;
}

const std::vector<Workload>& World::replica_sets() const {
    for (const auto& deployment : facts_.deployments)
        if (needs_replica_sets(deployment)) replica_sets_seen(deployment);
    return facts_.replica_sets;
}

const std::vector<Workload>& World::replica_sets_in(std::string_view ns) const {
    seen(Resource::replicasets, ns);
    return facts_.replica_sets;
}

bool World::loose_replica_sets_seen(std::string_view ns) const {
    return loose_only_ || list_state(Resource::replicasets, ns) == ReadState::ok;
}

std::vector<const ControllerRevision*> World::revisions_of(const Workload& workload) const {
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

std::span<const Event* const> World::events(std::string_view uid) const { return list_of(events_, std::string(uid)); }

std::vector<const Event*> World::node_events(const Node& node) const {
    auto found = list_of(events_, node.meta.uid);
    for (const auto* event : list_of(events_, node.meta.name))
        if (event->about.kind == "Node") found.push_back(event);
    std::stable_sort(found.begin(), found.end(), [](auto* a, auto* b) {
        return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
    });
    return found;
}

std::vector<const Service*> World::services_for(std::string_view ns,
                                                const std::map<std::string, std::string>& labels) const {
    std::vector<const Service*> found;
    for (const auto* service : list_of(services_by_ns_, std::string(ns)))
        if (!service->selector.empty() && matches(service->selector, labels)) found.push_back(service);
    return found;
}

std::vector<const Ingress*> World::ingresses_for(std::string_view ns, std::string_view service) const {
    std::vector<const Ingress*> found;
    for (const auto* ingress : list_of(ingresses_by_ns_, std::string(ns)))
        if (std::any_of(ingress->backends.begin(), ingress->backends.end(),
                        [&](const IngressBackend& backend) { return backend.service == service; }))
            found.push_back(ingress);
    return found;
}

std::vector<const EndpointSlice*> World::slices_of(const Service& service) const {
    return list_of(slices_, key(service.meta.ns, service.meta.name));
}

std::vector<const HorizontalPodAutoscaler*> World::autoscalers_of(const ObjectRef& target) const {
    std::vector<const HorizontalPodAutoscaler*> found;
    for (const auto& scaler : facts_.autoscalers)
        if (scaler.meta.ns == target.ns && scaler.target_kind == target.kind && scaler.target_name == target.name)
            found.push_back(&scaler);
    return found;
}

std::vector<const PodDisruptionBudget*> World::budgets_for(std::string_view ns,
                                                           const std::map<std::string, std::string>& labels) const {
    std::vector<const PodDisruptionBudget*> found;
    for (const auto& budget : facts_.budgets)
        if (budget.meta.ns == ns && budget.selector && matches(*budget.selector, labels)) found.push_back(&budget);
    return found;
}

const Log* World::log(std::string_view ns, std::string_view pod, std::string_view container, bool previous) const {
    for (const auto& log : facts_.logs)
        if (log.previous == previous && log.container == container && log.pod == pod && log.ns == ns) return &log;
    return nullptr;
}

bool matches(const std::map<std::string, std::string>& selector, const std::map<std::string, std::string>& labels) {
    return std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
        const auto at = labels.find(wanted.first);
        return at != labels.end() && at->second == wanted.second;
    });
}

bool matches(const LabelSelector& selector, const std::map<std::string, std::string>& labels) {
    if (!matches(selector.match_labels, labels)) return false;
    return std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(), [&](const auto& wanted) {
        const auto at = labels.find(wanted.key);
        const bool exists = at != labels.end();
        const bool listed =
            exists && std::find(wanted.values.begin(), wanted.values.end(), at->second) != wanted.values.end();
        if (wanted.op == "In") return listed;
        if (wanted.op == "NotIn") return !listed;
        if (wanted.op == "Exists") return exists;
        if (wanted.op == "DoesNotExist") return !exists;
        return false;
    });
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
