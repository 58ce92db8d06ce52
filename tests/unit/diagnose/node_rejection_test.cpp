#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::rules::node_rejection;

namespace {

void fail(Pod& pod, const std::string& reason, const std::string& message) {
    pod.phase = "Failed";
    pod.statuses.clear();
    pod.reason = reason;
    pod.message = message;
}

const std::string no_cpu = "Node didn't have enough resource: cpu, requested: 48000, used: 10, capacity: 2000";

}  // namespace

TEST_CASE("a bare pod that the kubelet refuses is its own root") {
    for (const auto* prefix : {"Pod was rejected: ", "Pod ", ""}) {
        Cluster cluster;
        auto& pod = cluster.bare_pod("weigh", "web:1", "");
        fail(pod, "OutOfcpu", prefix + no_cpu);
        cluster.event(pod, "Warning", "OutOfcpu", no_cpu);
        const auto findings = cluster.run(node_rejection);
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.node-rejected");
        CHECK(findings[0].root.object.kind == "Pod");
        CHECK(findings[0].severity == diagnose::Severity::high);
        CHECK(findings[0].category_or_mode() == diagnose::Category::scheduling_resources);
        CHECK(findings[0].summary == "node node-1 rejected the pod (OutOfcpu: " + no_cpu + ")");
        CHECK(has_evidence(findings[0], "OutOfcpu: "));
        CHECK(findings[0].actions.empty());
    }
}

TEST_CASE("once the owner has its pods again only rubbish is left") {
    Cluster cluster;
    cluster.deployment("web", "web:1", 0);
    fail(cluster.pod_of("web", "web-1", "web:1", ""), "NodeAffinity",
         "Pod was rejected: Predicate NodeAffinity failed");
    auto findings = cluster.run(node_rejection);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == diagnose::Severity::high);
    CHECK(findings[0].root.object.kind == "Deployment");
    CHECK(findings[0].actions.empty());

    cluster.facts.deployments[0].ready = 1;
    findings = cluster.run(node_rejection);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == diagnose::Severity::low);
    CHECK(findings[0].actions == std::vector<std::string>{"pod.cleanup-failed"});
}

TEST_CASE("all reasons of the kubelet, and no other failure") {
    Cluster cluster;
    for (const auto* reason : {"OutOfmemory", "OutOfpods", "OutOfephemeral-storage", "OutOfexample.com/gpu",
                               "NodePorts", "UnexpectedAdmissionError", "PodOSNotSupported", "InvalidNodeInfo",
                               "AppArmor", "TopologyAffinityError", "TaintToleration"})
        fail(cluster.bare_pod("pod-" + std::to_string(cluster.facts.pods.size()), "web:1", ""), reason, "");
    fail(cluster.bare_pod("new-reason", "web:1", ""), "SomethingNew", "Pod was rejected: something new");
    CHECK(cluster.run(node_rejection).size() == 12);

    Cluster others;
    fail(others.bare_pod("evicted", "web:1", ""), "Evicted",
         "Pod was rejected: The node had condition: [DiskPressure].");
    fail(others.bare_pod("crashed", "web:1", ""), "", "");
    fail(others.bare_pod("deadline", "web:1", ""), "DeadlineExceeded", "Pod was active on the node longer");
    runs_now(others.bare_pod("running", "web:1", ""));
    CHECK(others.run(node_rejection).empty());
}
