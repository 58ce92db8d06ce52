#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::Confidence;
using salve::diagnose::rules::readiness_gate;

namespace {

Cluster ready_containers() {
    Cluster cluster;
    cluster.container("web");
    cluster.status("web").ready = true;
    cluster.status("web").state.running = Running{ago(600)};
    return cluster;
}

Cluster gated(salve::base::Time containers_ready) {
    auto cluster = ready_containers();
    cluster.pod().spec.readiness_gates = {"lb.harbour.example/attached"};
    cluster.condition("ContainersReady", "True", "", "", containers_ready);
    cluster.condition("Ready", "False", "ReadinessGatesNotReady",
                      "corresponding condition of pod readiness gate \"lb.harbour.example/attached\" does not exist.",
                      ago(600));
    return cluster;
}

// The node fell silent: the node controller marks the pod unready and says no reason.
Cluster silent_node(std::string node_ready) {
    auto cluster = ready_containers();
    cluster.condition("ContainersReady", "True", "", "", ago(600));
    cluster.condition("Ready", "False", "", "", ago(60));
    Node node;
    node.meta = Cluster::meta("Node", "node-a");
    node.conditions.push_back(
        {"Ready", node_ready, "NodeStatusUnknown", "Kubelet stopped posting node status.", ago(60), {}});
    cluster.snapshot.nodes.push_back(node);
    return cluster;
}

}  // namespace

TEST_CASE("a gate that was never set") {
    auto cluster = gated(ago(60));
    const auto found = cluster.run(readiness_gate);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.notready.readiness-gate");
    CHECK(has(found[0].summary, "lb.harbour.example/attached (was never set)"));
    CHECK(has(said(found[0]), "ReadinessGatesNotReady"));
}

TEST_CASE("a gate that is False") {
    auto cluster = gated(ago(60));
    cluster.condition("lb.harbour.example/attached", "False", "Draining", "", ago(30));
    const auto found = cluster.run(readiness_gate);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "(is False)"));
}

TEST_CASE("a gate's controller gets its seconds") {
    CHECK(gated(ago(5)).run(readiness_gate).empty());
    CHECK(ready_containers().run(readiness_gate).empty());
}

TEST_CASE("a silent node is the root") {
    const auto found = silent_node("Unknown").run(readiness_gate);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.notready.node");
    CHECK(found[0].root.object.kind == "Node");
    CHECK(found[0].root.object.name == "node-a");
    CHECK(affects(found[0], "Deployment", "web"));
    CHECK(has(found[0].summary, "Kubelet stopped posting node status."));
}

TEST_CASE("a healthy node is not blamed") {
    CHECK(silent_node("True").run(readiness_gate).empty());
    auto unready = silent_node("Unknown");
    unready.status("web").ready = false;
    CHECK(unready.run(readiness_gate).empty());
}

TEST_CASE("where nodes may not be read the event tells, and what is missing is said") {
    auto cluster = silent_node("Unknown");
    cluster.snapshot.nodes.clear();
    cluster.forbid(Resource::nodes);
    CHECK(cluster.run(readiness_gate).empty());
    cluster.event("NodeNotReady", "Node is not ready", "", ago(60));
    const auto found = cluster.run(readiness_gate);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(!found[0].missing_evidence.empty());
}
