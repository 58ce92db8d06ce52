#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/node_builders.hpp"

using namespace salve;
using namespace salve::node_test;
using diagnose::ReadWanted;
using diagnose::rules::node_condition;
using diagnose::rules::node_events;
using diagnose::rules::node_state;

TEST_CASE("a node whose kubelet is silent") {
    NodeCluster cluster;
    cluster.known_node("node-1", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    cluster.deployment("map", "web:1", 0);
    cluster.running("map", "map-5d9-aaaaa", false);
    auto& crashing = cluster.running("map", "map-5d9-bbbbb", false);
    crashing.conditions[0].reason = "ContainersNotReady";  // its own trouble
    kube::Lease lease;
    lease.meta = meta("coordination.k8s.io/v1", "Lease", "kube-node-lease", "node-1");
    lease.renewed = now - base::minutes(6);
    cluster.facts.leases.push_back(lease);
    const auto found = cluster.run(node_condition);
    CHECK(told(found) == Told{"node.notready.kubelet-silent Node/node-1"});
    CHECK(found[0].severity == Severity::critical);
    CHECK(says(found[0].summary, "Kubelet stopped posting node status"));
    CHECK(has_evidence(found[0], "lease last renewed"));
    CHECK(affects(found[0], "Deployment", "map"));
    CHECK(affects(found[0], "Pod", "map-5d9-aaaaa"));
    CHECK_FALSE(affects(found[0], "Pod", "map-5d9-bbbbb"));
    CHECK(found[0].actions.empty());
}

TEST_CASE("a kubelet that reports what is missing") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1", "False", "KubeletNotReady", "container runtime is down");
    cluster.running("map", "map-5d9-aaaaa");
    auto found = cluster.run(node_condition);
    CHECK(told(found) == Told{"node.notready.kubelet-reports Node/node-1"});
    CHECK(found[0].affected.empty());  // its pods stay Ready for minutes
    CHECK(advises(found[0], "container runtime"));
    node.conditions[0].message =
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin "
        "returns error: cni plugin not initialized";
    CHECK(advises(cluster.run(node_condition).at(0), "network plugin"));
    node.conditions[0].message = "[container runtime status check may not have completed yet]";
    node.conditions[0].last_transition = now - base::seconds(10);
    CHECK(cluster.run(node_condition).empty());  // the kubelet has just been started
    node.conditions[0].message = "container runtime is down";
    node.meta.created = now - base::seconds(30);
    CHECK(cluster.run(node_condition).empty());  // it joins
}

TEST_CASE("a node that nothing of the namespace uses does not disturb it") {
    NodeCluster cluster;
    cluster.known_node("node-1");
    auto& other = cluster.known_node("node-2", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    cluster.running("map", "map-5d9-aaaaa");
    CHECK(cluster.run(node_condition).empty());
    cluster.facts.scope.targets = {"node/node-2"};
    CHECK(cluster.run(node_condition).size() == 1);
    cluster.facts.scope.targets.clear();
    cluster.facts.scope.all = true;
    CHECK(cluster.run(node_condition).size() == 1);
    cluster.facts.scope.all = false;

    other.taints = {{"node.kubernetes.io/unreachable", "", "NoSchedule"}};
    auto& waiting = cluster.bare_pod("waits", "web:1", "");  // it could use it
    waiting.spec.node_name = {};
    CHECK(cluster.run(node_condition).size() == 1);
    waiting.spec.node_selector = {{"disk", "fast"}};  // it could not
    CHECK(cluster.run(node_condition).empty());
}

TEST_CASE("pressure, and whom it struck") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    cluster.add_condition(node, "MemoryPressure", "KubeletHasInsufficientMemory",
                          "kubelet has insufficient memory available");
    cluster.add_condition(node, "DiskPressure", "KubeletHasDiskPressure", "kubelet has disk pressure");
    cluster.add_condition(node, "PIDPressure", "KubeletHasInsufficientPID", "kubelet has insufficient PID available");
    cluster.add_condition(node, "NetworkUnavailable", "NoRouteCreated", "Node created without a route");
    cluster.deployment("map", "web:1", 0);
    cluster.running("map", "map-5d9-aaaaa");
    fails(cluster.running("map", "map-5d9-bbbbb"), "Evicted", "The node was low on resource: memory. ");
    const auto found = cluster.run(node_condition);
    CHECK(told(found) == Told{"node.network-unavailable Node/node-1", "node.pressure.disk Node/node-1",
                              "node.pressure.memory Node/node-1", "node.pressure.pid Node/node-1"});
    for (const auto& finding : found) {
        CHECK(finding.severity == Severity::high);
        CHECK(affects(finding, "Pod", "map-5d9-bbbbb") == (finding.mode->id == "node.pressure.memory"));
    }
    for (std::size_t i = 1; i < node.conditions.size(); ++i) node.conditions[i].status = "False";
    CHECK(cluster.run(node_condition).empty());
}

TEST_CASE("node events are asked for only when they could explain something") {
    NodeCluster cluster;
    std::erase_if(cluster.facts.reads, [](const auto& read) { return read.what == kube::Resource::events; });
    auto read = read_of(kube::Resource::events);
    read.ns = "shop";
    cluster.facts.reads.push_back(read);
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    const auto wanted = [&] { return node_events.reads(kube::World(cluster.facts)); };
    CHECK(wanted().empty());
    pod.conditions[0].status = "False";
    REQUIRE(wanted().size() == 1);
    CHECK(wanted()[0].what == ReadWanted::What::node_events);
    read.ns = "default";
    cluster.facts.reads.push_back(read);
    CHECK(wanted().empty());  // they are there already
}

TEST_CASE("a node out of memory, and the pod that was killed then") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    cluster.node_event(node, "SystemOOM", "System OOM encountered, victim process: java, pid: 4242");
    CHECK(cluster.run(node_events).empty());  // nobody here was struck
    auto& end = pod.statuses[0].last.terminated.emplace();
    end.exit_code = 137;
    end.reason = "Error";
    end.finished = now - base::minutes(2);
    const auto found = cluster.run(node_events);
    CHECK(told(found) == Told{"node.system-oom Node/node-1"});
    CHECK(says(found[0].summary, "victim process: java"));
    CHECK(affects(found[0], "Pod", "map-5d9-aaaaa"));
    cluster.facts.events[0].message = "Memory cgroup out of memory: Killed process 4242 (java)";
    cluster.facts.events[0].reason = "OOMKilling";
    CHECK(cluster.run(node_events).empty());  // a container's own limit
    cluster.facts.events[0].message = "Out of memory: Killed process 4242 (java)";
    CHECK(cluster.run(node_events).size() == 1);
    cluster.facts.scope.all = true;
    cluster.facts.events[0].last = cluster.facts.events[0].first = now - base::hours(2);
    CHECK(cluster.run(node_events).empty());
}

TEST_CASE("image garbage collection that fails") {
    NodeCluster cluster;
    cluster.facts.scope.all = true;
    auto& node = cluster.known_node("node-1");
    cluster.node_event(node, "ImageGCFailed",
                       "failed to garbage collect required amount of images. Attempted to free 2155 bytes");
    CHECK(told(cluster.run(node_events)) == Told{"node.disk-gc-failing Node/node-1"});
    cluster.facts.events[0].last = cluster.facts.events[0].first = now - base::minutes(40);
    CHECK(cluster.run(node_events).empty());
    cluster.node_event(node, "InvalidDiskCapacity", "invalid capacity 0 on image filesystem");
    CHECK(cluster.run(node_events).empty());  // once, at the kubelet's start
    cluster.facts.events[1].count = 4;
    cluster.facts.events[1].first = now - base::minutes(20);
    CHECK(cluster.run(node_events).size() == 1);
}

TEST_CASE("a reboot is told while pods have not recovered from it") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    auto& end = pod.statuses[0].last.terminated.emplace();
    end.exit_code = 255;
    end.finished = now - base::minutes(3);
    cluster.node_event(node, "Rebooted", "Node node-1 has been rebooted, boot id: 6ff2c0c1");
    CHECK(cluster.run(node_events).empty());
    pod.conditions[0].status = "False";
    const auto found = cluster.run(node_events);
    CHECK(told(found) == Told{"node.rebooted Node/node-1"});
    CHECK(found[0].severity == Severity::info);
}

TEST_CASE("a node that comes and goes") {
    NodeCluster cluster;
    cluster.facts.scope.all = true;
    auto& node = cluster.known_node("node-1");
    cluster.node_event(node, "NodeReady", "Node node-1 status is now: NodeReady", 2);
    cluster.node_event(node, "NodeNotReady", "Node node-1 status is now: NodeNotReady", 1);
    CHECK(cluster.run(node_events).empty());  // it joined, went away once and came back
    cluster.facts.events[1].count = 3;
    const auto found = cluster.run(node_events);
    CHECK(told(found) == Told{"node.flapping Node/node-1"});
    CHECK(found[0].severity == Severity::high);
    cluster.facts.scope.all = false;
    auto& pod = cluster.running("map", "map-5d9-aaaaa");
    CHECK(cluster.run(node_events).empty());
    cluster.event(pod, "Warning", "NodeNotReady", "Node is not ready");
    CHECK(cluster.run(node_events).size() == 1);
    for (auto& event : cluster.facts.events) event.last = event.first = now - base::hours(3);
    CHECK(cluster.run(node_events).empty());
}

TEST_CASE("a cordoned node is told when all was asked for, or when it blocks a pod") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    node.unschedulable = true;
    node.allocatable = {{"cpu", "4"}};
    cluster.known_node("node-2").allocatable = {{"cpu", "4"}};
    cluster.running("map", "map-5d9-aaaaa");
    CHECK(cluster.run(node_state).empty());
    cluster.facts.scope.all = true;
    auto found = cluster.run(node_state);
    CHECK(told(found) == Told{"node.cordoned Node/node-1"});
    CHECK(found[0].severity == Severity::info);
    cluster.facts.scope.all = false;

    auto& waiting = cluster.bare_pod("waits", "web:1", "");
    waiting.spec.node_name = {};
    waiting.statuses.clear();
    waiting.spec.containers[0].resources.requests["cpu"] = "1";
    waiting.conditions = {condition("PodScheduled", "False")};
    waiting.conditions[0].reason = "Unschedulable";
    waiting.conditions[0].message = "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.";
    found = cluster.run(node_state);
    CHECK(told(found) == Told{"node.cordoned Node/node-1"});
    CHECK(found[0].severity == Severity::medium);
    CHECK(affects(found[0], "Pod", "waits"));
}

TEST_CASE("kubelets of a version that does not go with the server") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    cluster.running("map", "map-5d9-aaaaa");
    cluster.facts.cluster.server_version = "v1.32.2";
    for (const auto* fine : {"v1.32.2", "v1.29.15", "v1.29.0-eks-5e0fdde", ""}) {
        node.kubelet_version = fine;
        CHECK(cluster.run(node_state).empty());
    }
    for (const auto* skewed : {"v1.28.9", "v1.33.0", "v1.27.3+k3s1"}) {
        node.kubelet_version = skewed;
        const auto found = cluster.run(node_state);
        CHECK(told(found) == Told{"node.version-skew Node/node-1"});
        CHECK(has_evidence(found[0], skewed));
    }
    cluster.facts.cluster.server_version = "v1.27.1";
    node.kubelet_version = "v1.24.1";
    CHECK(cluster.run(node_state).size() == 1);
}

TEST_CASE("logs that the kubelet does not give") {
    NodeCluster cluster;
    auto& node = cluster.known_node("node-1");
    cluster.running("map", "map-5d9-aaaaa");
    auto read = read_of(kube::Resource::logs);
    read.ns = "shop";
    read.object = "map-5d9-aaaaa/web/previous";
    read.state = kube::ReadState::error;
    read.detail =
        "Get \"https://10.0.0.7:10250/containerLogs/shop/map-5d9-aaaaa/web\": dial tcp 10.0.0.7:10250: i/o timeout";
    cluster.facts.reads.push_back(read);
    const auto found = cluster.run(node_state);
    CHECK(told(found) == Told{"node.kubelet-unreachable Node/node-1"});
    CHECK(has_evidence(found[0], "i/o timeout"));
    node.conditions[0].status = "Unknown";
    CHECK(cluster.run(node_state).empty());
    node.conditions[0].status = "True";
    cluster.facts.reads.back().detail = "container \"web\" in pod \"map-5d9-aaaaa\" is waiting to start";
    CHECK(cluster.run(node_state).empty());
}
