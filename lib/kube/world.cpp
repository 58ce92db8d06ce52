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
    for (const auto& read : facts_.reads)
        if (read.object.empty()) lists_[std::string(info(read.what).plural) + "@" + read.ns] = read.state;
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
    for (const auto& replica_set : facts_.replica_sets)
        if (const auto* owner = replica_set.meta.controller()) replica_sets_[owner->uid].push_back(&replica_set);
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

bool World::seen(Resource what, std::string_view ns) const {
    const auto state = [&](std::string_view where) {
        const auto at = lists_.find(std::string(info(what).plural) + "@" + std::string(where));
        return at != lists_.end() && at->second == ReadState::ok;
    };
    return state("") || (!ns.empty() && state(ns));
}

Owner World::owner(const Pod& pod) const {
    const auto* controller = pod.meta.controller();
    if (!controller) return {.ref = pod.meta.ref(), .is_pod = true};
    if (const auto* workload = find(workloads_by_uid_, controller->uid)) return owner(*workload);
    if (const auto* job = find(jobs_by_uid_, controller->uid)) return owner(*job);
    return {.ref = {controller->api_version, controller->kind, pod.meta.ns, controller->name, controller->uid}};
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

Lookup<Pod> World::pod(std::string_view ns, std::string_view name) const {
    return {find(pods_, key(ns, name)), seen(Resource::pods, ns)};
}
Lookup<Service> World::service(std::string_view ns, std::string_view name) const {
    return {find(services_, key(ns, name)), seen(Resource::services, ns)};
}
Lookup<PersistentVolumeClaim> World::claim(std::string_view ns, std::string_view name) const {
    return {find(claims_, key(ns, name)), seen(Resource::persistentvolumeclaims, ns)};
}
Lookup<PersistentVolume> World::volume(std::string_view name) const {
    return {find(volumes_, key("", name)), seen(Resource::persistentvolumes, "")};
}
Lookup<StorageClass> World::storage_class(std::string_view name) const {
    return {find(storage_classes_, key("", name)), seen(Resource::storageclasses, "")};
}
Lookup<Node> World::node(std::string_view name) const {
    return {find(nodes_, key("", name)), seen(Resource::nodes, "")};
}
Lookup<Namespace> World::name_space(std::string_view name) const {
    return {find(namespaces_, key("", name)), seen(Resource::namespaces, "")};
}
Lookup<ServiceAccount> World::service_account(std::string_view ns, std::string_view name) const {
    return {find(service_accounts_, key(ns, name)), seen(Resource::serviceaccounts, ns)};
}
Lookup<Workload> World::deployment(std::string_view ns, std::string_view name) const {
    return {find(deployments_, key(ns, name)), seen(Resource::deployments, ns)};
}
Lookup<Workload> World::workload(std::string_view kind, std::string_view ns, std::string_view name) const {
    if (kind == "Deployment") return deployment(ns, name);
    if (kind == "ReplicaSet") return {find(replica_sets_by_name_, key(ns, name)), seen(Resource::replicasets, ns)};
    if (kind == "StatefulSet") return {find(stateful_sets_, key(ns, name)), seen(Resource::statefulsets, ns)};
    if (kind == "DaemonSet") return {find(daemon_sets_, key(ns, name)), seen(Resource::daemonsets, ns)};
    return {};
}
Lookup<Job> World::job(std::string_view ns, std::string_view name) const {
    return {find(jobs_, key(ns, name)), seen(Resource::jobs, ns)};
}
Lookup<IngressClass> World::ingress_class(std::string_view name) const {
    return {find(ingress_classes_, key("", name)), seen(Resource::ingressclasses, "")};
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

std::vector<const Pod*> World::pods_matching(std::string_view ns, const base::TextMap& selector) const {
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
    return list_of(replica_sets_, deployment.meta.uid);
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

std::vector<const Service*> World::services_for(std::string_view ns, const base::TextMap& labels) const {
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

std::vector<const PodDisruptionBudget*> World::budgets_for(std::string_view ns, const base::TextMap& labels) const {
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

bool matches(const base::TextMap& selector, const base::TextMap& labels) {
    return std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
        const auto at = labels.find(wanted.first);
        return at != labels.end() && at->second == wanted.second;
    });
}

bool matches(const LabelSelector& selector, const base::TextMap& labels) {
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
