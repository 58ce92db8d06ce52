// What is not kept of objects that nothing will be asked about: ten thousand healthy pods are most of a large cluster's
// facts.
#pragma once
#include "kube/raw_path.hpp"
#include "kube/snapshot.hpp"

namespace salve::kube {

// Whether the pod runs, is Ready and has never restarted, or has succeeded. Its spec is not looked at.
bool is_settled(const Pod& pod);

// Of a settled pod its identity, labels, node, scheduler, images, requests, ports, claims and the states of what runs
// in it are kept: what others are judged by as well. What only the pod itself would be judged by is not: environment,
// commands, probes, mounts, users, placement, annotations, other conditions, volumes without a claim and the states of
// init containers that are done. Any other pod is kept whole.
bool is_kept_condition(std::string_view type);
bool is_kept_volume(const Volume& volume);
bool is_kept_status(const ContainerStatus& status);  // a sidecar runs on

// A change that is older is no news: nothing asks what it changed.
inline constexpr auto change_window = base::hours(24);

// Whether the Deployment of these conditions may have got another revision within the window. The controller dates
// Progressing anew when it makes a ReplicaSet, takes up an old one, or sees progress; without a progress deadline there
// is no condition (pkg/controller/deployment/sync.go getNewReplicaSet). So an old date says that no revision is
// younger, and neither its ReplicaSets nor all of its template need be read.
bool may_have_changed(const std::vector<Condition>& conditions, Time now);

// Whether all of a workload's pod template is kept, as a finding may ask what changed in it. Else its labels, volumes
// with a claim, placement and the like stay, and of its containers what stays of a settled pod's. Of a StatefulSet or
// DaemonSet the ControllerRevisions say what changed; of a Job or CronJob nobody asks.
bool is_template_kept(const Workload& workload, Time now);

// Whether the event tells a rule anything. Not kept are those that every healthy pod and Job leaves (Scheduled, Pulled,
// Created, Started, ...): four of five events of a large cluster. A rule that comes to need one takes its reason off
// this list.
bool is_kept(const Event& event);

// Every event of the cluster that is kept, by a selector: the others need not travel.
RawPath kept_events();

// Annotation deployment.kubernetes.io/revision, or 0.
long revision_of(const Workload& replica_set);

}  // namespace salve::kube
