#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::rules::image_refused;

TEST_CASE("an invalid reference is told with its fault") {
    Cluster cluster;
    cluster.deployment("cam", "Nginx:1.25//web");
    cluster.pod_of("cam", "cam-1", "Nginx:1.25//web", "InvalidImageName",
                   "Failed to apply default image tag \"Nginx:1.25//web\": couldn't parse image name "
                   "\"Nginx:1.25//web\": invalid reference format");
    const auto findings = cluster.run(image_refused);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.image.invalid-name");
    CHECK(findings[0].root.object.kind == "Deployment");
    CHECK(says(findings[0].summary, "\"Nginx:1.25//web\" is not a valid image reference (InvalidImageName"));
    CHECK(has_evidence(findings[0], "InvalidImageName: Failed to apply default image tag"));
    CHECK(findings[0].actions == std::vector<std::string>{"image.set"});
}

TEST_CASE("pull policy Never without the image on the node") {
    Cluster cluster;
    auto& pod = cluster.bare_pod("sim", "reg.example/sim:dev", "ErrImageNeverPull",
                                 "Container image \"reg.example/sim:dev\" is not present with pull policy of Never");
    pod.spec.containers[0].image_pull_policy = "Never";
    const auto findings = cluster.run(image_refused);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.image.never-present");
    CHECK(says(findings[0].summary, "the image reg.example/sim:dev is not on node node-1"));
    CHECK(findings[0].evidence.at(1).path == "spec.containers[0].imagePullPolicy");
    CHECK(findings[0].actions.empty());  // a bare pod
}

TEST_CASE("a runtime that cannot inspect images") {
    Cluster cluster;
    cluster.bare_pod("a", "a:1", "ImageInspectError", "Failed to inspect image \"\": rpc error: code = Unknown");
    const auto findings = cluster.run(image_refused);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "pod.image.inspect-error");
    CHECK(findings[0].severity == diagnose::Severity::medium);
}

TEST_CASE("other waiting reasons are not this rule's") {
    Cluster cluster;
    cluster.bare_pod("a", "a:1", "ErrImagePull", "a:1: not found");
    cluster.bare_pod("b", "b:1", "ContainerCreating");
    runs_now(cluster.bare_pod("c", "c:1", ""));
    CHECK(cluster.run(image_refused).empty());
}
