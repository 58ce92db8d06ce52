#include "diagnose/template_diff.hpp"

#include <doctest/doctest.h>

using namespace salve;
using diagnose::change_words;
using diagnose::template_changes;

namespace {

kube::PodTemplate web() {
    kube::PodTemplate pod;
    kube::Container container;
    container.name = "api";
    container.image = "nginx:1.25";
    kube::Probe probe;
    probe.handler = kube::Probe::Handler::http;
    probe.path = "/healthz";
    probe.port = "8080";
    container.readiness = probe;
    pod.spec.containers.push_back(container);
    pod.labels["pod-template-hash"] = "abc";
    return pod;
}

}  // namespace

TEST_CASE("templates that differ in nothing that runs have no changes") {
    auto after = web();
    after.labels["pod-template-hash"] = "def";
    CHECK(template_changes(web(), after).empty());
}

TEST_CASE("an image, a probe's path, a variable and a volume are changes, by path") {
    auto after = web();
    after.spec.containers[0].image = "nginx:9.9";
    after.spec.containers[0].readiness->path = "/readyz";
    after.spec.containers[0].env.push_back({"DB_HOST", "db", {}, {}});
    kube::Volume volume;
    volume.name = "conf";
    volume.source = kube::Volume::Source::config_map;
    volume.object = "web-v2";
    after.spec.volumes.push_back(volume);
    const auto changes = template_changes(web(), after);
    REQUIRE(changes.size() == 4);
    CHECK(change_words(changes[0]) == "containers[api].env[DB_HOST]: (none) -> \"db\"");
    CHECK(change_words(changes[1]) == "containers[api].image: \"nginx:1.25\" -> \"nginx:9.9\"");
    CHECK(change_words(changes[2]) == "containers[api].readinessProbe.httpGet.path: \"/healthz\" -> \"/readyz\"");
    CHECK(change_words(changes[3]) == "volumes[conf]: (none) -> \"ConfigMap web-v2\"");
}

TEST_CASE("what goes is a change, too, and a value that is not shown is never printed") {
    auto before = web();
    before.spec.containers[0].env.push_back({"API_TOKEN", std::nullopt, {}, {}});
    before.spec.containers[0].resources.limits["memory"] = "64Mi";
    const auto changes = template_changes(before, web());
    REQUIRE(changes.size() == 2);
    CHECK(change_words(changes[0]) == "containers[api].env[API_TOKEN]: \"(a value that is not shown)\" -> (none)");
    CHECK(change_words(changes[1]) == "containers[api].resources.limits.memory: \"64Mi\" -> (none)");
}

TEST_CASE("a probe that changes its kind, and containers in another order") {
    auto before = web(), after = web();
    kube::Container second;
    second.name = "proxy";
    second.image = "envoy:1";
    before.spec.containers.push_back(second);
    after.spec.containers.insert(after.spec.containers.begin(), second);
    CHECK(template_changes(before, after).empty());
    after.spec.containers[1].readiness->handler = kube::Probe::Handler::tcp;
    after.spec.containers[1].readiness->path.clear();
    const auto changes = template_changes(before, after);
    REQUIRE(changes.size() == 4);
    CHECK(changes[0].path == "spec.containers[api].readinessProbe");
    CHECK(changes[0].before == "httpGet");
    CHECK(changes[0].after == "tcpSocket");
}
