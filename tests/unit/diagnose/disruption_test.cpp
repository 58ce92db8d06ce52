#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/node_builders.hpp"

using namespace salve;
using namespace salve::node_test;
using diagnose::rules::displaced;
using diagnose::rules::disruption;

namespace {

const std::string taker = "Preempted by pod 0a1b2c3d-0000-4000-8000-000000000001 on node node-1";

// A pod of the Deployment that waits for a node, with what the scheduler says.
Pod& waits(NodeCluster& cluster, const std::string& deployment, const std::string& name, const std::string& message) {
    auto& pod = cluster.pod_of(deployment, name, "web:1", "");
    pod.spec.node_name = {};
    pod.statuses.clear();
    pod.conditions = {condition("PodScheduled", "False", now - base::minutes(9))};
    pod.conditions[0].reason = "Unschedulable";
    pod.conditions[0].message = message;
    return pod;
}

// An event about a pod that is gone.
void gone(NodeCluster& cluster, const std::string& name, const std::string& reason, const std::string& message) {
    auto& event = cluster.event(cluster.facts.pods.front(), "Normal", reason, message);
    event.about.name = name;
    event.about.uid = "uid-gone-" + name;
}

}  // namespace

TEST_CASE("an API eviction is told only while its owner is short of pods") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 0);
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    disrupt(pod, "EvictionByEvictionAPI", "Eviction API: evicting");
    pod.meta.deleted = now + base::seconds(20);
    const auto found = cluster.run(disruption);
    CHECK(told(found) == Told{"pod.evicted.api Deployment/map"});
    CHECK(found[0].severity == Severity::info);
    cluster.facts.deployments[0].ready = 1;
    CHECK(cluster.run(disruption).empty());
}

TEST_CASE("a pod whose node object is gone") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 0);
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    disrupt(pod, "DeletionByPodGC", "PodGC: node no longer exists");
    CHECK(told(cluster.run(disruption)) == Told{"pod.gc Deployment/map"});
    pod.meta.deleted = now - base::minutes(5);  // stuck: pod.terminating.*
    CHECK(cluster.run(disruption).empty());
}

TEST_CASE("pods that ended with their node") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 0);
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    fails(pod, "Terminated", "Pod was terminated in response to imminent node shutdown.");
    auto found = cluster.run(disruption);
    CHECK(told(found) == Told{"pod.node-shutdown Deployment/map"});
    CHECK(found[0].actions.empty());
    cluster.facts.deployments[0].ready = 1;
    found = cluster.run(disruption);
    CHECK(found.at(0).actions == std::vector<std::string>{"pod.cleanup-failed"});
    fails(pod, "NodeShutdown", "Pod was rejected as the node is shutting down.");
    CHECK(cluster.run(disruption).size() == 1);
    fails(pod, "Terminated", "somebody else's words");
    CHECK(cluster.run(disruption).empty());
}

TEST_CASE("a pod of which nothing is known blames its node") {
    NodeCluster cluster;
    cluster.known_node("node-1", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    auto& pod = cluster.bare_pod("alone", "web:1", "");
    pod.phase = "Unknown";
    CHECK(told(cluster.run(disruption)) == Told{"pod.lost Node/node-1"});
    pod.phase = "Running";
    pod.reason = "NodeLost";
    pod.message = "Node node-1 which was running pod alone is unresponsive";
    CHECK(has_evidence(cluster.run(disruption).at(0), "is unresponsive"));
    pod.meta.deleted = now - base::minutes(5);
    CHECK(cluster.run(disruption).empty());
}

TEST_CASE("a preempted pod whose replacement finds no node") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    cluster.deployment("map", "web:1", 0);
    waits(cluster, "map", "map-5d9-fresh",
          "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.");
    gone(cluster, "map-5d9-aaaaa", "Preempted", taker);
    const auto found = cluster.run(displaced);
    CHECK(told(found) == Told{"pod.preempted Deployment/map"});
    CHECK(says(found[0].summary, "Preempted by pod"));
    CHECK(affects(found[0], "Pod", "map-5d9-fresh"));

    cluster.facts.deployments[0].ready = 1;
    CHECK(cluster.run(displaced).empty());
}

TEST_CASE("where room is lacking, the mode of the lack tells of the preemption") {
    NodeCluster cluster;
    cluster.known_node("node-1").allocatable = {{"cpu", "2"}};
    cluster.deployment("map", "web:1", 0);
    waits(cluster, "map", "map-5d9-fresh", "0/1 nodes are available: 1 Insufficient cpu.");
    gone(cluster, "map-5d9-aaaaa", "Preempted", taker);
    CHECK(cluster.run(displaced).empty());
}

TEST_CASE("a bare pod that was preempted is gone for good") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 1);
    cluster.running("map", "map-5d9-fresh");
    gone(cluster, "alone", "Preempted", taker);
    CHECK(told(cluster.run(displaced)) == Told{"pod.preempted Pod/alone"});
    cluster.facts.events.clear();
    gone(cluster, "map-5d9-aaaaa", "Preempted", taker);  // a ReplicaSet's
    CHECK(cluster.run(displaced).empty());
    cluster.facts.events.clear();
    gone(cluster, "alone", "Preempted", taker);
    cluster.bare_pod("alone", "web:1", "");  // somebody made it anew
    CHECK(cluster.run(displaced).empty());
}

TEST_CASE("the kubelet preempts for critical pods") {
    NodeCluster cluster;
    cluster.deployment("map", "web:1", 0);
    fails(cluster.running("map", "map-5d9-aaaaa"), "Preempting", "Preempted in order to admit critical pod");
    CHECK(told(cluster.run(displaced)) == Told{"pod.preempted Deployment/map"});
    cluster.facts.deployments[0].ready = 1;
    CHECK(cluster.run(displaced).empty());
}

TEST_CASE("a NoExecute taint that drove pods away") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    node.taints = {{"example/drydock", "survey", "NoExecute"}};
    cluster.deployment("map", "web:1", 0);
    waits(cluster, "map", "map-5d9-fresh",
          "0/1 nodes are available: 1 node(s) had untolerated taint {example/drydock: survey}.");
    gone(cluster, "map-5d9-aaaaa", "TaintManagerEviction", "Marking for deletion Pod shop/map-5d9-aaaaa");
    const auto found = cluster.run(displaced);
    CHECK(told(found) == Told{"pod.taint-evicted Node/node-1"});
    CHECK(says(found[0].summary, "example/drydock"));
    CHECK(affects(found[0], "Deployment", "map"));

    node.taints[0].key = "node.kubernetes.io/unreachable";  // the node's condition tells
    CHECK(cluster.run(displaced).empty());
    node.taints.clear();
    CHECK(cluster.run(displaced).empty());
}

TEST_CASE("a pod that a taint is driving away says so itself") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    node.taints = {{"example/drydock", "survey", "NoExecute"}};
    auto& pod = cluster.bare_pod("alone", "web:1", "");
    runs_now(pod);
    disrupt(pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
    pod.meta.deleted = now + base::seconds(20);
    CHECK(told(cluster.run(displaced)) == Told{"pod.taint-evicted Node/node-1"});
    pod.meta.owners.push_back({"apps/v1", "ReplicaSet", "map-5d9", "uid-map-5d9", true});
    cluster.deployment("map", "web:1", 1);
    CHECK(cluster.run(displaced).empty());  // its owner has what it wants
}
