// What the scheduler says about a pod that fits nowhere: the message of PodScheduled=False, taken apart.
//
// Grammar (kubernetes pkg/scheduler/framework/types.go, FitError.Error):
//   0/N nodes are available: PREFILTER. POSTFILTER
//   0/N nodes are available: COUNT REASON, COUNT REASON. POSTFILTER
// One node may give several reasons, so counts may add up to more than N; a node gives the reasons of its first failing
// filter only. POSTFILTER (from 1.24: "preemption: 0/N nodes are available: ...") repeats, it is no second cause.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salve::diagnose {

// Why a node, or the whole cluster, does not take a pod.
enum class Blocker {
    insufficient_cpu,
    insufficient_memory,
    insufficient_resource,
    too_many_pods,
    taint,
    node_affinity,
    pod_affinity,
    topology_spread,
    host_port,
    cordoned,
    no_nodes,
    unbound_claim,
    claim_missing,
    claim_awaited,   // an ephemeral volume's claim that its controller is about to make
    claim_unusable,  // being deleted, or bound to a volume that is gone
    volume_zone,
    no_matching_volume,
    volume_limit,
    read_write_once_pod,
    other,
};

struct SchedulerReason {
    Blocker blocker = Blocker::other;
    int nodes = 0;     // how many nodes say so; 0: said of the pod as a whole (prefilter, or a version without counts)
    std::string text;  // the reason's own words, without the count
    std::string detail;  // the resource, the taint's key or the claim's name, where the text has one
};

struct SchedulerMessage {
    std::optional<int> nodes;  // the N of "0/N"
    std::vector<SchedulerReason> reasons;
    std::string postfilter;  // "preemption: ...", or empty

    bool has(Blocker blocker) const;
};

// Never fails: text of no known form is one reason of kind other; an empty text has no reasons.
SchedulerMessage parse_scheduler_message(std::string_view message);

}  // namespace salve::diagnose
