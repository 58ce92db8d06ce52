#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "diagnose/probe_words.hpp"
#include "unit/diagnose/config_builders.hpp"

using namespace salve::config_test;
using salve::diagnose::Confidence;
using salve::diagnose::Severity;
using salve::diagnose::rules::readiness;
using salve::diagnose::rules::starting;

namespace {

const std::string text_503 = "Readiness probe failed: HTTP probe failed with statuscode: 503";

Probe http(std::string path) {
    Probe probe;
    probe.handler = Probe::Handler::http;
    probe.path = std::move(path);
    probe.port = "8080";
    probe.period_s = 2;
    return probe;
}

Cluster unready(std::int64_t age, std::string path = "/ready") {
    Cluster cluster;
    cluster.container("web").readiness = http(std::move(path));
    auto& status = cluster.status("web");
    status.started = true;
    status.state.running = Running{ago(age)};
    cluster.condition("ContainersReady", "False", "ContainersNotReady", "containers with unready status: [web]",
                      ago(age + 2));
    return cluster;
}

Cluster unready_with_event(std::int64_t age, const std::string& text, std::string path = "/ready") {
    auto cluster = unready(age, std::move(path));
    cluster.event("Unhealthy", text, "web", ago(2));
    return cluster;
}

}  // namespace

TEST_CASE("a readiness probe that answers 503") {
    auto cluster = unready_with_event(300, text_503);
    const auto found = cluster.run(readiness);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.notready.readiness");
    CHECK(found[0].severity == Severity::high);
    CHECK(found[0].confidence == Confidence::confirmed);
    CHECK(has(found[0].summary, "statuscode: 503"));
    CHECK(has(found[0].summary, "HTTP GET :8080/ready every 2s"));
    CHECK(found[0].evidence[0].text == "Unhealthy: " + text_503);
    CHECK(has(said(found[0]), "containers with unready status: [web]"));
    CHECK(found[0].actions.empty());
}

TEST_CASE("each kind of failure has its own advice, only timeouts may be relaxed") {
    const std::pair<const char*, const char*> rows[] = {
        {"Readiness probe failed: index is still empty", "kubectl exec"},
        {"Readiness probe failed: dial tcp 10.244.1.22:8080: connect: connection refused", "Nothing listens"},
        {"Readiness probe failed: HTTP probe failed with statuscode: 404", "knows no path /ready"},
        {"Readiness probe failed: Get \"http://10.0.0.1:8080/ready\": context deadline exceeded (Client.Timeout "
         "exceeded "
         "while awaiting headers)",
         "timeoutSeconds 1"},
    };
    for (const auto& [text, advice] : rows) {
        CAPTURE(text);
        const auto found = unready_with_event(300, text).run(readiness);
        REQUIRE(found.size() == 1);
        CHECK(has(found[0].advice[0], advice));
        CHECK(found[0].actions.empty() == !has(text, "deadline"));
    }
}

TEST_CASE("the probe's own budget and a slack come first") {
    // 2 s x 3 failures + 15 s
    CHECK(unready_with_event(20, text_503).run(readiness).empty());
    CHECK(unready_with_event(23, text_503).run(readiness).size() == 1);
    // A pod that has just turned unready after days.
    auto turned = unready_with_event(90000, text_503);
    turned.pod().conditions[0].last_transition = ago(10);
    CHECK(turned.run(readiness).empty());
}

TEST_CASE("what only looks unready") {
    auto ready = unready_with_event(300, text_503);
    ready.status("web").ready = true;
    CHECK(ready.run(readiness).empty());

    auto starting_up = unready_with_event(300, text_503);
    starting_up.status("web").started = false;
    CHECK(starting_up.run(readiness).empty());

    auto no_probe = unready_with_event(300, text_503);
    no_probe.pod().spec.containers[0].readiness.reset();
    CHECK(no_probe.run(readiness).empty());

    auto looping = unready_with_event(40, text_503);
    looping.status("web").restarts = 4;
    looping.status("web").last.terminated = ended("Error", 1, 45);
    CHECK(looping.run(readiness).empty());

    auto draining = unready_with_event(300, text_503);
    draining.pod().meta.deleted = ago(-20);
    CHECK(draining.run(readiness).empty());
}

TEST_CASE("an event of before the container's start, or an old one, is history") {
    auto cluster = unready(300);
    cluster.event("Unhealthy", text_503, "web", ago(400));
    CHECK(cluster.run(readiness).empty());
    auto old = unready(3000);
    old.event("Unhealthy", text_503, "web", ago(2000));
    const auto found = old.run(readiness);
    REQUIRE(found.size() == 1);  // the condition still says it, after so long
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(!has(said(found[0]), "503"));
}

TEST_CASE("without events the condition speaks, and the gap is named") {
    auto cluster = unready(60);
    CHECK(cluster.run(readiness).empty());
    cluster.forbid(Resource::events);
    const auto found = cluster.run(readiness);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::probable);
    REQUIRE(found[0].missing_evidence.size() == 1);
    CHECK(has(found[0].missing_evidence[0], "events"));
    // A node that is down speaks for nobody.
    Node node;
    node.meta = Cluster::meta("Node", "node-a");
    node.conditions.push_back({"Ready", "Unknown", "", "", ago(60), {}});
    cluster.snapshot.nodes.push_back(node);
    CHECK(cluster.run(readiness).empty());
}

TEST_CASE("a standby that says so beside a ready peer is information") {
    const std::tuple<std::string, std::string, Severity> rows[] = {
        {"Readiness probe failed: not leader", "/ready", Severity::info},
        {"Readiness probe failed: this node is a standby", "/ready", Severity::info},
        {"Readiness probe failed: HTTP probe failed with statuscode: 503", "/primary", Severity::info},
        {"Readiness probe failed: HTTP probe failed with statuscode: 429", "/v1/sys/health", Severity::info},
        {text_503, "/ready", Severity::high},
    };
    for (const auto& [text, path, severity] : rows) {
        CAPTURE(text);
        auto cluster = unready_with_event(300, text, path);
        cluster.snapshot.deployments[0].desired = 3;
        CHECK(cluster.run(readiness)[0].severity == Severity::high);  // nobody is ready
        cluster.snapshot.deployments[0].ready = 1;
        CHECK(cluster.run(readiness)[0].severity == severity);
    }
}

TEST_CASE("a startup probe that has nearly used its budget is information, and nothing else") {
    auto cluster = unready(100);
    auto probe = http("/up");
    probe.period_s = 10;
    probe.failure_threshold = 12;
    cluster.pod().spec.containers[0].startup = probe;
    cluster.status("web").started = false;
    cluster.event("Unhealthy", "Startup probe failed: ", "web", ago(5));
    CHECK(cluster.run(readiness).empty());
    const auto found = cluster.run(starting);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "pod.starting.startup-probe");
    CHECK(found[0].severity == Severity::info);
    CHECK(has(found[0].summary, "gives it 2m"));

    auto early = cluster;
    early.status("web").state.running = Running{ago(80)};  // of 120 s
    CHECK(early.run(starting).empty());
    auto late = cluster;
    late.status("web").state.running = Running{ago(200)};
    CHECK(late.run(starting).empty());
    auto started = cluster;
    started.status("web").started = true;
    CHECK(started.run(starting).empty());
    auto no_event = cluster;
    no_event.snapshot.events.clear();
    CHECK(no_event.run(starting).empty());
}

TEST_CASE("a probe that cannot be run says which program is not there") {
    const std::string text =
        " probe errored: rpc error: code = Unknown desc = failed to exec in container: failed to start exec \"2c5e\": "
        "OCI "
        "runtime exec failed: exec failed: unable to start container process: exec: \"/no/such\": stat /no/such: no "
        "such "
        "file or directory: unknown";
    const auto ready = unready_with_event(300, "Readiness" + text).run(readiness);
    REQUIRE(ready.size() == 1);
    CHECK(has(ready[0].summary, "fails: exec: \"/no/such\": stat /no/such: no such file or directory."));

    auto cluster = unready(300);
    cluster.pod().spec.containers[0].startup = http("/up");
    cluster.status("web").started = false;
    cluster.event("Unhealthy", "Startup" + text, "web", ago(5));
    const auto found = cluster.run(starting);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::high);
    CHECK(has(found[0].summary, "stat /no/such: no such file or directory"));
}

TEST_CASE("probes in words") {
    Probe probe = http("/ready");
    CHECK(salve::diagnose::probe_words(probe) == "HTTP GET :8080/ready every 2s, timeout 1s, 3 failures");
    probe.handler = Probe::Handler::exec;
    probe.command = {"sh", "-c", "exit 1"};
    CHECK(has(salve::diagnose::probe_words(probe), "exec [sh -c exit 1] every 2s"));
    probe.initial_delay_s = 5;
    CHECK(salve::diagnose::probe_budget(probe) == salve::base::seconds(11));
}
