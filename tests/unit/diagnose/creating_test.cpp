#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::rules::creating;

TEST_CASE("a pod that is created for minutes without a word is stuck") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("a", "web:1", "ContainerCreating");
    pod.conditions.push_back(condition("PodReadyToStartContainers", "False"));
    cluster.event(pod, "Warning", "FailedScheduling", "0/1 nodes are available", base::minutes(11), base::minutes(20));
    const auto findings = cluster.run(creating);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.creating.stuck");
    CHECK(findings[0].severity == diagnose::Severity::medium);
    CHECK(says(findings[0].summary, "ContainerCreating on node node-1 for 10m"));
    CHECK(has_evidence(findings[0], "PodReadyToStartContainers=False"));
}

TEST_CASE("a warning that no rule knows is quoted; unread events are missing evidence") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("a", "web:1", "PodInitializing");
    cluster.event(pod, "Warning", "FailedPrepareDynamicResources", "claim not ready");
    auto findings = cluster.run(creating);
    REQUIRE(findings.size() == 1);
    CHECK(says(findings[0].summary, "FailedPrepareDynamicResources: claim not ready"));

    cluster.facts.events.clear();
    cluster.facts.reads[1].state = kube::ReadState::forbidden;
    findings = cluster.run(creating);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].confidence == diagnose::Confidence::possible);
    CHECK(findings[0].missing_evidence.size() == 1);
}

TEST_CASE("explained, pulling, young, started or sandboxed pods are not stuck") {
    Cluster cluster;
    auto& explained = cluster.bare_pod("explained", "web:1", "ContainerCreating");
    cluster.event(explained, "Warning", "FailedMount", "MountVolume.SetUp failed for volume \"c\" : x");
    auto& pulling = cluster.bare_pod("pulling", "web:1", "ContainerCreating");
    cluster.event(pulling, "Normal", "Pulling", "Pulling image \"web:1\"", base::minutes(9));
    cluster.bare_pod("young", "web:1", "ContainerCreating").meta.created = now - base::minutes(4);
    auto& bound_late = cluster.bare_pod("bound-late", "web:1", "ContainerCreating");
    bound_late.conditions.push_back(condition("PodScheduled", "True", now - base::minutes(3)));
    auto& sandboxed = cluster.bare_pod("sandboxed", "web:1", "ContainerCreating");
    sandboxed.conditions.push_back(condition("PodReadyToStartContainers", "True"));
    runs_now(cluster.bare_pod("running", "web:1", ""));
    cluster.bare_pod("unbound", "web:1", "").spec.node_name = {};
    CHECK(cluster.run(creating).empty());
}
