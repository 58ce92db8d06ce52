// One reading of a cluster: the facts, and the ledger of what was read and what was not.
#pragma once
#include <set>

#include "base/names.hpp"
#include "kube/cluster.hpp"
#include "kube/network.hpp"
#include "kube/pod.hpp"
#include "kube/read_state.hpp"
#include "kube/resource.hpp"
#include "kube/workload.hpp"

namespace salve::kube {

// One line of the evidence ledger. ns is empty for a cluster-wide read. absent: the cluster does not serve that kind.
struct Read {
    Resource what = Resource::pods;
    std::string ns;
    ReadState state = ReadState::ok;
    std::size_t objects = 0;
    std::string object;  // logs: "POD/CONTAINER", with "/previous"; part of a list: which ("about nodes", a name); else
                         // empty
    std::string detail;  // the decisive line of the error, or empty
    std::optional<RawAnswer> answer = std::nullopt;  // nothing for what came out of a recording
    bool operator==(const Read&) const = default;
};

// Read::object of the events about nodes, which are read apart where the namespace default is not in the scope.
inline constexpr std::string_view about_nodes = "about nodes";

// Read::object of the ReplicaSets that no Deployment made, which are read apart where those of Deployments are read
// only when somebody asks (World::unread).
inline constexpr std::string_view of_no_deployment = "of no Deployment";

// Where the kubelets renew their leases.
inline constexpr std::string_view lease_namespace = "kube-node-lease";

// Which ReplicaSets of Deployments were asked for, where not all were read at once.
struct ReplicaSetsRead {
    std::map<std::string, ReadState>
        deployments;               // uid of the Deployment; ok: all of its ReplicaSets stand in the facts
    std::set<std::string> hashes;  // label pod-template-hash of pods whose Deployment is not known
    bool operator==(const ReplicaSetsRead&) const = default;
};

// Lines of one container's log, oldest first, redacted, without terminal control (it is still there: escape when
// printing).
struct LogLine {
    std::optional<Time> at;
    std::string text;
    bool operator==(const LogLine&) const = default;
};
struct Log {
    std::string ns, pod, container;
    bool previous = false;
    std::vector<LogLine> lines;
    bool operator==(const Log&) const = default;
};

struct ClusterInfo {
    std::string context;         // empty: no context (in-cluster)
    std::string server_version;  // "v1.32.2", or empty
    std::string uid;             // of the namespace kube-system, or empty
    bool operator==(const ClusterInfo&) const = default;
};

struct Scope {
    std::vector<std::string> namespaces;  // sorted; empty with all
    bool all = false;
    std::vector<std::string> targets;  // "deploy/web", as normalised
    bool operator==(const Scope&) const = default;
};

struct Snapshot {
    ClusterInfo cluster;
    Scope scope;
    Time taken_at;
    std::vector<Read> reads;
    ReplicaSetsRead replica_sets_read;
    std::vector<Namespace> namespaces;
    std::vector<Pod> pods;
    std::vector<Event> events;
    std::vector<Workload> deployments, replica_sets, stateful_sets, daemon_sets;
    std::vector<Job> jobs;
    std::vector<CronJob> cron_jobs;
    std::vector<Service> services;
    std::vector<EndpointSlice> endpoint_slices;
    std::vector<PersistentVolumeClaim> claims;
    std::vector<ResourceQuota> quotas;
    std::vector<LimitRange> limit_ranges;
    std::vector<ServiceAccount> service_accounts;
    std::vector<Ingress> ingresses;
    std::vector<NetworkPolicy> network_policies;
    std::vector<HorizontalPodAutoscaler> autoscalers;
    std::vector<PodDisruptionBudget> budgets;
    std::vector<Node> nodes;
    std::vector<PersistentVolume> volumes;
    std::vector<StorageClass> storage_classes;
    std::vector<IngressClass> ingress_classes;
    std::vector<WebhookConfiguration> webhooks;
    std::vector<ApiService> api_services;
    std::vector<Lease> leases;
    std::vector<ControllerRevision> revisions;  // only of namespaces for which a finding asked
    std::vector<Log> logs;
    bool operator==(const Snapshot&) const = default;
};

}  // namespace salve::kube
