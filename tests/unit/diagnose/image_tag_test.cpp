#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "base/digest.hpp"
#include "starting_builders.hpp"

using namespace salve;
using namespace salve::starting_test;
using diagnose::rules::image_tag;

TEST_CASE("no tag and the tag latest are low findings; a version or a digest is none") {
    Cluster cluster;
    for (const auto* image : {"nginx", "reg.example:5000/web", "nginx:latest", "nginx:1.25", "nginx@sha256:0",
                              "nginx:latest@sha256:0", "reg.example:5000/web:2"})
        runs_now(cluster.bare_pod("pod-" + std::to_string(cluster.facts.pods.size()), image, ""));
    const auto findings = cluster.run(image_tag);
    REQUIRE(findings.size() == 3);
    for (const auto& finding : findings) CHECK(finding.severity == diagnose::Severity::low);
    CHECK(says(findings[0].summary, "the image nginx has neither tag nor digest"));
    CHECK(says(findings[1].summary, "reg.example:5000/web has neither"));
    CHECK(says(findings[2].summary, "nginx:latest is named by the tag latest"));
    CHECK(findings[0].evidence.at(0).path == "spec.containers[0].image");
}

TEST_CASE("one reference that became two images in the pods of a ReplicaSet") {
    Cluster cluster;
    cluster.deployment("web", "web:1");
    for (const auto* name : {"web-1", "web-2"}) {
        auto& pod = cluster.pod_of("web", name, "web:1", "");
        runs_now(pod);
        pod.statuses[0].image_id = "docker.io/library/web@sha256:" + base::sha256_hex(name);
    }
    const auto findings = cluster.run(image_tag);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].affected.size() == 2);
    CHECK(says(findings[0].summary, "2 different images"));
    CHECK(findings[0].evidence.size() == 2);
    CHECK(findings[0].root.object.kind == "Deployment");

    cluster.facts.pods[1].statuses[0].image_id = cluster.facts.pods[0].statuses[0].image_id;
    CHECK(cluster.run(image_tag).empty());
    cluster.facts.pods[1].statuses[0].image_id = "sha256:0123";  // no digest of the registry: not comparable
    CHECK(cluster.run(image_tag).empty());
}

TEST_CASE("a namespace where many have it is one finding") {
    Cluster cluster;
    for (int i = 0; i < 6; ++i) runs_now(cluster.bare_pod("pod-" + std::to_string(i), "nginx:latest", ""));
    const auto findings = cluster.run(image_tag);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].root.object.kind == "Namespace");
    CHECK(findings[0].root.object.name == "shop");
    CHECK(findings[0].affected.size() == 6);
    CHECK(findings[0].evidence.size() == 3);
    CHECK(says(findings[0].summary, "6 workloads of namespace shop"));
    CHECK(says(findings[0].summary, "Pod pod-0, Pod pod-1, Pod pod-2 and 3 more"));
}
