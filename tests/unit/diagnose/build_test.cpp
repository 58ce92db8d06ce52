#include "diagnose/build.hpp"

#include <doctest/doctest.h>

#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;

TEST_CASE("a finding about a pod blames its top owner, container by container") {
    Cluster cluster;
    cluster.deployment("web", "web:1");
    auto& pod = cluster.pod_of("web", "web-0", "web:1", "");
    const kube::World world(cluster.facts);
    const auto finding = diagnose::pod_finding(world, broken_mode, pod, "app");
    CHECK(finding.root.object.kind == "Deployment");
    CHECK(finding.root.object.uid == "uid-web");
    CHECK(finding.root.container == "app");
    REQUIRE(finding.affected.size() == 1);
    CHECK(finding.affected[0] == pod_subject("web-0", "app"));
    CHECK(finding.severity == Severity::high);
    CHECK(finding.advice == std::vector<std::string>{"Mend it."});
    CHECK(finding.actions == std::vector<std::string>{"rollout.restart"});
    CHECK(finding.first_seen == pod.meta.created);
    CHECK(finding.evidence.empty());
    CHECK(finding.category_or_mode() == diagnose::Category::other);
}

TEST_CASE("a bare pod blames itself") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("alone", "a", "");
    const auto finding = diagnose::pod_finding(kube::World(cluster.facts), slow_mode, pod);
    CHECK(finding.root.object == pod.meta.ref());
    CHECK(finding.actions.empty());
}

TEST_CASE("a finding on another object affects the owner and the pod, once each") {
    Cluster cluster;
    cluster.deployment("web", "web:1");
    auto& pod = cluster.pod_of("web", "web-0", "web:1", "");
    auto& bare = cluster.bare_pod("alone", "a", "");
    const kube::World world(cluster.facts);
    const kube::ObjectRef missing{"v1", "ConfigMap", "shop", "settings", ""};
    const auto owned = diagnose::pod_finding_on(world, broken_mode, missing, pod, "app");
    CHECK(owned.root == Subject{missing, ""});
    REQUIRE(owned.affected.size() == 2);
    CHECK(owned.affected[0].object.kind == "Deployment");
    CHECK(owned.affected[1] == pod_subject("web-0", "app"));
    CHECK(diagnose::pod_finding_on(world, broken_mode, missing, bare).affected.size() == 1);
}

TEST_CASE("evidence says where it was read") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("web-0", "a", "CrashLoopBackOff");
    Cluster::add_status(pod, "setup", kube::ContainerStatus::List::init);
    const auto main = diagnose::from_status(pod, pod.statuses[0], "state.waiting.reason", "CrashLoopBackOff", now);
    CHECK(main.path == "status.containerStatuses[0].state.waiting.reason");
    CHECK(main.container == "web");
    CHECK(main.source == Source::status);
    CHECK(main.at == now);
    CHECK(diagnose::from_status(pod, pod.statuses[1], "ready", "false").path ==
          "status.initContainerStatuses[0].ready");

    auto full = condition("PodScheduled", "False", now);
    full.reason = "Unschedulable";
    full.message = "0/1 nodes are available";
    const auto scheduled = diagnose::from_condition(pod.meta.ref(), full);
    CHECK(scheduled.text == "PodScheduled=False Unschedulable: 0/1 nodes are available");
    CHECK(scheduled.path == "status.conditions[PodScheduled].message");
    CHECK(scheduled.at == now);
    CHECK(diagnose::from_condition(pod.meta.ref(), condition("Ready", "False")).text == "Ready=False");

    auto& event = cluster.event(pod, "Warning", "Failed", "no such image");
    event.field_path = "spec.containers{web}";
    const auto failed = diagnose::from_event(event);
    CHECK(failed.text == "Failed: no such image");
    CHECK(failed.path == "events[Failed].message");
    CHECK(failed.container == "web");
    CHECK(failed.object == pod.meta.ref());
    CHECK(failed.at == event.last);

    CHECK(diagnose::from_log(pod, "web", false, {now, "panic"}).path == "log");
    CHECK(diagnose::from_log(pod, "web", true, {now, "panic"}).path == "log.previous");
}

TEST_CASE("exit codes beyond 128 have the name of their signal") {
    CHECK(diagnose::signal_of_exit(137) == "SIGKILL");
    CHECK(diagnose::signal_of_exit(139) == "SIGSEGV");
    CHECK(diagnose::signal_of_exit(143) == "SIGTERM");
    CHECK(diagnose::signal_of_exit(134) == "SIGABRT");
    for (const int code : {0, 1, 9, 127, 128, 255, -1, 2'147'483'647}) {
        CAPTURE(code);
        CHECK(diagnose::signal_of_exit(code).empty());
    }
}

TEST_CASE("a mode is found by its id") {
    const Mode table[] = {broken_mode, slow_mode};
    CHECK(&diagnose::mode_in(table, "test.slow") == &table[1]);
}
