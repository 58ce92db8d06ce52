#include "diagnose/scheduler_message.hpp"

#include <doctest/doctest.h>

using namespace salve::diagnose;

namespace {

const SchedulerReason& only(const SchedulerMessage& message) {
    REQUIRE(message.reasons.size() == 1);
    return message.reasons.front();
}

}  // namespace

TEST_CASE("a histogram is split at counts, and the preemption tail is no cause") {
    const auto message = parse_scheduler_message(
        "0/5 nodes are available: 1 Insufficient cpu, 2 Insufficient nvidia.com/gpu, 2 Too many pods. preemption: 0/5 "
        "nodes are available: 5 No preemption victims found for incoming pod.");
    CHECK(message.nodes == 5);
    REQUIRE(message.reasons.size() == 3);
    CHECK(message.reasons[0].blocker == Blocker::insufficient_cpu);
    CHECK(message.reasons[0].nodes == 1);
    CHECK(message.reasons[1].blocker == Blocker::insufficient_resource);
    CHECK(message.reasons[1].detail == "nvidia.com/gpu");
    CHECK(message.reasons[2].blocker == Blocker::too_many_pods);
    CHECK(message.reasons[2].text == "Too many pods");
    CHECK(message.postfilter.substr(0, 14) == "preemption: 0/");
}

TEST_CASE("commas, colons and braces of taints do not split a reason") {
    const auto old = parse_scheduler_message(
        "0/4 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't "
        "tolerate, "
        "3 Insufficient memory.");
    REQUIRE(old.reasons.size() == 2);
    CHECK(old.reasons[0].blocker == Blocker::taint);
    CHECK(old.reasons[0].detail == "node-role.kubernetes.io/master");
    CHECK(old.reasons[1].nodes == 3);
    const auto taint =
        only(parse_scheduler_message("0/1 nodes are available: 1 node(s) had untolerated taint "
                                     "{harbour.example/drydock: survey}. preemption: 0/1 nodes "
                                     "are available: 1 Preemption is not helpful for scheduling."));
    CHECK(taint.blocker == Blocker::taint);
    CHECK(taint.detail == "harbour.example/drydock");
    CHECK(taint.text == "node(s) had untolerated taint {harbour.example/drydock: survey}");
    CHECK(only(parse_scheduler_message("0/1 nodes are available: 1 node(s) had untolerated taint(s).")).blocker ==
          Blocker::taint);
}

TEST_CASE("a prefilter message has no count and stands for the whole pod") {
    const auto message = parse_scheduler_message(
        "0/1 nodes are available: persistentvolumeclaim \"tide-archive-data\" not found. preemption: 0/1 nodes are "
        "available: 1 Preemption is not helpful for scheduling.");
    CHECK(only(message).blocker == Blocker::claim_missing);
    CHECK(only(message).detail == "tide-archive-data");
    CHECK(only(message).nodes == 0);
    const auto lead = [](const char* text) { return only(parse_scheduler_message(text)).blocker; };
    CHECK(lead("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/1 nodes are "
               "available: 1 Preemption is not helpful for scheduling.") == Blocker::unbound_claim);
    CHECK(lead("running \"VolumeBinding\" filter plugin for pod \"web-0\": pod has unbound immediate "
               "PersistentVolumeClaims") == Blocker::unbound_claim);
    CHECK(lead("0/1 nodes are available: persistentvolumeclaim \"a\" is being deleted.") == Blocker::claim_unusable);
    CHECK(lead("0/1 nodes are available: persistentvolumeclaim \"a\" bound to non-existent persistentvolume \"b\".") ==
          Blocker::claim_unusable);
    CHECK(lead("0/1 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "
               "\"p-v\".") == Blocker::claim_awaited);
}

TEST_CASE("every wording of old and new schedulers is known") {
    const auto of = [](const std::string& reason) {
        return only(parse_scheduler_message("0/2 nodes are available: 2 " + reason + ".")).blocker;
    };
    CHECK(of("node(s) didn't match Pod's node affinity/selector") == Blocker::node_affinity);
    CHECK(of("node(s) didn't match Pod's node affinity") == Blocker::node_affinity);
    CHECK(of("node(s) didn't match node selector") == Blocker::node_affinity);
    CHECK(of("node(s) didn't match scheduler-enforced node affinity") == Blocker::node_affinity);
    CHECK(of("node(s) didn't satisfy plugin(s) [NodeAffinity]") == Blocker::node_affinity);
    CHECK(of("node(s) didn't match pod affinity rules") == Blocker::pod_affinity);
    CHECK(of("node(s) didn't match pod affinity/anti-affinity rules") == Blocker::pod_affinity);
    CHECK(of("node(s) didn't match pod anti-affinity rules") == Blocker::pod_affinity);
    CHECK(of("node(s) didn't satisfy existing pods anti-affinity rules") == Blocker::pod_affinity);
    CHECK(of("node(s) didn't match pod topology spread constraints (missing required label)") ==
          Blocker::topology_spread);
    CHECK(of("node(s) didn't have free ports for the requested pod ports") == Blocker::host_port);
    CHECK(of("node(s) were unschedulable") == Blocker::cordoned);
    CHECK(of("node(s) had volume node affinity conflict") == Blocker::volume_zone);
    CHECK(of("node(s) didn't match PersistentVolume's node affinity") == Blocker::volume_zone);
    CHECK(of("node(s) had no available volume zone") == Blocker::volume_zone);
    CHECK(of("node(s) didn't find available persistent volumes to bind") == Blocker::no_matching_volume);
    CHECK(of("node(s) did not have enough free storage") == Blocker::no_matching_volume);
    CHECK(of("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)") ==
          Blocker::no_matching_volume);
    CHECK(of("node(s) exceed max volume count") == Blocker::volume_limit);
    CHECK(of("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode") ==
          Blocker::read_write_once_pod);
    CHECK(of("Insufficient ephemeral-storage") == Blocker::insufficient_resource);
    CHECK(of("node(s) didn't match the requested node name") == Blocker::other);
}

TEST_CASE("other postfilters are cut off, and hostile text is only text") {
    const auto device = parse_scheduler_message(
        "0/1 nodes are available: 1 cannot allocate all claims. still not schedulable, preemption: 0/1 nodes are "
        "available: 1 Preemption is not helpful for scheduling.");
    CHECK(only(device).text == "cannot allocate all claims");
    CHECK(parse_scheduler_message("").reasons.empty());
    CHECK_FALSE(parse_scheduler_message("0/99999999999999999999 nodes are available: 1 Insufficient cpu.").nodes);
    CHECK(only(parse_scheduler_message("0/1 nodes are available: 99999999999999999999 Insufficient cpu.")).nodes == 0);
    CHECK(only(parse_scheduler_message("no nodes available to schedule pods")).blocker == Blocker::no_nodes);
    CHECK(parse_scheduler_message("0/0 nodes are available:").has(Blocker::no_nodes));
    CHECK(only(parse_scheduler_message("1 2 3, 4")).blocker == Blocker::other);
    CHECK(parse_scheduler_message("0/1 nodes are available").reasons.empty());
}
