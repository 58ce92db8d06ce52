#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/eviction_text.hpp"
#include "unit/diagnose/node_builders.hpp"

using namespace salve;
using namespace salve::node_test;
using diagnose::EvictedFor;
using diagnose::parse_eviction;
using diagnose::rules::eviction;
using diagnose::rules::leftover;

namespace {

const std::string low_memory =
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 76036Ki. Container web was using "
    "812Mi, request is 64Mi, has larger consumption of memory. ";
const std::string over_limit = "Usage of EmptyDir volume \"b\" exceeds the limit \"16Mi\". ";

}  // namespace

TEST_CASE("eviction messages of old and new kubelets") {
    const auto fresh = parse_eviction(low_memory);
    REQUIRE(fresh);
    CHECK(fresh->what == EvictedFor::memory);
    CHECK(fresh->container == "web");
    CHECK(fresh->usage == "812Mi");
    CHECK(fresh->request == "64Mi");
    const auto old = parse_eviction(
        "The node was low on resource: ephemeral-storage. Container app was using 12Gi, which exceeds its request of "
        "0. ");
    REQUIRE(old);
    CHECK(old->what == EvictedFor::disk);
    CHECK(old->container == "app");
    CHECK(old->request == "0");
    CHECK(parse_eviction("The node was low on resource: inodes. ")->what == EvictedFor::disk);
    CHECK(parse_eviction("The node was low on resource: pids. Threshold quantity: 100, available: 3.")->what ==
          EvictedFor::pids);
    CHECK(parse_eviction("The node was low on resource: [DiskPressure].")->what == EvictedFor::disk);
    const auto refused = parse_eviction("Pod was rejected: The node had condition: [MemoryPressure]. ");
    REQUIRE(refused);
    CHECK(refused->at_admission);
    CHECK(refused->what == EvictedFor::memory);
    for (const auto* text : {"Usage of EmptyDir volume \"b\" exceeds the limit \"16Mi\". ",
                             "Container c exceeded its local ephemeral storage limit \"1Gi\". ",
                             "Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. "})
        CHECK(parse_eviction(text)->what == EvictedFor::limit);
    CHECK_FALSE(parse_eviction("Evicted for another reason"));
    CHECK_FALSE(parse_eviction("The node was low on resource: patience."));
}

TEST_CASE("an evicted pod blames its owner, a refused one the node") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    cluster.deployment("map", "web:1");
    fails(cluster.running("map", "map-5d9-aaaaa"), "Evicted", low_memory);
    fails(cluster.running("map", "map-5d9-bbbbb"), "Evicted",
          "Pod was rejected: The node had condition: [DiskPressure]. ");
    const auto found = cluster.run(eviction);
    CHECK(told(found) == Told{"pod.evicted.node-disk Node/node-1", "pod.evicted.node-memory Deployment/map"});
    for (const auto& finding : found) {
        CHECK(finding.severity == Severity::high);
        CHECK(finding.actions.empty());
    }
    CHECK(affects(found[1], "Deployment", "map"));
    CHECK(says(found[0].summary, "812Mi"));
}

TEST_CASE("a bare pod that was evicted is not replaced") {
    NodeCluster cluster;
    auto& pod = cluster.bare_pod("alone", "web:1", "");
    fails(pod, "Evicted", "Container c exceeded its local ephemeral storage limit \"1Gi\". ");
    const auto found = cluster.run(eviction);
    CHECK(told(found) == Told{"pod.evicted.ephemeral-limit Pod/alone"});
    CHECK(advises(found[0], "nothing will replace it"));
}

TEST_CASE("one eviction that a healthy pod made good is housekeeping, several are not") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 1);
    cluster.running("map", "map-5d9-fresh");
    fails(cluster.running("map", "map-5d9-aaaaa"), "Evicted", low_memory);
    auto found = cluster.run(eviction);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::low);
    CHECK(found[0].actions == std::vector<std::string>{"pod.cleanup-failed"});

    fails(cluster.running("map", "map-5d9-bbbbb"), "Evicted", low_memory);
    found = cluster.run(eviction);
    REQUIRE(found.size() == 2);
    CHECK(found[0].severity == Severity::high);
    CHECK(says(found[0].summary, "2 pods of Deployment map"));
    CHECK(found[0].root == found[1].root);  // and so they are folded
}

TEST_CASE("a limit of the pod's own strikes the replacement too") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 1);
    auto& fresh = cluster.running("map", "map-5d9-fresh");
    fresh.started = now - base::seconds(50);
    auto& gone = cluster.running("map", "map-5d9-aaaaa");
    fails(gone, "Evicted", over_limit, base::minutes(1));
    CHECK(cluster.run(eviction).at(0).severity == Severity::high);
    fresh.started = now - base::minutes(50);
    gone.started = gone.meta.created = now - base::minutes(55);
    fails(gone, "Evicted", over_limit, base::minutes(51));
    CHECK(cluster.run(eviction).at(0).severity == Severity::low);
}

TEST_CASE("evictions that are over are leftovers") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 1);
    cluster.running("map", "map-5d9-fresh");
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    pod.meta.created = now - base::hours(5);
    fails(pod, "Evicted", over_limit, base::hours(4));
    CHECK(cluster.run(eviction).empty());
    const auto found = cluster.run(leftover);
    REQUIRE(found.size() == 1);
    CHECK(told(found) == Told{"pod.failed.leftover Deployment/map"});
    CHECK(found[0].severity == Severity::low);
    CHECK(says(found[0].summary, "Evicted"));
    CHECK(says(found[0].summary, "16Mi"));
}

TEST_CASE("a changed template ends the evictions") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 1);
    auto old_set = cluster.facts.replica_sets.back();
    old_set.meta.name = "map-777";
    old_set.meta.uid = "uid-map-777";
    cluster.facts.replica_sets.back().meta.annotations["deployment.kubernetes.io/revision"] = "2";
    cluster.facts.replica_sets.push_back(old_set);
    cluster.running("map", "map-5d9-fresh");
    auto& pod = cluster.running("map", "map-777-aaaaa");
    pod.meta.owners[0].uid = "uid-map-777";
    fails(pod, "Evicted", over_limit, base::minutes(3));
    CHECK(cluster.run(eviction).empty());
    CHECK(cluster.run(leftover).size() == 1);
}

TEST_CASE("what is no leftover") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 0);
    fails(cluster.running("map", "map-5d9-aaaaa"), "DeadlineExceeded", "Pod was active on the node too long");
    CHECK(cluster.run(leftover).empty());  // the owner has no ready pod
    cluster.facts.deployments[0].ready = 1;
    CHECK(cluster.run(leftover).size() == 1);
    cluster.facts.pods[0].reason = "NodeAffinity";  // pod.node-rejected
    CHECK(cluster.run(leftover).empty());
    cluster.facts.pods[0].reason = "";
    CHECK(cluster.run(leftover).empty());
    fails(cluster.facts.pods[0], "Evicted", low_memory);
    cluster.facts.pods[0].meta.deleted = now;
    CHECK(cluster.run(leftover).empty());
    CHECK(cluster.run(eviction).empty());
}

TEST_CASE("an eviction of long ago is not why the owner ails now") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 0);
    cluster.running("map", "map-5d9-crash", false);
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    pod.meta.created = now - base::hours(5);
    fails(pod, "Evicted", low_memory, base::hours(4));
    const auto found = cluster.run(eviction);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::low);
    CHECK(found[0].actions.empty());
}
