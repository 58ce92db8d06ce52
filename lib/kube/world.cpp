#include "kube/world.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "kube/slim.hpp"

namespace salve::kube {
namespace {

template <typename Index, typename T>
void by_name(Index& index, const std::vector<T>& objects) {
    index.reserve(objects.size());
    for (const auto& object : objects) index.emplace(place(object.meta), &object);
}

template <typename Index, typename T>
void by_uid(Index& index, const std::vector<T>& objects) {
    index.reserve(index.size() + objects.size());
    for (const auto& object : objects) index.emplace(object.meta.uid, &object);
}

template <typename Index, typename T>
void by_namespace(Index& index, const std::vector<T>& objects) {
    for (const auto& object : objects) index[object.meta.ns].push_back(&object);
}

template <typename Index>
auto find(const Index& index, const typename Index::key_type& wanted) -> typename Index::mapped_type {
    const auto at = index.find(wanted);
    return at == index.end() ? nullptr : at->second;
}

template <typename Index>
const auto& list_of(const Index& index, const typename Index::key_type& wanted) {
    static const typename Index::mapped_type none;
    const auto at = index.find(wanted);
    return at == index.end() ? none : at->second;
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

// Of what the pod itself says; is_settled() asks for more.
bool only_runs(const Pod& pod) {
    return pod.phase == "Running" && pod.reason.empty() && pod.message.empty() && pod.nominated_node.empty() &&
           !pod.spec.node_name.empty() && !pod.statuses.empty() && is_ready(pod) &&
           std::all_of(pod.conditions.begin(), pod.conditions.end(),
                       [](const Condition& one) { return one.status == "True" && is_usual(one.type); }) &&
           std::all_of(pod.statuses.begin(), pod.statuses.end(), runs_first_life);
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

World::World(const Snapshot& snapshot) : facts_(snapshot), pods_(snapshot.pods) {
    for (const auto& read : facts_.reads) {
        if (read.object.empty()) lists_[{read.ns, info(read.what).plural}] = read.state;
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
    by_namespace(services_by_ns_, facts_.services);
    by_namespace(ingresses_by_ns_, facts_.ingresses);
    by_namespace(autoscalers_by_ns_, facts_.autoscalers);
    by_namespace(budgets_by_ns_, facts_.budgets);
    for (const auto& slice : facts_.endpoint_slices) slices_[{slice.meta.ns, slice.service}].push_back(&slice);
    for (const auto& event : facts_.events) events_[event.about.uid].push_back(&event);
    for (auto& [uid, events] : events_)
        std::stable_sort(events.begin(), events.end(), [](auto* a, auto* b) {
            return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
        });
    index_owners();
    index_pods();
}

void World::index_owners() {
    for (const auto* list : {&facts_.deployments, &facts_.stateful_sets, &facts_.daemon_sets})
        for (const auto& workload : *list) workloads_.push_back(&workload);
    std::sort(workloads_.begin(), workloads_.end(), [](auto* a, auto* b) {
        return std::tie(a->meta.ns, a->meta.name, a->meta.kind) < std::tie(b->meta.ns, b->meta.name, b->meta.kind);
    });
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
    by_uid(pods_by_uid_, facts_.pods);
    owner_of_.resize(facts_.pods.size());
    settled_.resize(facts_.pods.size());
    struct Known {
        const Owner* owner = nullptr;
        std::vector<const Pod*>* pods = nullptr;
    };
    std::unordered_map<const void*, Known> known;  // by the workload that made the pod, else by the top owner
    for (const auto* pod : pods_.all()) {
        const auto* controller = pod->meta.controller();
        const auto* workload = controller ? find(workloads_by_uid_, controller->uid) : nullptr;
        if (controller && !workload) workload = deployment_of(*pod, *controller);
        const void* maker = workload;
        std::optional<Owner> owner;
        if (!maker) maker = owner.emplace(find_owner(*pod)).meta();
        Known own;
        auto& top = maker ? known[maker] : own;
        if (!top.owner) {
            top.owner = &owners_.emplace_back(owner ? std::move(*owner) : find_owner(*pod));
            top.pods = &pods_by_owner_[top.owner->ref.uid];
        }
        owner_of_[index_of(*pod)] = top.owner;
        top.pods->push_back(pod);
        index_users(*pod);
        if (!is_candidate(*pod)) continue;
        candidates_.push_back(pod);
        const bool settled = only_runs(*pod) && !has_event_or_log(*pod);
        settled_[index_of(*pod)] = settled;
        if (!settled) unsettled_.push_back(pod);
    }
}

bool World::has_event_or_log(const Pod& pod) const {
    return !events(pod.meta.uid).empty() || std::any_of(facts_.logs.begin(), facts_.logs.end(), [&](const Log& log) {
        return log.pod == pod.meta.name && log.ns == pod.meta.ns;
    });
}

void World::index_users(const Pod& pod) {
    for (const auto& volume : pod.spec.volumes) {
        if (volume.source != Volume::Source::claim) continue;
        auto& users = users_of_claim_[{pod.meta.ns, volume.object}];
        if (users.empty() || users.back() != &pod) users.push_back(&pod);
    }
}

bool World::is_candidate(const Pod& pod) const {
    if (pod.phase == "Succeeded" || pod.meta.deleted) return false;
    const auto& top = owner(pod);
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
        const auto at = lists_.find({where, info(what).plural});
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

std::size_t World::index_of(const Pod& pod) const {
    const auto& pods = facts_.pods;
    const std::less<const Pod*> before;
    if (before(&pod, pods.data()) || !before(&pod, pods.data() + pods.size()))
        throw base::Error(base::ErrorKind::internal, "a pod that is not of the facts");
    return static_cast<std::size_t>(&pod - pods.data());
}

const Owner& World::owner(const Pod& pod) const { return *owner_of_[index_of(pod)]; }

Owner World::owner(const Pod&& pod) const { return find_owner(pod); }

Owner World::find_owner(const Pod& pod) const {
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
    static const std::string hash_label = "pod-template-hash";
    const auto hash = pod.meta.labels.find(hash_label);
    if (hash == pod.meta.labels.end()) return nullptr;
    std::string_view name = controller.name;
    if (name.ends_with(hash->second)) name.remove_suffix(hash->second.size());
    if (name.size() < controller.name.size() && name.ends_with('-')) {
        name.remove_suffix(1);
        const auto* deployment = find(deployments_, {pod.meta.ns, name});
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

const Pod* World::pod(std::string_view uid) const { return find(pods_by_uid_, uid); }

const Workload* World::workload(std::string_view uid) const { return find(workloads_by_uid_, uid); }

// Whether the list was read matters, and is asked for, only where the object is not known.
template <typename T>
Lookup<T> World::look_up(const ByName<const T*>& index, Resource what, std::string_view ns,
                         std::string_view name) const {
    if (const T* found = find(index, {ns, name})) return {found, true};
    return {nullptr, seen(what, ns)};
}

Lookup<Pod> World::pod(std::string_view ns, std::string_view name) const {
    if (const auto* found = pods_.find(ns, name)) return {found, true};
    return {nullptr, seen(Resource::pods, ns)};
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
    for (const auto* pod : pods_.all())
        if (this->owner(*pod).ref.same_name(owner)) found.push_back(pod);
    return found;
}

std::vector<const Pod*> World::pods_matching(std::string_view ns, const base::TextMap& selector) const {
    return selector.empty() ? std::vector<const Pod*>{} : pods_.matching(ns, selector);
}

std::vector<const Pod*> World::pods_matching(std::string_view ns, const LabelSelector& selector) const {
    auto found = pods_.matching(ns, selector.match_labels);
    if (!selector.match_expressions.empty())
        std::erase_if(found, [&](const Pod* pod) { return !matches(selector, pod->meta.labels); });
    return found;
}

std::vector<const Pod*> World::users_of(const PersistentVolumeClaim& claim) const {
    return list_of(users_of_claim_, place(claim.meta));
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

std::span<const Event* const> World::events(std::string_view uid) const { return list_of(events_, uid); }

std::vector<const Event*> World::node_events(const Node& node) const {
    auto found = list_of(events_, node.meta.uid);
    for (const auto* event : list_of(events_, node.meta.name))
        if (event->about.kind == "Node") found.push_back(event);
    std::stable_sort(found.begin(), found.end(), [](auto* a, auto* b) {
        return std::tie(a->last, a->meta.name) < std::tie(b->last, b->meta.name);
    });
    return found;
}

std::vector<const Service*> World::services_for(std::string_view ns, const base::TextMap& labels) const {
    std::vector<const Service*> found;
    for (const auto* service : list_of(services_by_ns_, ns))
        if (!service->selector.empty() && matches(service->selector, labels)) found.push_back(service);
    return found;
}

std::vector<const Ingress*> World::ingresses_for(std::string_view ns, std::string_view service) const {
    std::vector<const Ingress*> found;
    for (const auto* ingress : list_of(ingresses_by_ns_, ns))
        if (std::any_of(ingress->backends.begin(), ingress->backends.end(),
                        [&](const IngressBackend& backend) { return backend.service == service; }))
            found.push_back(ingress);
    return found;
}

std::vector<const EndpointSlice*> World::slices_of(const Service& service) const {
    return list_of(slices_, place(service.meta));
}

std::vector<const HorizontalPodAutoscaler*> World::autoscalers_of(const ObjectRef& target) const {
    std::vector<const HorizontalPodAutoscaler*> found;
    for (const auto* scaler : list_of(autoscalers_by_ns_, target.ns))
        if (scaler->target_kind == target.kind && scaler->target_name == target.name) found.push_back(scaler);
    return found;
}

std::vector<const PodDisruptionBudget*> World::budgets_for(std::string_view ns, const base::TextMap& labels) const {
    std::vector<const PodDisruptionBudget*> found;
    for (const auto* budget : list_of(budgets_by_ns_, ns))
        if (budget->selector && matches(*budget->selector, labels)) found.push_back(budget);
    return found;
}

const Log* World::log(std::string_view ns, std::string_view pod, std::string_view container, bool previous) const {
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
