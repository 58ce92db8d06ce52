// A Deployment and its ReplicaSets as a rollout: which revision is the newest, who serves meanwhile, and what the
// Deployment controller says (pkg/controller/deployment/progress.go, sync.go, util/deployment_util.go).
#pragma once
#include "diagnose/pod_trouble.hpp"

namespace salve::diagnose {

struct Rollout {
    const kube::Workload* deployment = nullptr;
    // Its ReplicaSet of the highest revision; null when none was read, or all its pods are of one revision.
    const kube::Workload* newest = nullptr;
    // The condition of that type, or null.
    const kube::Condition* progressing = nullptr;
    const kube::Condition* available = nullptr;
    const kube::Condition* replica_failure = nullptr;
    int older_ready = 0, older_sets = 0;  // ready replicas of older ReplicaSets; how many of those want pods
    std::vector<PodTrouble> troubles;     // of the newest revision's pods (of all pods when that is not known)

    // Progressing=False ProgressDeadlineExceeded, and still so: the rollout has not completed since.
    bool past_deadline() const;
    // The controller is at work on the newest revision and its deadline has not passed.
    bool under_way() const;
    // Older replicas alone are at least as many as the strategy keeps available.
    bool served_by_older() const;
    // Time since the controller last saw progress, where it says so.
    std::optional<base::Duration> since_progress(Time now) const;
};

// progressDeadlineSeconds, at most the API's default of ten minutes: larger ones mean that nobody waits for it.
base::Duration patience_of(const kube::Workload& deployment);

// Replicas that the strategy keeps available: replicas minus maxUnavailable, rounded as the controller does.
int min_available(const kube::Workload& deployment);

// Every Deployment that is to be judged: not being deleted, not at zero replicas, its status of the present spec. Of
// these the wanted ones, where a rule knows from the Deployment alone that it says nothing of the others.
std::vector<Rollout> rollouts_of(const kube::World& world, bool (*wanted)(const kube::Workload&));

// Puts the controller's ReplicaFailure (no pod may be created) and what the pods say into summary and evidence;
// `lead` is the first part of the sentence.
void tell(const kube::World& world, const Rollout& rollout, Finding& finding, std::string lead,
          const std::vector<PodTrouble>& troubles);

}  // namespace salve::diagnose
