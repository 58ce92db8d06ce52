#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/batch_builders.hpp"

using namespace salve::batch_test;
using salve::diagnose::rules::hpa;

TEST_CASE("an autoscaler at its maximum for long") {
    Cluster cluster;
    cluster.deployment("weaver", 4, 4);
    auto& one = cluster.hpa("weaver", "weaver");
    one.current_replicas = 4;
    one.conditions.push_back(cluster.condition("ScalingLimited", "True", "TooManyReplicas",
                                               "the desired replica count is more than the maximum replica count", 20));
    const auto found = cluster.run(hpa);
    REQUIRE(mode_of(found) == "hpa.maxed");
    CHECK(has(said(found[0]), "maxReplicas: 4"));
    CHECK(affects(found[0], "Deployment", "weaver"));
    CHECK(found[0].actions == std::vector<std::string>{"hpa.raise-max"});
    SUBCASE("more replicas do not help where those that are there do not work") {
        cluster.facts.deployments[0].ready = 2;
        CHECK(cluster.run(hpa)[0].actions.empty());
    }
    SUBCASE("a short peak") {
        one.conditions[0].last_transition = ago(8);
        CHECK(cluster.run(hpa).empty());
    }
    SUBCASE("scaled up just now: the condition was True before, at the minimum") {
        cluster.event(one.meta, "SuccessfulRescale", "New size: 4; reason: cpu above target", 2).type = "Normal";
        CHECK(cluster.run(hpa).empty());
    }
    SUBCASE("at the minimum") {
        one.conditions[0].reason = "TooFewReplicas";
        CHECK(cluster.run(hpa).empty());
    }
    SUBCASE("below the maximum by now") {
        one.current_replicas = 3;
        CHECK(cluster.run(hpa).empty());
    }
}

TEST_CASE("an autoscaler without metrics") {
    Cluster cluster;
    auto& workload = cluster.deployment("runner", 1, 1);
    auto& one = cluster.hpa("runner", "runner");
    one.conditions.push_back(cluster.condition(
        "ScalingActive", "False", "FailedGetResourceMetric",
        "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
        "resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested "
        "resource (get pods.metrics.k8s.io)",
        5));
    auto& condition = one.conditions[0];
    const auto found = cluster.run(hpa);
    REQUIRE(mode_of(found) == "hpa.no-metrics");
    CHECK(has(found[0].summary, "pods.metrics.k8s.io"));
    CHECK(has(found[0].summary, "No APIService serves metrics.k8s.io"));
    CHECK(affects(found[0], "Deployment", "runner"));
    SUBCASE("a registered API is not said to be missing") {
        ApiService service;
        service.group = "metrics.k8s.io";
        cluster.facts.api_services.push_back(service);
        CHECK(!has(cluster.run(hpa)[0].summary, "No APIService"));
    }
    SUBCASE("an adapter is named by its own group") {
        condition.reason = "FailedGetPodsMetric";
        condition.message = "unable to fetch metrics (get pods.custom.metrics.k8s.io)";
        CHECK(has(cluster.run(hpa)[0].advice[0], "custom.metrics.k8s.io"));
    }
    SUBCASE("in the first minutes") {
        condition.last_transition = ago(1);
        CHECK(cluster.run(hpa).empty());
        condition.message = "missing request for cpu in container main of Pod runner-1";
        CHECK(has(cluster.run(hpa)[0].advice[0], "resources.requests.cpu of container \"main\""));
    }
    SUBCASE("pods that are not up explain it") {
        condition.message = "did not receive metrics for targeted pods (pods might be unready)";
        workload.ready = 0;
        CHECK(cluster.run(hpa).empty());
    }
    SUBCASE("scaled to zero") {
        condition.reason = "ScalingDisabled";
        CHECK(cluster.run(hpa).empty());
    }
    SUBCASE("recovered") {
        condition.status = "True";
        CHECK(cluster.run(hpa).empty());
    }
}

TEST_CASE("an autoscaler whose target does not exist") {
    Cluster cluster;
    cluster.deployment("crane-worker", 1, 1);
    auto& one = cluster.hpa("scaler", "crane-workers");
    one.conditions.push_back(cluster.condition(
        "AbleToScale", "False", "FailedGetScale",
        "the HPA controller was unable to get the target's current scale: deployments/scale.apps \"crane-workers\" not "
        "found",
        0));
    const auto found = cluster.run(hpa);
    REQUIRE(mode_of(found) == "hpa.target-missing");
    CHECK(has(found[0].summary, "crane-workers"));
    CHECK(has(found[0].summary, "There is a Deployment crane-worker."));
    SUBCASE("created since") {
        cluster.deployment("crane-workers", 1, 1);
        CHECK(cluster.run(hpa).empty());
    }
    SUBCASE("where the list was not read the condition must last") {
        cluster.forbid(Resource::deployments);
        CHECK(cluster.run(hpa).empty());
        one.conditions[0].last_transition = ago(5);
        CHECK(mode_of(cluster.run(hpa)) == "hpa.target-missing");
    }
}

TEST_CASE("two autoscalers of one workload are one finding") {
    Cluster cluster;
    cluster.deployment("miller", 1, 1);
    cluster.hpa("by-cpu", "miller");
    auto& young = cluster.hpa("by-load", "miller");
    young.meta.created = ago(3);
    const auto found = cluster.run(hpa);
    REQUIRE(mode_of(found) == "hpa.ambiguous");
    CHECK(found[0].root.object.name == "by-load");
    CHECK(affects(found[0], "HorizontalPodAutoscaler", "by-cpu"));
    CHECK(has(found[0].summary, "by-cpu, by-load"));
    young.target_kind = "StatefulSet";
    CHECK(cluster.run(hpa).empty());
}

TEST_CASE("autoscalers whose workloads share pods are one finding") {
    Cluster cluster;
    const char* message = "pods by selector app=x are controlled by multiple HPAs: [shop/one shop/two]";
    for (const auto* name : {"one", "two"})
        cluster.hpa(name, std::string("work-") + name)
            .conditions.push_back(cluster.condition("ScalingActive", "False", "AmbiguousSelector", message, 5));
    const auto found = cluster.run(hpa);
    REQUIRE(mode_of(found) == "hpa.ambiguous");
    CHECK(has(said(found[0]), "AmbiguousSelector"));
}
