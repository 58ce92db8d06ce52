#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::Confidence;
using salve::diagnose::rules::hook;

namespace {

Cluster with_hook() {
    Cluster cluster;
    Probe handler;
    handler.handler = Probe::Handler::exec;
    handler.command = {"sh", "-c", "test -e /var/warm-cache"};
    cluster.container("cache").post_start = handler;
    return cluster;
}

// The container in back-off after its hook had it killed.
Cluster killed(salve::base::Time event) {
    auto cluster = with_hook();
    auto& status = cluster.status("cache");
    status.restarts = 2;
    status.state.waiting = Waiting{"CrashLoopBackOff", "back-off 20s restarting failed container=cache"};
    status.last.terminated = ended("Error", 137, 15);
    cluster.event("FailedPostStartHook", "PostStartHook failed", "cache", event);
    return cluster;
}

}  // namespace

TEST_CASE("PostStartHookError holds the kubelet's text") {
    auto cluster = with_hook();
    cluster.status("cache").state.waiting =
        Waiting{"PostStartHookError",
                "Exec lifecycle hook ([sh -c test -e /var/warm-cache]) for Container \"cache\" in Pod "
                "\"web-1_shop(u)\" failed - "
                "error: command 'sh -c test -e /var/warm-cache' exited with 1: , message: \"\""};
    const auto found = cluster.run(hook);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.hook.poststart");
    CHECK(found[0].confidence == Confidence::confirmed);
    CHECK(has(found[0].summary, "postStart"));
    CHECK(has(found[0].summary, "exited with 1"));
    CHECK(has(said(found[0]), "PostStartHookError"));
}

TEST_CASE("the status lags: the first failure is in the events while the container is still being created") {
    auto cluster = with_hook();
    cluster.status("cache").state.waiting = Waiting{"ContainerCreating", ""};
    CHECK(cluster.run(hook).empty());
    cluster.event("FailedPostStartHook", "PostStartHook failed", "cache", ago(3));
    const auto found = cluster.run(hook);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::probable);
}

TEST_CASE("between two tries only the event and the spec tell") {
    const auto found = killed(ago(15)).run(hook);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(has(said(found[0]), "FailedPostStartHook: PostStartHook failed"));
    CHECK(has(said(found[0]),
              "spec.containers[0].lifecycle.postStart = postStart: exec [sh -c test -e /var/warm-cache]"));
    CHECK(has(said(found[0]), "exit code 137"));
}

TEST_CASE("a rate-limited event of an earlier life explains a kill, not another end") {
    CHECK(killed(ago(400)).run(hook).size() == 1);
    CHECK(killed(ago(4000)).run(hook).empty());
    auto other = killed(ago(400));
    other.status("cache").last.terminated->exit_code = 1;
    CHECK(other.run(hook).empty());
}

TEST_CASE("no hook failure of now") {
    auto recovered = killed(ago(15));
    recovered.status("cache").state = {};
    recovered.status("cache").state.running = Running{ago(600)};
    recovered.status("cache").last.terminated = ended("Error", 137, 610);
    CHECK(recovered.run(hook).empty());

    auto no_event = killed(ago(15));
    no_event.snapshot.events.clear();
    CHECK(no_event.run(hook).empty());

    auto other_container = killed(ago(15));
    other_container.snapshot.events[0].field_path = "spec.containers{proxy}";
    CHECK(other_container.run(hook).empty());

    auto image = killed(ago(15));
    image.status("cache").state.waiting = Waiting{"ImagePullBackOff", ""};
    CHECK(image.run(hook).empty());
}

TEST_CASE("preStop counts while a pod stops, and is low") {
    auto cluster = with_hook();
    cluster.status("cache").state.running = Running{ago(600)};
    cluster.event("FailedPreStopHook", "PreStopHook failed", "cache", ago(20));
    CHECK(cluster.run(hook).empty());
    cluster.pod().meta.deleted = ago(-10);
    const auto found = cluster.run(hook);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.hook.prestop");
    CHECK(found[0].severity == salve::diagnose::Severity::low);
    cluster.snapshot.events[0].last = ago(3000);
    CHECK(cluster.run(hook).empty());
}
