// A snapshot with the questions that rules share: who owns what, which events are about it, what was read and what was
// not.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "kube/shared_finds.hpp"
#include "kube/snapshot.hpp"
#include "kube/steady_index.hpp"
#include "kube/unread.hpp"

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
    // Keeps references into the snapshot: it must outlive the World and not change. steady: of an earlier World of this
    // snapshot, which has grown since; made anew where it does not fit, or is null.
    explicit World(const Snapshot& snapshot, std::shared_ptr<const SteadyIndex> steady = nullptr);
    explicit World(Snapshot&&, std::shared_ptr<const SteadyIndex> steady = nullptr) = delete;
    const std::shared_ptr<const SteadyIndex>& steady() const { return steady_; }

    const Snapshot& facts() const { return facts_; }
    Time now() const { return facts_.taken_at; }

    // Whether the list of that kind, for that namespace (empty: cluster-scoped), was read whole.
    bool seen(Resource what, std::string_view ns) const;

    // What was asked of this World until now, and had not been read. Where it is empty, every answer so far is the one
    // that a reading of everything had given. Any thread may ask, but for this, while others do.
    const Unread& unread() const { return unread_.noted(); }

    // What find gives of this World, found once however many ask: for what several rules go by.
    template <typename T>
    const T& once(T (*find)(const World&)) const {
        return shared_.get(find, *this);
    }

    // The same for what follows from the lists that SteadyIndex is of, and from nothing else that a World says: found
    // once for all Worlds that have it in common.
    template <typename T>
    const T& once_for_all(T (*find)(const World&)) const {
        return steady_->finds.get(find, *this);
    }

    // Pods that a rule may judge: not Succeeded, not being deleted, not of a finished or deleted Job, owner not scaled
    // to 0. (TAXONOMY 0.9. Pods being deleted have modes of their own.)
    std::span<const Pod* const> candidates() const { return candidates_; }
    // The candidates of which anything is known but that they run (see is_settled): in a cluster that works these are
    // few, and a rule about what a pod lacks need not look at the others.
    std::span<const Pod* const> unsettled() const { return unsettled_; }
    // Whether the pod, one of the facts', is a candidate that runs and is ready, each container in its first life and
    // each usual condition True, with no other condition, no reason, no event and no log.
    bool is_settled(const Pod& pod) const { return settled_[index_of(pod)]; }

    // pod: one of the facts'. Settled once, for every rule asks.
    const Owner& owner(const Pod& pod) const;
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

    // The lists that are read when somebody asks for them: whoever wants them from facts() must ask here.
    const std::vector<StorageClass>& storage_classes() const;
    const std::vector<IngressClass>& ingress_classes() const;
    const std::vector<Lease>& leases() const;                                       // of nodes
    const std::vector<LimitRange>& limit_ranges(std::string_view ns) const;         // that namespace's are among them
    const std::vector<NetworkPolicy>& network_policies(std::string_view ns) const;  // likewise

    // Every pod whose top owner is this object (by uid, or by kind and name), candidates or not.
    std::vector<const Pod*> pods_of(const ObjectRef& owner) const;
    // Every pod of the namespace, candidate or not, that the selector matches; an empty selector matches none. By name.
    std::vector<const Pod*> pods_matching(std::string_view ns, const base::TextMap& selector) const;
    // The same for a selector of a workload or a budget, where an empty one matches every pod.
    std::vector<const Pod*> pods_matching(std::string_view ns, const LabelSelector& selector) const;
    // Every pod of the namespace with a volume of that claim (generic ephemeral volumes are not claims by name).
    std::vector<const Pod*> users_of(const PersistentVolumeClaim& claim) const;
    // Every Deployment, StatefulSet and DaemonSet, by namespace, name and kind.
    std::span<const Workload* const> workloads() const { return steady_->workloads; }
    // Jobs that the CronJob made, newest first.
    std::vector<const Job*> jobs_of(const CronJob& cron_job) const;
    // ReplicaSets of a Deployment, newest revision first (annotation deployment.kubernetes.io/revision).
    std::vector<const Workload*> replica_sets_of(const Workload& deployment) const;
    // Whether all of them were read.
    bool replica_sets_seen(const Workload& deployment) const;
    // Every ReplicaSet that no Deployment made or that needs_replica_sets says; others may be among them.
    const std::vector<Workload>& replica_sets() const;
    // Every ReplicaSet of that namespace, beside others.
    const std::vector<Workload>& replica_sets_in(std::string_view ns) const;
    // The ReplicaSets that no Deployment made, and whether all of that namespace were read.
    std::span<const Workload* const> loose_replica_sets() const { return loose_replica_sets_; }
    bool loose_replica_sets_seen(std::string_view ns) const;

    // ControllerRevisions of a StatefulSet or DaemonSet, newest first; none where nobody asked for them.
    std::vector<const ControllerRevision*> revisions_of(const Workload& workload) const;

    // Events about the object with that uid, newest last. Events of an earlier object of the same name are not among
    // them.
    std::span<const Event* const> events(std::string_view uid) const;
    std::span<const Event* const> events(const Pod& pod) const;  // one of the facts': without a search
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
    const std::vector<Log>& logs() const;
    // The ledger: a line for whatever was read, the late kinds among them.
    const std::vector<Read>& reads() const;

    // A digest of what rules are told of each pod, its owner, whether it is to be judged and whether it is settled, and
    // of the ReplicaSets that no Deployment made: what was made of late kinds when nobody asked for them yet. And of
    // now(), which a late reading can move.
    std::string standing() const;

private:
    // The state of that list in the ledger; nothing where nobody has read it.
    std::optional<ReadState> list_state(Resource what, std::string_view ns) const;
    template <typename T>
    Lookup<T> look_up(const ByName<const T*>& index, Resource what, std::string_view ns, std::string_view name) const;
    const Workload* workload_of(std::string_view uid) const;
    const Workload* deployment_of(const Pod& pod, const OwnerReference& controller) const;

    void index_replica_sets();
    void index_pods();
    // Error(internal) for a copy: it is not one of the facts'.
    std::size_t index_of(const Pod& pod) const;
    Owner find_owner(const Pod& pod) const;
    bool is_candidate(const Pod& pod) const;
    bool has_log(const Pod& pod) const;

    const Snapshot& facts_;
    std::shared_ptr<const SteadyIndex> steady_;
    mutable NotedUnread unread_;
    mutable SharedFinds shared_;
    ByName<ReadState> lists_;  // the plural stands for the name
    std::vector<const Pod*> candidates_, unsettled_;
    std::vector<bool> settled_;  // by the pod's index in the facts
    ByName<const StorageClass*> storage_classes_;
    ByName<const ServiceAccount*> service_accounts_;
    ByName<const IngressClass*> ingress_classes_;
    ByName<const Workload*> replica_sets_by_name_;
    ByText<const Workload*> replica_sets_by_uid_;
    ByText<std::vector<const Workload*>> replica_sets_;  // uid of the Deployment
    std::vector<const Workload*> loose_replica_sets_;
    std::deque<Owner> owners_;                       // each once: it stays where it is
    std::vector<const Owner*> owner_of_;             // by the pod's index in the facts
    ByText<std::vector<const Pod*>> pods_by_owner_;  // uid of the top owner
    bool loose_only_ =
        false;  // all ReplicaSets of no Deployment were read, and of Deployments those that were asked for
};

// Whether that namespace was asked for; cluster-wide objects (no namespace) always were. Others may have been read all
// the same, to find a cause there.
bool in_scope(const World& world, std::string_view ns);

// Whether the controller has seen the present spec: only then do its conditions and counts speak of it (TAXONOMY 0.10).
bool is_observed(const Workload& workload);

// Whether all pods of the Deployment are there and of its newest revision, and none is refused: then its older
// ReplicaSets have no pods and the newest lacks none (pkg/controller/deployment/sync.go calculateStatus).
bool has_one_revision(const Workload& deployment);
// Whether its ReplicaSets have to be looked at to judge it: it is not that, and it is to have pods.
bool needs_replica_sets(const Workload& deployment);

// Whether the pod takes traffic: condition Ready is True and it is not being deleted.
bool is_ready(const Pod& pod);

// The spec of the container that a status is about, or null.
const Container* container_spec(const PodSpec& spec, std::string_view name);
// The status of a container, or null.
const ContainerStatus* container_status(const Pod& pod, std::string_view name);

}  // namespace salve::kube
