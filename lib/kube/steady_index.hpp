// The indexes of the lists that are read first and then stay as they are while others are still asked for: made once
// for all Worlds of one snapshot.
#pragma once
#include <array>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kube/pod_index.hpp"
#include "kube/shared_finds.hpp"
#include "kube/snapshot.hpp"

namespace salve::kube {

// Of a pod that a Deployment's ReplicaSet made, and of that.
inline constexpr std::string_view hash_label = "pod-template-hash";

// Keys are views into the facts: no look-up makes a string.
template <typename T>
using ByName = std::unordered_map<Place, T, PlaceHash>;
template <typename T>
using ByText = std::unordered_map<std::string_view, T>;

// Keeps references into the snapshot: it must outlive the index, and of the lists that are indexed nothing may change.
// Other lists may grow.
class SteadyIndex {
public:
    explicit SteadyIndex(const Snapshot& snapshot);
    // Whether every list that is indexed is where it was, and as long: one that grew is another.
    bool fits(const Snapshot& snapshot) const { return lists_ == lists_of(snapshot); }

    const PodIndex pods;
    ByText<const Pod*> pods_by_uid;
    ByName<const Service*> services;
    ByName<const PersistentVolumeClaim*> claims;
    ByName<const PersistentVolume*> volumes;
    ByName<const Node*> nodes;
    ByName<const Namespace*> namespaces;
    ByName<const Workload*> deployments, stateful_sets, daemon_sets;
    ByName<const Job*> jobs;
    ByText<const Workload*> workloads_by_uid;       // no ReplicaSets
    std::vector<const Workload*> workloads;         // the same, by namespace, name and kind
    ByText<std::vector<const Job*>> jobs_by_owner;  // uid of the CronJob; newest first
    ByText<const Job*> jobs_by_uid;
    ByText<const CronJob*> cron_jobs_by_uid;
    ByName<std::vector<const Pod*>> users_of_claim;  // the claim's place
    ByText<std::vector<const Event*>> events;        // uid; newest last
    ByText<std::vector<const Service*>> services_by_ns;
    ByText<std::vector<const Ingress*>> ingresses_by_ns;
    ByText<std::vector<const HorizontalPodAutoscaler*>> autoscalers_by_ns;
    ByText<std::vector<const PodDisruptionBudget*>> budgets_by_ns;
    ByName<std::vector<const EndpointSlice*>> slices;  // the Service's place

    // By the pod's index in the facts.
    struct PodFacts {
        const Workload* made_by = nullptr;  // what controls it, by uid
        // The Deployment whose ReplicaSet of that name and hash would control it.
        const Workload* deployment = nullptr;
        // Running, ready, each container in its first life, each usual condition True, with no other condition, no
        // reason and no event.
        bool only_runs = false;
        std::span<const Event* const> events;  // about it, newest last
    };
    std::vector<PodFacts> of_pods;

    mutable SharedFinds finds;  // World::once_for_all

private:
    using Lists = std::array<std::pair<const void*, std::size_t>, 16>;
    static Lists lists_of(const Snapshot& snapshot);
    const Workload* deployment_by_hash(const Pod& pod, const OwnerReference& controller) const;
    void index_workloads(const Snapshot& snapshot);
    void index_pods(const Snapshot& snapshot);

    const Lists lists_;
};

}  // namespace salve::kube
