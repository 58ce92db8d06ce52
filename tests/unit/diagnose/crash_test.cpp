#include "diagnose/crash.hpp"

#include <doctest/doctest.h>

#include "crash_builders.hpp"

using namespace crash_builders;

namespace {

kube::Terminated failed(int code = 1, std::string reason = "Error") {
    return ended(code, std::move(reason), seconds(10), seconds(4));
}

kube::Probe http_probe() {
    kube::Probe probe;
    probe.handler = kube::Probe::Handler::http;
    probe.path = "/healthz";
    probe.port = "8080";
    probe.period_s = 2;
    return probe;
}

const std::string killed_by_liveness = "Container app failed liveness probe, will be restarted";

}  // namespace

TEST_CASE("S2.28 S2.43: oom: the reason counts, whatever the exit code, at every moment of the loop") {
    for (const int code : {137, 1}) {
        const auto end = failed(code, "OOMKilled");
        Cluster waits, stands, runs;
        for (auto* cluster : {&waits, &stands, &runs}) cluster->container().resources.limits["memory"] = "48Mi";
        waits.waits(end);
        stands.stands(end);
        runs.runs(end, seconds(9));
        for (const auto* cluster : {&waits, &stands, &runs}) {
            const auto findings = cluster->find();
            REQUIRE(findings.size() == 1);
            CHECK(findings[0].mode->id == "pod.crashloop.oom");
            CHECK(findings[0].severity == diagnose::Severity::high);
            CHECK(findings[0].root.object.kind == "Deployment");
            for (const auto* literal : {"OOMKilled", "48Mi", "app", "ran 4s", "3 restarts"})
                CHECK(says(findings[0], literal));
            CHECK(findings[0].actions == std::vector<std::string>{"memory.raise"});
        }
    }
}

TEST_CASE("S4.59: twelve restarts under a limit of 256Mi are explained by the limit") {
    Cluster cluster;
    cluster.container().resources.limits["memory"] = "256Mi";
    cluster.waits(failed(137, "OOMKilled"), 12);
    const auto found = cluster.find();
    REQUIRE(found.size() == 1);
    for (const auto* literal : {"OOMKilled", "256Mi", "12 restarts"}) CHECK(says(found[0], literal));
}

TEST_CASE("oom: nothing can be raised on a bare pod, and without a limit it was the node") {
    Cluster bare("none");
    bare.container().resources.limits["memory"] = "24Mi";
    CHECK(bare.waits(failed(137, "OOMKilled")).find().at(0).actions.empty());
    CHECK(bare.find().at(0).root.object.kind == "Pod");
    Cluster unlimited;
    CHECK(unlimited.waits(failed(137, "OOMKilled")).mode() == "pod.crashloop.node-oom");
}

TEST_CASE("137: the node's event within 30 s makes it an out-of-memory of the node") {
    Cluster cluster;
    cluster.waits(failed(137))
        .event("SystemOOM", "System OOM encountered, victim process: app, pid: 7", seconds(20), "Node");
    const auto findings = cluster.find();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.crashloop.node-oom");
    CHECK(findings[0].root.object.kind == "Node");
    Cluster old;
    old.waits(failed(137)).event("SystemOOM", "System OOM encountered", minutes(5), "Node");
    CHECK(old.mode() == "pod.crashloop.killed-137");
}

TEST_CASE("liveness: a kill may end as 137, 143 or 0") {
    for (const int code : {137, 143, 0}) {
        Cluster cluster;
        cluster.container().liveness = http_probe();
        cluster.waits(failed(code, code == 0 ? "Completed" : "Error"))
            .event("Killing", killed_by_liveness, seconds(11))
            .event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404", seconds(11));
        const auto findings = cluster.find();
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].mode->id == "pod.crashloop.liveness");
        for (const auto* literal : {"failed liveness probe", "404", "/healthz"}) CHECK(says(findings[0], literal));
        CHECK(findings[0].actions.empty());
    }
}

TEST_CASE("liveness: only a slow check may be relaxed") {
    const auto with = [](const std::string& text) {
        Cluster cluster;
        cluster.container().liveness = http_probe();
        cluster.runs(failed(137), seconds(8))
            .event("Killing", killed_by_liveness, seconds(11))
            .event("Unhealthy", "Liveness probe failed: " + text, seconds(11));
        return cluster.find().at(0);
    };
    const auto slow = with("command timed out: \"sh -c sleep 2\" timed out after 1s");
    CHECK(slow.actions == std::vector<std::string>{"probe.relax"});
    CHECK(says(slow, "timed out"));
    const auto refused = with("dial tcp 10.244.1.88:8088: connect: connection refused");
    CHECK(refused.actions.empty());
    CHECK(says(refused, "nobody listens on port 8088"));
}

TEST_CASE("liveness: an old kill does not explain a later end of another kind") {
    Cluster cluster;
    cluster.container().liveness = http_probe();
    cluster.waits(failed(1)).event("Killing", killed_by_liveness, minutes(30)).log({"boom"});
    CHECK(cluster.mode() == "pod.crashloop.app-error");
}

TEST_CASE("liveness: the recorder falls silent in a long loop, and an earlier kill stands for the last one") {
    Cluster cluster;
    cluster.container().liveness = http_probe();
    cluster.container().liveness->period_s = 1;
    cluster.waits(failed(137))
        .event("Killing", killed_by_liveness, minutes(10))
        .event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503", minutes(10));
    CHECK(cluster.mode() == "pod.crashloop.liveness");
    Cluster too_short;  // the probe cannot have failed often enough in that life
    too_short.container().liveness = http_probe();
    too_short.container().liveness->initial_delay_s = 600;
    too_short.waits(failed(137)).event("Killing", killed_by_liveness, minutes(10));
    CHECK(too_short.mode() == "pod.crashloop.killed-137");
}

TEST_CASE("liveness: failures up to the kill are enough when the Killing event is gone") {
    Cluster cluster;
    cluster.container().liveness = http_probe();
    cluster.waits(failed(137))
        .event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503", seconds(11), "Pod", 9);
    CHECK(cluster.mode() == "pod.crashloop.liveness");
    Cluster one;
    one.container().liveness = http_probe();
    one.waits(failed(137))
        .event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503", seconds(11));
    CHECK(one.mode() == "pod.crashloop.killed-137");
}

TEST_CASE("startup probe: the budget is named and may be widened") {
    Cluster cluster;
    cluster.container().startup = http_probe();
    cluster.runs(failed(137), seconds(5), 3, false)
        .event("Killing", "Container app failed startup probe, will be restarted", seconds(11))
        .event("Unhealthy",
               "Startup probe failed: Get \"http://10.244.1.94:8080/\": dial tcp 10.244.1.94:8080: connect: connection "
               "refused",
               seconds(12));
    const auto findings = cluster.find();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.crashloop.startup-probe");
    CHECK(says(findings[0], "periodSeconds 2 x failureThreshold 3"));
    CHECK(findings[0].actions == std::vector<std::string>{"probe.relax"});

    auto elsewhere = cluster;
    elsewhere.log({"listening on 0.0.0.0:9090"});
    CHECK(elsewhere.find().at(0).actions.empty());
    auto there = cluster;
    there.log({"listening on 0.0.0.0:8080"});
    CHECK(there.find().at(0).actions == std::vector<std::string>{"probe.relax"});
}

TEST_CASE("S2.25: exit codes that need no log") {
    CHECK(Cluster().waits(failed(0, "Completed")).mode() == "pod.crashloop.exit0");
    CHECK(Cluster().waits(failed(139)).mode() == "pod.crashloop.signal");
    CHECK(says(Cluster().waits(failed(139)).find().at(0), "SIGSEGV"));
    CHECK(Cluster().waits(failed(134)).mode() == "pod.crashloop.signal");
    CHECK(Cluster().waits(failed(143)).mode() == "pod.crashloop.sigterm");
    CHECK(Cluster().waits(failed(137)).mode() == "pod.crashloop.killed-137");
    CHECK(Cluster().stands(failed(137, "ContainerStatusUnknown")).mode() == "pod.container.status-unknown");
    CHECK(Cluster().stands(failed(255, "Unknown")).mode() == "pod.container.status-unknown");
}

TEST_CASE("what belongs to other families") {
    CHECK(Cluster().waits(failed(128, "StartError")).mode() == "none");
    CHECK(Cluster().waits(failed(127, "ContainerCannotRun")).mode() == "none");
    Cluster hook;
    hook.waits(failed(137)).event("FailedPostStartHook", "PostStartHook failed", seconds(12));
    CHECK(hook.mode() == "none");
    Cluster evicted;
    evicted.stands(failed(137)).pod().phase = "Failed";
    evicted.pod().reason = "Evicted";
    CHECK(evicted.mode() == "none");
    Cluster image;
    image.waits(failed(1)).status().state.waiting->reason = "ImagePullBackOff";
    CHECK(image.mode() == "none");
    Cluster drained;
    drained.stands(failed(143))
        .pod()
        .conditions.push_back({"DisruptionTarget", "True", "EvictionByEvictionAPI", "", {}, {}});
    CHECK(drained.mode() == "none");
}

TEST_CASE("a restart that has been survived is nothing") {
    CHECK(Cluster().runs(ended(1, "Error", minutes(5), seconds(4)), minutes(5), 1).mode() == "none");
    CHECK(Cluster().runs(ended(1, "Error", minutes(90), minutes(40)), minutes(90), 7).mode() == "none");
    CHECK(Cluster().runs(failed(255, "Unknown"), seconds(9), 1).mode() == "none");
    Cluster steady;
    steady.status().ready = true;
    steady.status().state.running = kube::Running{ago(minutes(9))};
    CHECK(steady.mode() == "none");
}

TEST_CASE("pods that failed once are judged like a crash") {
    Cluster bare("none");
    bare.stands(failed(3), 0).log({"report template missing"}, false);
    bare.pod().phase = "Failed";
    bare.pod().spec.restart_policy = "Never";
    const auto findings = bare.find();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.crashloop.app-error");
    CHECK(says(findings[0], "exit code 3"));
    CHECK(says(findings[0], "not restarted"));
    Cluster done("none");
    done.stands(failed(0, "Completed"), 0).pod().spec.restart_policy = "Never";
    CHECK(done.mode() == "none");
}

TEST_CASE("S2.27: the logs that are wanted are those of the life that failed") {
    const auto first = [](const Cluster& cluster) {
        const kube::World world(cluster.snapshot);
        auto wanted = diagnose::rules::crash.wants(world);
        REQUIRE(!wanted.empty());
        return wanted[0].previous;
    };
    CHECK(first(Cluster().waits(failed(1))));
    CHECK(first(Cluster().runs(failed(1), seconds(3))));
    CHECK_FALSE(first(Cluster().stands(failed(1))));
    CHECK_FALSE(first(Cluster().stands(failed(1), 0)));
}

TEST_CASE("S2.24: flapping: several restarts within the hour and well now") {
    using diagnose::rules::restarts;
    Cluster cluster;
    cluster.runs(ended(1, "Error", minutes(10), minutes(2)), minutes(10), 4).log({"lost the lease"});
    CHECK(cluster.mode() == "none");
    CHECK(cluster.mode(restarts) == "pod.restarts.flapping");
    CHECK(says(cluster.find(restarts).at(0), "4 restarts"));
    CHECK(Cluster().runs(ended(1, "Error", minutes(10), minutes(2)), minutes(10), 2).mode(restarts) == "none");
    CHECK(Cluster().runs(ended(1, "Error", minutes(70), minutes(2)), minutes(70), 9).mode(restarts) == "none");
    CHECK(Cluster().runs(ended(1, "Error", minutes(20), minutes(500)), minutes(20), 9).mode(restarts) == "none");
    Cluster rebooted;
    rebooted.runs(ended(1, "Error", minutes(10), minutes(2)), minutes(10), 4)
        .event("Rebooted", "Node n1 has been rebooted", minutes(9), "Node");
    CHECK(rebooted.mode(restarts) == "none");
    CHECK(Cluster().waits(failed(1)).mode(restarts) == "none");
}
