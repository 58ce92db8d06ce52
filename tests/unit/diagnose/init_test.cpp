#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::Confidence;
using salve::diagnose::rules::init;
using salve::diagnose::rules::sidecar;

namespace {

// Three init containers and the app: the first is done, the second is to be set by the test.
Cluster three() {
    Cluster cluster;
    cluster.init("tiles");
    cluster.init("migrate");
    cluster.init("warm");
    cluster.container("map");
    cluster.pod().phase = "Pending";
    cluster.status("tiles").state.terminated = ended("Completed", 0, 100);
    cluster.status("tiles").ready = true;
    cluster.status("warm").state.waiting = Waiting{"PodInitializing", ""};
    cluster.status("map").state.waiting = Waiting{"PodInitializing", ""};
    cluster.condition("Initialized", "False", "ContainersNotInitialized",
                      "containers with incomplete status: [migrate warm]", ago(100));
    return cluster;
}

Cluster failed(int code) {
    auto cluster = three();
    auto& status = cluster.status("migrate");
    status.restarts = 3;
    status.state.waiting = Waiting{"CrashLoopBackOff", "back-off 40s restarting failed container=migrate"};
    status.last.terminated = ended("Error", code, 10);
    return cluster;
}

Cluster waiting(std::int64_t seconds, std::vector<std::string> lines) {
    auto cluster = three();
    cluster.status("migrate").state.running = Running{ago(seconds)};
    if (!lines.empty()) cluster.log("migrate", false, std::move(lines));
    return cluster;
}

}  // namespace

TEST_CASE("the first failing init container is named, the others are blocked") {
    auto cluster = failed(4);
    cluster.log("migrate", true, {"migrate: relation \"soundings\" does not exist"});
    const auto found = cluster.run(init);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.init.failed");
    CHECK(found[0].root.object.kind == "Deployment");
    CHECK(found[0].root.container == "migrate");
    CHECK(has(found[0].summary, "Init container \"migrate\" of Deployment web"));
    CHECK(has(found[0].summary, "blocked behind it: warm, map"));
    CHECK(has(said(found[0]), "exit code 4"));
    CHECK(has(said(found[0]), "relation \"soundings\" does not exist"));
}

TEST_CASE("its logs are wanted while they are not there") {
    auto cluster = failed(4);
    const auto wanted = cluster.wants(init);
    REQUIRE(!wanted.empty());
    CHECK(wanted[0].pod == "web-1");
    CHECK(wanted[0].container == "migrate");
}

TEST_CASE("an init container that has just ended, or runs its next try, is failing") {
    auto just = failed(4);
    just.status("migrate").state = {};
    just.status("migrate").state.terminated = ended("Error", 4, 1);
    CHECK(just.run(init).size() == 1);
    auto again = failed(4);
    again.status("migrate").state = {};
    again.status("migrate").state.running = Running{ago(2)};
    CHECK(again.run(init).size() == 1);
    // It failed once while its database came up, and has worked since.
    auto works = failed(4);
    works.status("migrate").state = {};
    works.status("migrate").state.running = Running{ago(200)};
    works.status("migrate").last.terminated = ended("Error", 4, 210);
    CHECK(works.run(init).empty());
}

TEST_CASE("a failed pod counts until it is replaced") {
    auto cluster = failed(4);
    cluster.pod().phase = "Failed";
    cluster.pod().spec.restart_policy = "Never";
    cluster.status("migrate").state = {};
    cluster.status("migrate").last = {};
    cluster.status("migrate").state.terminated = ended("Error", 4, 30);
    CHECK(cluster.run(init).size() == 1);
    cluster.snapshot.deployments[0].ready = 1;
    CHECK(cluster.run(init).empty());
}

TEST_CASE("image, configuration and start errors of init containers belong to others") {
    for (const char* reason : {"ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError", "RunContainerError"}) {
        auto cluster = failed(4);
        cluster.status("migrate").state.waiting->reason = reason;
        CHECK(cluster.run(init).empty());
    }
    auto start = failed(128);
    start.status("migrate").last.terminated->reason = "StartError";
    CHECK(start.run(init).empty());
}

TEST_CASE("a finished pod and one whose init containers are done give nothing") {
    auto running = failed(4);
    running.pod().phase = "Running";
    CHECK(running.run(init).empty());
    auto done = three();
    for (const char* name : {"migrate", "warm"}) done.status(name).state.terminated = ended("Completed", 0, 10);
    for (const char* name : {"migrate", "warm"}) done.status(name).state.waiting.reset();
    CHECK(done.run(init).empty());
}

TEST_CASE("waiting for a Service without ready addresses") {
    auto cluster = waiting(400, {"curl: (7) Failed to connect to web port 8443 after 11 ms: Couldn't connect to server",
                                 "waiting for web:8443",
                                 "curl: (7) Failed to connect to web port 8443 after 10 ms: Couldn't connect to server",
                                 "waiting for web:8443"});
    cluster.service({});
    const auto found = cluster.run(init);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.init.waiting");
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(has(found[0].summary, "waiting for web:8443 (Service web has 0 ready addresses)"));
    CHECK(has(said(found[0]), "log = waiting for web:8443"));
}

TEST_CASE("waiting for a Service that does not exist") {
    const auto found = waiting(400, {"** server can't find mydb.shop.svc.cluster.local: NXDOMAIN", "waiting for mydb",
                                     "** server can't find mydb.shop.svc.cluster.local: NXDOMAIN", "waiting for mydb"})
                           .run(init);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "no such Service in namespace shop"));
}

TEST_CASE("waiting for something that is no Service is possible only") {
    const auto found = waiting(400, {"step 1", "waiting for lock", "waiting for lock", "waiting for lock"}).run(init);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::possible);
    // The same line again and again, whatever it says, with a new time each.
    CHECK(waiting(400, {"2026-11-21T07:59:01Z polling queue", "2026-11-21T07:59:03Z polling queue",
                        "2026-11-21T07:59:05Z polling queue"})
              .run(init)
              .size() == 1);
}

TEST_CASE("long work is no waiting") {
    CHECK(waiting(4000, {"applied 0041_users", "applied 0042_orders", "applied 0043_index"}).run(init).empty());
    CHECK(waiting(4000, {"10%", "20%", "20%", "20%", "30%"}).run(init).empty());
    // It waited first and works now.
    CHECK(waiting(4000, {"waiting for web:8443", "connected", "copied 1", "copied 2", "copied 3"}).run(init).empty());
    CHECK(waiting(4000, {}).run(init).empty());
    // Not yet five minutes.
    CHECK(waiting(200, {"waiting for web:8443", "waiting for web:8443"}).run(init).empty());
}

TEST_CASE("without a log the command tells, and the log is wanted") {
    auto cluster = waiting(400, {});
    cluster.pod().spec.init_containers[1].command = {"sh", "-c",
                                                     "until nslookup web.shop.svc.cluster.local; do sleep 2; done"};
    cluster.service({});
    const auto found = cluster.run(init);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "Service web has 0 ready addresses"));
    CHECK(!found[0].missing_evidence.empty());
    const auto wanted = cluster.wants(init);
    REQUIRE(wanted.size() == 1);
    CHECK(wanted[0].container == "migrate");
    CHECK(!wanted[0].previous);
}

TEST_CASE("a sidecar that crashes blocks what comes after it") {
    Cluster cluster;
    cluster.init("mesh-proxy").restart_policy = "Always";
    cluster.container("api");
    cluster.pod().phase = "Pending";
    cluster.status("api").state.waiting = Waiting{"PodInitializing", ""};
    auto& status = cluster.status("mesh-proxy");
    status.started = false;
    status.restarts = 2;
    status.state.running = Running{ago(1)};
    status.last.terminated = ended("Error", 1, 20);
    cluster.log("mesh-proxy", true, {"envoyette: cannot parse bootstrap"});
    const auto found = cluster.run(sidecar);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.sidecar.failed");
    CHECK(has(found[0].summary, "Sidecar container \"mesh-proxy\""));
    CHECK(has(found[0].summary, "blocked behind it: api"));
    CHECK(has(said(found[0]), "cannot parse bootstrap"));
    CHECK(cluster.run(init).empty());
    CHECK(!cluster.wants(sidecar).empty());
}

TEST_CASE("a sidecar that crashes beside running containers is its own fault, unless it is killed") {
    Cluster cluster;
    cluster.init("tunnel").restart_policy = "Always";
    cluster.container("api");
    cluster.pod().phase = "Running";
    cluster.pod().conditions.push_back({"Initialized", "True", "", "", ago(300), std::nullopt});
    cluster.status("api").state.running = Running{ago(300)};
    auto& status = cluster.status("tunnel");
    status.restarts = 4;
    status.state.waiting = Waiting{"CrashLoopBackOff", ""};
    status.last.terminated = ended("Error", 1, 20);
    cluster.log("tunnel", true, {"peer refused the handshake"});
    const auto found = cluster.run(sidecar);
    REQUIRE(found.size() == 1);
    CHECK(has(found[0].summary, "the pod's other containers run without it"));
    cluster.status("tunnel").last.terminated = ended("OOMKilled", 137, 20);
    CHECK(cluster.run(sidecar).empty());
}

TEST_CASE("a sidecar that never counts as started") {
    Cluster cluster;
    Probe probe;
    probe.handler = Probe::Handler::exec;
    probe.command = {"true"};
    probe.period_s = 1;
    auto& spec = cluster.init("proxy");
    spec.restart_policy = "Always";
    spec.startup = probe;
    cluster.container("api");
    cluster.pod().phase = "Pending";
    auto& status = cluster.status("proxy");
    status.started = false;
    status.state.running = Running{ago(60)};
    CHECK(cluster.run(sidecar).size() == 1);
    status.state.running = Running{ago(10)};
    CHECK(cluster.run(sidecar).empty());
    status.started = true;
    status.state.running = Running{ago(60)};
    CHECK(cluster.run(sidecar).empty());
    CHECK(cluster.run(init).empty());
}

TEST_CASE("an ordinary init container is no sidecar") { CHECK(failed(4).run(sidecar).empty()); }
