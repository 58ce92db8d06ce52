// A snapshot with the questions that rules share: who owns what, which events are about it, what was read and what was
// not.
#pragma once
#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "kube/snapshot.hpp"

namespace salve::kube {

// The answer to "is there an X of that name?": found, absent (the list was read whole and it is not in it), or unknown.
// A rule that concludes from absence must ask absent(): not found alone proves nothing.
template <typename T>
struct Lookup {
    const T* found = nullptr;
    bool seen = false;  // whether the list it would stand in was read whole

    bool absent() const { return !found && seen; }
    bool unknown() const { return !found && !seen; }
    explicit operator bool() const { return found != nullptr; }
    const T* operator->() const { return found; }
    const T& operator*() const { return *found; }
};

// The object that a person edits to change a pod: the top of its chain of controllers. Exactly one pointer is set, or
// none when the owner's kind is not read (a custom resource) or its list could not be read.
struct Owner {
    ObjectRef ref;  // of a bare pod: the pod itself
    const Workload* workload = nullptr;
    const Job* job = nullptr;
    const CronJob* cron_job = nullptr;
    bool is_pod = false;  // no controller

    std::optional<int> desired() const;  // pods wanted, where the kind has such a number
    std::optional<int> ready() const;
    const Meta* meta() const;                 // null for a bare pod or an unknown owner
    const PodTemplate* pod_template() const;  // likewise
};

class World {
public:
    // Keeps references into the snapshot: it must outlive the World and not change.
    explicit World(const Snapshot& snapshot);
    explicit World(Snapshot&&) = delete;

    const Snapshot& facts() const { return facts_; }
    Time now() const { return facts_.taken_at; }

    // Whether the list of that kind, for that namespace (empty: cluster-scoped), was read whole.
    bool seen(Resource what, std::string_view ns) const;

    // Pods that a rule may judge: not Succeeded, not being deleted, not of a finished or deleted Job, owner not scaled
    // to 0. (TAXONOMY 0.9. Pods being deleted have modes of their own.)
    std::span<const Pod* const> candidates() const { return candidates_; }

    Owner owner(const Pod& pod) const;
    Owner owner(const Workload& workload) const;
    Owner owner(const Job& job) const;

    const Pod* pod(std::string_view uid) const;
    // The Deployment, ReplicaSet, StatefulSet or DaemonSet with that uid, or null.
    const Workload* workload(std::string_view uid) const;
    Lookup<Pod> pod(std::string_view ns, std::string_view name) const;
    Lookup<Service> service(std::string_view ns, std::string_view name) const;
    Lookup<PersistentVolumeClaim> claim(std::string_view ns, std::string_view name) const;
    Lookup<PersistentVolume> volume(std::string_view name) const;
    Lookup<StorageClass> storage_class(std::string_view name) const;
    Lookup<Node> node(std::string_view name) const;
    Lookup<Namespace> name_space(std::string_view name) const;
    Lookup<ServiceAccount> service_account(std::string_view ns, std::string_view name) const;
    Lookup<Workload> deployment(std::string_view ns, std::string_view name) const;
    // kind: Deployment, ReplicaSet, StatefulSet or DaemonSet; any other is unknown.
    Lookup<Workload> workload(std::string_view kind, std::string_view ns, std::string_view name) const;
    Lookup<Job> job(std::string_view ns, std::string_view name) const;
    Lookup<IngressClass> ingress_class(std::string_view name) const;

    // Every pod whose top owner is this object (by uid, or by kind and name), candidates or not.
    std::vector<const Pod*> pods_of(const ObjectRef& owner) const;
    // Every pod of the namespace, candidate or not, that the selector matches; an empty selector matches none. By name.
    std::vector<const Pod*> pods_matching(std::string_view ns, const base::TextMap& selector) const;
    // The same for a selector of a workload or a budget, where an empty one matches every pod.
    std::vector<const Pod*> pods_matching(std::string_view ns, const LabelSelector& selector) const;
    // Every pod of the namespace with a volume of that claim (generic ephemeral volumes are not claims by name).
    std::vector<const Pod*> users_of(const PersistentVolumeClaim& claim) const;
    // Every Deployment, StatefulSet and DaemonSet, by namespace, name and kind.
    std::vector<const Workload*> workloads() const;
    // Jobs that the CronJob made, newest first.
    std::vector<const Job*> jobs_of(const CronJob& cron_job) const;
    // ReplicaSets of a Deployment, newest revision first (annotation deployment.kubernetes.io/revision).
    std::vector<const Workload*> replica_sets_of(const Workload& deployment) const;

    // ControllerRevisions of a StatefulSet or DaemonSet, newest first; none where nobody asked for them.
    std::vector<const ControllerRevision*> revisions_of(const Workload& workload) const;

    // Events about the object with that uid, newest last. Events of an earlier object of the same name are not among
    // them.
    std::span<const Event* const> events(std::string_view uid) const;
    // Events about a node, newest last. The kubelet writes the node's name where its uid belongs, the controllers its
    // uid. They lie in the namespace default.
    std::vector<const Event*> node_events(const Node& node) const;
    // Whether the events about nodes were read whole.
    bool node_events_seen() const;

    // Services of the pod's namespace whose selector matches the labels; selector-less Services match nothing.
    std::vector<const Service*> services_for(std::string_view ns, const base::TextMap& labels) const;
    // Ingresses of that namespace with a backend of that Service.
    std::vector<const Ingress*> ingresses_for(std::string_view ns, std::string_view service) const;
    // All slices of a Service (there may be several).
    std::vector<const EndpointSlice*> slices_of(const Service& service) const;

    // Autoscalers that set the replicas of that object. None, too, where they could not be read: ask seen().
    std::vector<const HorizontalPodAutoscaler*> autoscalers_of(const ObjectRef& target) const;
    // Disruption budgets of the namespace whose selector matches the labels; the same holds.
    std::vector<const PodDisruptionBudget*> budgets_for(std::string_view ns, const base::TextMap& labels) const;

    // The log of that container, or null if it was not asked for or could not be read.
    const Log* log(std::string_view ns, std::string_view pod, std::string_view container, bool previous) const;

private:
    template <typename T>
    using ByName = std::unordered_map<std::string, const T*>;  // "ns/name"

    void index_pods();
    void index_owners();
    bool is_candidate(const Pod& pod) const;

    const Snapshot& facts_;
    std::unordered_map<std::string, ReadState> lists_;  // "plural@ns"
    std::vector<const Pod*> candidates_;
    ByName<Pod> pods_, pods_by_uid_;
    ByName<Service> services_;
    ByName<PersistentVolumeClaim> claims_;
    ByName<PersistentVolume> volumes_;
    ByName<StorageClass> storage_classes_;
    ByName<Node> nodes_;
    ByName<Namespace> namespaces_;
    ByName<ServiceAccount> service_accounts_;
    ByName<Workload> deployments_, replica_sets_by_name_, stateful_sets_, daemon_sets_;
    ByName<Job> jobs_;
    ByName<IngressClass> ingress_classes_;
    std::unordered_map<std::string, std::vector<const Pod*>> pods_by_ns_;     // by name
    std::unordered_map<std::string, std::vector<const Job*>> jobs_by_owner_;  // uid of the CronJob
    std::unordered_map<std::string, const Workload*> workloads_by_uid_;
    std::unordered_map<std::string, const Job*> jobs_by_uid_;
    std::unordered_map<std::string, const CronJob*> cron_jobs_by_uid_;
    std::unordered_map<std::string, std::vector<const Pod*>> pods_by_owner_;  // uid of the top owner
    std::unordered_map<std::string, std::vector<const Event*>> events_;       // uid
    std::unordered_map<std::string, std::vector<const Service*>> services_by_ns_;
    std::unordered_map<std::string, std::vector<const Ingress*>> ingresses_by_ns_;
    std::unordered_map<std::string, std::vector<const EndpointSlice*>> slices_;   // "ns/service"
    std::unordered_map<std::string, std::vector<const Workload*>> replica_sets_;  // uid of the Deployment
};

// Whether the labels satisfy the selector; an unknown operator matches nothing.
bool matches(const LabelSelector& selector, const base::TextMap& labels);
bool matches(const base::TextMap& selector, const base::TextMap& labels);

// Whether that namespace was asked for; cluster-wide objects (no namespace) always were. Others may have been read all
// the same, to find a cause there.
bool in_scope(const World& world, std::string_view ns);

// Whether the controller has seen the present spec: only then do its conditions and counts speak of it (TAXONOMY 0.10).
bool is_observed(const Workload& workload);

// Whether the pod takes traffic: condition Ready is True and it is not being deleted.
bool is_ready(const Pod& pod);

// The spec of the container that a status is about, or null.
const Container* container_spec(const PodSpec& spec, std::string_view name);
// The status of a container, or null.
const ContainerStatus* container_status(const Pod& pod, std::string_view name);

}  // namespace salve::kube
