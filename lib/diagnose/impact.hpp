// What a finding means for those who use the workload: how many healthy pods are left, which Services lose their last
// one.
#pragma once
#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// The workloads (Deployment, ReplicaSet, StatefulSet, DaemonSet) that the finding blames or affects.
std::vector<const kube::Workload*> workloads_of(const kube::World& world, const Finding& finding);

// Pods of the workload that are Ready and not affected by the finding. A pod that is affected does not count even when
// it is Ready at the moment of the reading: between two restarts a crashing pod is Ready, and the verdict must not
// depend on the moment.
int healthy_others(const kube::World& world, const kube::Workload& workload, const Finding& finding);

// TAXONOMY 0.7: one up when nobody else serves, one down when the others suffice. Nothing below low is changed, nothing
// falls below low, and nothing is changed when the pods could not be read whole.
Severity adjusted_severity(const kube::World& world, const Finding& finding);

// Adds the Services that have no ready pod left because of this finding, and the Ingresses that lead to them.
void add_unserved(const kube::World& world, Finding& finding);

// Takes off what may never be proposed (TAXONOMY 2.3): any action on an object of the cluster's own namespaces, and
// those that change the spec of an object which somebody else writes from a source of his own (Argo CD, Flux, an
// operator), for he would put it back. Helm only writes on an upgrade, so its objects keep theirs.
void drop_forbidden_actions(Finding& finding);

// Who else manages the object ("helm:web", "argocd", "flux:apps"), by the markers of TAXONOMY 2.3; sorted.
std::vector<std::string> managers_of(const kube::Meta& meta);

}  // namespace salve::diagnose
