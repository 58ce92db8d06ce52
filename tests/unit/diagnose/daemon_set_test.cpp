#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/workload_builders.hpp"

using namespace salve::workload_test;
using salve::base::minutes;
using salve::base::seconds;
using salve::diagnose::Severity;
using salve::diagnose::rules::daemon_set;
using salve::diagnose::rules::not_observing;

namespace {

Shop one_node() {
    Shop shop;
    shop.node("node-1").conditions = {condition("Ready", "True")};
    auto& agent = shop.set("DaemonSet", "agent", 1);
    agent.replicas = agent.unavailable = 1;
    return shop;
}

}  // namespace

TEST_CASE("a DaemonSet with a broken pod names the node and the error") {
    auto shop = one_node();
    shop.broken_pod(shop.facts.daemon_sets[0], "agent-x");
    const auto findings = shop.run(daemon_set);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "ds.unavailable");
    CHECK(says(findings[0].summary, "0 of 1 pods ready (node node-1)"));
    CHECK(has_evidence(findings[0], "configmap \"tides\" not found"));
}

TEST_CASE("a DaemonSet's pod that starts or warms is given five minutes") {
    auto shop = one_node();
    shop.unready_pod(shop.facts.daemon_sets[0], "agent-x", minutes(4));
    CHECK(shop.run(daemon_set).empty());
    auto late = one_node();
    late.unready_pod(late.facts.daemon_sets[0], "agent-x", minutes(6));
    CHECK(found(late.run(daemon_set), "ds.unavailable"));
}

TEST_CASE("no eligible node, or a node that is down, is not the DaemonSet's fault") {
    Shop shop;
    shop.set("DaemonSet", "agent", 0);
    CHECK(shop.run(daemon_set).empty());
    auto down = one_node();
    down.facts.nodes[0].conditions = {condition("Ready", "Unknown")};
    auto& pod = down.ready_pod(down.facts.daemon_sets[0], "agent-x");
    pod.conditions = {condition("Ready", "False", now - minutes(20))};
    CHECK(down.run(daemon_set).empty());
}

TEST_CASE("misscheduled pods are named with what keeps them off the node") {
    auto shop = one_node();
    auto& agent = shop.facts.daemon_sets[0];
    agent.unavailable = 0;
    agent.desired = 0;
    agent.misscheduled = 1;
    shop.facts.nodes[0].taints.push_back({"dedicated", "batch", "NoSchedule"});
    shop.ready_pod(agent, "agent-x");
    const auto findings = shop.run(daemon_set);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "ds.misscheduled");
    CHECK(findings[0].severity == Severity::low);
    CHECK(says(findings[0].summary, "pod agent-x runs on node node-1, which has taint dedicated=batch:NoSchedule"));
}

TEST_CASE("pods that fail again and again, until they are well") {
    auto shop = one_node();
    for (const char* name : {"a", "b", "c"})
        shop.event_of(
            shop.facts.daemon_sets[0], "Warning", "FailedDaemonPod",
            std::string("Found failed daemon pod shop/agent-") + name + " on node node-1, will try to kill it",
            minutes(2));
    auto& pod = shop.pod(shop.facts.daemon_sets[0], "agent-d");
    pod.phase = "Failed";
    pod.reason = "Evicted";
    pod.message = "Usage of EmptyDir volume \"cache\" exceeds the limit \"10Mi\".";
    const auto findings = shop.run(daemon_set);
    const auto* loop = found(findings, "ds.pod-failed-loop");
    REQUIRE(loop);
    CHECK(says(loop->summary, "3 times within the hour, last on node node-1"));
    CHECK(has_evidence(*loop, "exceeds the limit"));

    auto twice = shop;
    twice.facts.events.pop_back();
    CHECK(!found(twice.run(daemon_set), "ds.pod-failed-loop"));
    auto well = shop;
    well.facts.pods.clear();
    well.facts.daemon_sets[0].unavailable = 0;
    well.facts.daemon_sets[0].ready = 1;
    CHECK(well.run(daemon_set).empty());
}

TEST_CASE("a controller that has never seen two objects of a kind does not work") {
    Shop shop;
    for (const char* name : {"a", "b"}) {
        auto& one = shop.deployment(name, 1);
        one.meta.generation = 1;
        one.observed_generation.reset();
        one.meta.created = now - minutes(3);
    }
    const auto findings = shop.run(not_observing);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "ctrl.not-observing");
    CHECK(says(findings[0].summary, "a: generation 1, observedGeneration 0"));
    CHECK(affects(findings[0], "Deployment", "b"));
    auto fresh = shop;
    fresh.facts.deployments[1].meta.created = now - seconds(20);
    CHECK(fresh.run(not_observing).empty());
    auto refused = shop;
    refused.facts.deployments[1].conditions = {
        Shop::said("Progressing", "False", "ReplicaSetCreateError", "", minutes(1))};
    CHECK(refused.run(not_observing).empty());
}
