#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/node_builders.hpp"

using namespace salve;
using namespace salve::node_test;
using diagnose::rules::terminating;

namespace {

Pod& leaving(NodeCluster& cluster, const std::string& name, base::Duration past) {
    auto& pod = cluster.running("map", name);
    pod.meta.deleted = now - past;
    return pod;
}

void ends(Pod& pod) {
    pod.phase = "Failed";
    for (auto& status : pod.statuses) {
        status.state = {};
        status.state.terminated.emplace().exit_code = 137;
    }
}

}  // namespace

TEST_CASE("a finalizer that nobody removes") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    auto& pod = leaving(cluster, "map-5d9-aaaaa", base::minutes(3));
    ends(pod);
    pod.meta.finalizers = {"lease.example/release"};
    const auto found = cluster.run(terminating);
    CHECK(told(found) == Told{"pod.terminating.finalizer Pod/map-5d9-aaaaa"});
    CHECK(says(found[0].summary, "lease.example/release"));
    CHECK(found[0].actions.empty());
    pod.meta.finalizers = {"batch.kubernetes.io/job-tracking"};
    CHECK(advises(cluster.run(terminating).at(0), "Job controller"));
    pod.meta.deleted = now - base::seconds(50);
    CHECK(cluster.run(terminating).empty());
}

TEST_CASE("many pods of one owner that a finalizer holds are the owner's finding") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    cluster.deployment("map", "web:1", 3);
    for (const auto* name : {"map-5d9-aaaaa", "map-5d9-bbbbb", "map-5d9-ccccc"}) {
        auto& pod = leaving(cluster, name, base::minutes(3));
        ends(pod);
        pod.meta.finalizers = {"lease.example/release"};
    }
    for (const auto& finding : cluster.run(terminating)) CHECK(finding.root.object.kind == "Deployment");
}

TEST_CASE("a pod on a node that does not answer, or is gone") {
    NodeCluster cluster;
    cluster.known_node("node-1", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    leaving(cluster, "map-5d9-aaaaa", base::minutes(3));
    auto found = cluster.run(terminating);
    CHECK(told(found) == Told{"pod.terminating.node-dead Node/node-1"});
    CHECK(has_evidence(found[0], "Kubelet stopped posting node status"));
    CHECK(advises(found[0], "Never delete the pod with --force"));
    CHECK(found[0].actions.empty());

    cluster.facts.nodes.clear();
    found = cluster.run(terminating);
    CHECK(told(found) == Told{"pod.terminating.node-dead Node/node-1"});
    CHECK(says(found[0].summary, "does not exist"));
}

TEST_CASE("nodes that were not read are not dead") {
    NodeCluster cluster;
    std::erase_if(cluster.facts.reads, [](const auto& read) { return read.what == kube::Resource::nodes; });
    leaving(cluster, "map-5d9-aaaaa", base::minutes(3));
    const auto found = cluster.run(terminating);
    CHECK(told(found) == Told{"pod.terminating.slow ReplicaSet/map-5d9"});
    CHECK(found[0].confidence == diagnose::Confidence::probable);
    CHECK(found[0].missing_evidence.size() == 1);
}

TEST_CASE("a pod that outlives its grace period on a node that answers") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    auto& pod = leaving(cluster, "map-5d9-aaaaa", base::minutes(3));
    auto found = cluster.run(terminating);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.terminating.slow");
    CHECK(found[0].severity == Severity::low);
    cluster.event(pod, "Warning", "FailedKillPod", "error killing pod: failed to \"KillContainer\" for \"web\"");
    found = cluster.run(terminating);
    CHECK(found.at(0).severity == Severity::medium);
    CHECK(has_evidence(found[0], "KillContainer"));
    cluster.facts.events.clear();
    pod.meta.deleted = now - base::minutes(15);
    CHECK(cluster.run(terminating).at(0).severity == Severity::medium);
}

TEST_CASE("deletions that take their time alarm nobody") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    auto& pod = leaving(cluster, "map-5d9-aaaaa", base::minutes(-200));  // a long grace period: it ends later
    CHECK(cluster.run(terminating).empty());
    pod.meta.deleted = now - base::minutes(3);
    ends(pod);  // the kubelet cleans up
    CHECK(cluster.run(terminating).empty());
    pod.meta.deleted = now - base::minutes(8);
    CHECK(cluster.run(terminating).size() == 1);
    pod.meta.deleted.reset();
    CHECK(cluster.run(terminating).empty());
}
