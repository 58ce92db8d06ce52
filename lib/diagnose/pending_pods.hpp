// Pods that the scheduler could not place: which are worth a finding, what blocks each of them, and which of several
// blockers leads. The rules of the pod.pending.* modes share this, so that a pod gets one of them.
#pragma once
#include "diagnose/build.hpp"
#include "diagnose/placement_proofs.hpp"

namespace salve::diagnose {

struct PendingPod {
    const Pod* pod = nullptr;
    const kube::Condition* condition = nullptr;  // PodScheduled=False, Unschedulable
    SchedulerMessage message;
    std::vector<const kube::Node*> nodes;  // every node, or none when the list was not read whole
    const Placement* placement = nullptr;  // among these
    SchedulerReason lead;                  // the reason that names the mode

    const Proof* proof(const SchedulerReason& reason) const;  // of the lead or another reason, or null
    // Whether something else than the lead is proven never to fit.
    bool blocked_beyond_lead() const;
};

// Not bound, not on its way (nominated), Unschedulable, older than pending_grace, and still blocked as far as the
// nodes' and claims' present state tells: reasons that it contradicts are left out, and a pod with none left is too.
// It lives as long as the World.
const std::vector<PendingPod>& unschedulable_pods(const kube::World& world);

// Still to be placed and older than that: the ground that every pod.pending.* mode stands on.
bool waits_for_a_node(const kube::World& world, const Pod& pod, base::Duration grace);

// A node is nominated, and the victims on it may still be within their grace period.
bool is_preempting(const kube::World& world, const Pod& pod);

// "Cannot be scheduled: 1 Insufficient cpu, 2 node(s) ... (0/3 nodes fit)", without a full stop.
std::string heading(const PendingPod& pending);

// Puts the condition first, the lead's own evidence next, then what else is proven; says the latter in the summary,
// and fills first_seen, last_seen and what could not be read.
void complete(const kube::World& world, const PendingPod& pending, Finding& finding);

}  // namespace salve::diagnose
