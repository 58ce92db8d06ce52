#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/sandbox_text.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::SandboxCause;
using diagnose::Severity;
using diagnose::rules::sandbox;

namespace {

const std::string no_addresses =
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"0a1\": "
    "plugin "
    "type=\"bridge\" failed (add): failed to allocate for range 0: no IP addresses available in range set: "
    "10.1.0.1-10.1.0.254";

}  // namespace

TEST_CASE("the cause of a failing sandbox") {
    const auto is = [](const char* text, SandboxCause cause) {
        INFO(text);
        const auto found = diagnose::sandbox_cause("FailedCreatePodSandBox", text);
        REQUIRE(found);
        CHECK(*found == cause);
    };
    is(no_addresses.c_str(), SandboxCause::addresses_exhausted);
    is("failed to set up sandbox container \"x\" network for pod \"p\": networkPlugin cni failed to set up pod: add "
       "cmd: "
       "failed to assign an IP address to container",
       SandboxCause::addresses_exhausted);
    is("failed to setup network for sandbox \"x\": plugin type=\"calico\" failed (add): stat /var/lib/calico/nodename: "
       "no such file or directory: check that the calico/node container is running",
       SandboxCause::daemon_down);
    is("failed to setup network for sandbox \"x\": cni plugin not initialized", SandboxCause::daemon_down);
    is("failed to setup network for sandbox \"x\": plugin type=\"calico\" failed (add): error getting "
       "ClusterInformation: Get \"https://10.96.0.1:443/apis/crd\": dial tcp 10.96.0.1:443: i/o timeout",
       SandboxCause::api_unreachable);
    is("failed to setup network for sandbox \"x\": failed to find plugin \"bridge\" in path [/opt/cni/bin]",
       SandboxCause::plugin_missing);
    is("failed to setup network for sandbox \"x\": plugin type=\"odd\" failed (add): who knows", SandboxCause::network);
    is("failed to get sandbox image \"registry.k8s.io/pause:3.9\": failed to pull image", SandboxCause::pause_image);
    is("failed to start sandbox container task: cgroups: cgroup mountpoint does not exist", SandboxCause::cgroup);
    is("failed to get sandbox runtime: no runtime for \"vm\" is configured", SandboxCause::runtime);
    CHECK_FALSE(diagnose::sandbox_cause("FailedMount", "cni plugin not initialized"));
}

TEST_CASE("a node without addresses is blamed with all its stuck pods") {
    Cluster cluster;
    cluster.node("node-1");
    for (const auto* name : {"a", "b"}) {
        cluster.deployment(name, "web:1");
        auto& pod = cluster.pod_of(name, std::string(name) + "-1", "web:1", "ContainerCreating");
        cluster.event(pod, "Warning", "FailedCreatePodSandBox", no_addresses);
    }
    auto findings = cluster.run(sandbox);
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].mode->id == "pod.sandbox.cni");
    CHECK(findings[0].root.object.kind == "Node");
    CHECK(findings[0].root.object.uid == "uid-node-1");
    CHECK(findings[0].severity == Severity::critical);
    CHECK(says(findings[0].summary, "node node-1 gives 2 new pods no network: no pod IP addresses are left"));
    CHECK(has_evidence(findings[0], "no IP addresses available in range set"));

    auto& served = cluster.bare_pod("served", "web:1", "");
    runs_now(served);
    findings = cluster.run(sandbox);
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].severity == Severity::high);

    // Of one that is well only its start tells when it was bound.
    served.conditions = {condition("Ready", "True")};
    served.meta.created = now - base::hours(3);
    served.started = now - base::minutes(20);
    CHECK(cluster.run(sandbox).at(0).severity == Severity::high);
    served.started = now - base::hours(2);
    CHECK(cluster.run(sandbox).at(0).severity == Severity::critical);
}

TEST_CASE("NetworkNotReady") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("a", "web:1", "ContainerCreating");
    cluster.event(pod, "Warning", "NetworkNotReady",
                  "network is not ready: container runtime network not ready: NetworkReady=false "
                  "reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized");
    const auto findings = cluster.run(sandbox);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.sandbox.cni");
    CHECK(says(findings[0].summary, "daemon does not run"));
}

TEST_CASE("a runtime handler that the node does not have") {
    Cluster cluster;
    cluster.deployment("scan", "web:1");
    auto& pod = cluster.pod_of("scan", "scan-1", "web:1", "ContainerCreating");
    pod.spec.runtime_class = "isolated";
    cluster.event(pod, "Warning", "FailedCreatePodSandBox",
                  "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no "
                  "runtime for \"drydock-vm\" is configured");
    const auto findings = cluster.run(sandbox);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.sandbox.runtime");
    CHECK(findings[0].root.object.kind == "Deployment");
    for (const auto* word : {"drydock-vm", "isolated", "node-1", "no runtime for"})
        CHECK(says(findings[0].summary, word));
}

TEST_CASE("a sandbox that changes three times in ten minutes flaps; once is a restart") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("a", "web:1", "");
    runs_now(pod);
    auto& event = cluster.event(pod, "Normal", "SandboxChanged",
                                "Pod sandbox changed, it will be killed and re-created.", base::minutes(1));
    CHECK(cluster.run(sandbox).empty());
    event.count = 3;
    const auto findings = cluster.run(sandbox);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.sandbox.flapping");
    event.first = now - base::hours(5);  // three in five hours
    CHECK(cluster.run(sandbox).empty());
    event.first = now - base::minutes(30);
    event.last = now - base::minutes(20);
    CHECK(cluster.run(sandbox).empty());
}

TEST_CASE("pods that are young, started, or being deleted give nothing") {
    Cluster cluster;
    auto& young = cluster.bare_pod("young", "web:1", "ContainerCreating");
    young.meta.created = now - base::seconds(30);
    cluster.event(young, "Warning", "FailedCreatePodSandBox", no_addresses, base::seconds(5), base::seconds(10));
    auto& recovered = cluster.bare_pod("recovered", "web:1", "");
    runs_now(recovered);
    cluster.event(recovered, "Warning", "FailedCreatePodSandBox", no_addresses);
    auto& leaving = cluster.bare_pod("leaving", "web:1", "ContainerCreating");
    leaving.meta.deleted = now;
    cluster.event(leaving, "Warning", "FailedCreatePodSandBox", no_addresses);
    auto& sandboxed = cluster.bare_pod("sandboxed", "web:1", "ContainerCreating");
    sandboxed.conditions.push_back(condition("PodReadyToStartContainers", "True"));
    cluster.event(sandboxed, "Warning", "FailedCreatePodSandBox", no_addresses);
    CHECK(cluster.run(sandbox).empty());
}
