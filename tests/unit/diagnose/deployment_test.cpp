#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/workload_builders.hpp"

using namespace salve::workload_test;
using salve::base::minutes;
using salve::base::seconds;
using salve::diagnose::Severity;
using salve::diagnose::rules::deployment_available;
using salve::diagnose::rules::deployment_idle;
using salve::diagnose::rules::deployment_rollout;

namespace {

const std::string timed_out = "ReplicaSet \"web-r2\" has timed out progressing.";

// Two of the old revision serve; one of the new waits for a ConfigMap.
Shop half_way(const std::string& status, const std::string& reason) {
    Shop shop;
    auto& web = shop.deployment("web", 2);
    web.replicas = 3;
    web.ready = web.available = 2;
    web.updated = 1;
    web.conditions = {Shop::said("Progressing", status, reason, timed_out, minutes(1)),
                      Shop::said("Available", "True", "MinimumReplicasAvailable", "", minutes(90))};
    auto& old = shop.replica_set(web, "1", 2, 2);
    auto& fresh = shop.replica_set(web, "2", 1, 0);
    shop.ready_pod(old, "web-old-1");
    shop.ready_pod(old, "web-old-2");
    shop.broken_pod(fresh, "web-new-1");
    return shop;
}

// Nobody is ready.
Shop down(const std::string& progressing, const std::string& reason, salve::base::Duration age) {
    Shop shop;
    auto& web = shop.deployment("web", 2);
    web.replicas = web.updated = 2;
    web.conditions = {Shop::said("Progressing", progressing, reason, "", age),
                      Shop::said("Available", "False", "MinimumReplicasUnavailable",
                                 "Deployment does not have minimum availability.", age)};
    shop.replica_set(web, "1", 2, 0);
    return shop;
}

}  // namespace

TEST_CASE("a rollout past its deadline names the condition, the pod's reason and who serves meanwhile") {
    const auto findings = half_way("False", "ProgressDeadlineExceeded").run(deployment_rollout);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.progress-deadline");
    CHECK(says(findings[0].summary, "ProgressDeadlineExceeded: " + timed_out));
    CHECK(says(findings[0].summary, "2 replicas of older revisions are ready"));
    CHECK(says(findings[0].summary, "configmap \"tides\" not found"));
    CHECK(has_evidence(findings[0], "configmap \"tides\" not found"));
    CHECK(affects(findings[0], "Pod", "web-new-1"));
    CHECK(!affects(findings[0], "Pod", "web-old-1"));
    CHECK(findings[0].actions.empty());
}

TEST_CASE("a passed deadline is not claimed of a spec that is not observed, a paused or a completed rollout") {
    auto unseen = half_way("False", "ProgressDeadlineExceeded");
    unseen.facts.deployments[0].meta.generation = 3;
    CHECK(unseen.run(deployment_rollout).empty());
    auto paused = half_way("False", "ProgressDeadlineExceeded");
    paused.facts.deployments[0].paused = true;
    CHECK(paused.run(deployment_rollout).empty());
    auto zero = half_way("False", "ProgressDeadlineExceeded");
    zero.facts.deployments[0].desired = 0;
    CHECK(zero.run(deployment_rollout).empty());
    auto complete = half_way("False", "ProgressDeadlineExceeded");
    auto& web = complete.facts.deployments[0];
    web.updated = web.available = web.replicas = 2;
    complete.facts.pods.pop_back();
    CHECK(!found(complete.run(deployment_rollout), "deploy.progress-deadline"));
}

TEST_CASE("inside the deadline a hard error of the new pods makes the rollout stale, starting does not") {
    auto shop = half_way("True", "ReplicaSetUpdated");
    const auto findings = shop.run(deployment_rollout);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.stale-rollout");
    CHECK(says(findings[0].summary, "web-r2 is ready, while 2 replicas of older revisions are ready"));
    CHECK(has_evidence(findings[0], "replicas: 1, readyReplicas: 0"));

    shop.facts.pods.back().statuses[0].state.waiting = salve::kube::Waiting{"ContainerCreating", ""};
    shop.facts.pods.back().meta.created = now - minutes(3);
    CHECK(shop.run(deployment_rollout).empty());
    shop.facts.pods.back().meta.created = now - minutes(11);
    CHECK(found(shop.run(deployment_rollout), "deploy.stale-rollout"));
}

TEST_CASE("a failing readiness probe makes a rollout stale whatever the deadline") {
    auto shop = half_way("True", "ReplicaSetUpdated");
    shop.facts.deployments[0].progress_deadline_s = 86400;
    shop.facts.pods.pop_back();
    shop.unready_pod(shop.facts.replica_sets[1], "web-new-2", seconds(60));
    const auto findings = shop.run(deployment_rollout);
    REQUIRE(found(findings, "deploy.stale-rollout"));
    CHECK(says(findings[0].summary, "Readiness probe failed: no quorum"));
    shop.facts.pods.back().statuses[0].state.running->started = now - seconds(10);
    shop.facts.pods.back().conditions[0].last_transition = now - seconds(10);
    CHECK(shop.run(deployment_rollout).empty());
}

TEST_CASE("old replicas below the minimum do not serve: not stale") {
    auto shop = half_way("True", "ReplicaSetUpdated");
    shop.facts.replica_sets[0].ready = 1;
    CHECK(!found(shop.run(deployment_rollout), "deploy.stale-rollout"));
    shop.facts.deployments[0].max_unavailable = "1";
    CHECK(found(shop.run(deployment_rollout), "deploy.stale-rollout"));
}

TEST_CASE("a rollout without progress for half of its deadline is information") {
    auto shop = half_way("True", "ReplicaSetUpdated");
    shop.facts.pods.back().statuses[0].state.waiting = salve::kube::Waiting{"ContainerCreating", ""};
    shop.facts.pods.back().meta.created = now - minutes(4);
    shop.facts.deployments[0].conditions[0] =
        Shop::said("Progressing", "True", "ReplicaSetUpdated", "ReplicaSet \"web-r2\" is progressing.", minutes(6));
    const auto findings = shop.run(deployment_rollout);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.rollout-in-progress");
    CHECK(findings[0].severity == Severity::info);
    shop.facts.deployments[0].progress_deadline_s = 3600;
    CHECK(shop.run(deployment_rollout).empty());
}

TEST_CASE("a ReplicaSet that cannot be created is said although the generation is not observed") {
    auto shop = half_way("False", "ReplicaSetCreateError");
    auto& web = shop.facts.deployments[0];
    web.meta.generation = 3;
    web.conditions[0].message =
        "Failed to create new replica set \"web-5\": replicasets.apps \"web-5\" is forbidden: exceeded quota: sets";
    const auto findings = shop.run(deployment_rollout);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.rs-create-error");
    CHECK(says(findings[0].summary, "exceeded quota: sets"));
}

TEST_CASE("unavailable: hard errors at once, starting pods only beyond the deadline") {
    auto shop = down("True", "ReplicaSetUpdated", seconds(30));
    shop.broken_pod(shop.facts.replica_sets[0], "web-1");
    const auto findings = shop.run(deployment_available);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.unavailable");
    CHECK(says(findings[0].summary, "0 of 2 replicas ready (MinimumReplicasUnavailable"));
    CHECK(says(findings[0].summary, "configmap \"tides\" not found"));

    auto starting = down("True", "ReplicaSetUpdated", minutes(4));
    starting.pod(starting.facts.replica_sets[0], "web-1");
    CHECK(starting.run(deployment_available).empty());
    auto warming = down("True", "ReplicaSetUpdated", minutes(4));
    warming.unready_pod(warming.facts.replica_sets[0], "web-1", minutes(4));
    CHECK(warming.run(deployment_available).empty());
    auto endless = down("True", "ReplicaSetUpdated", minutes(11));
    endless.facts.deployments[0].progress_deadline_s = 86400;
    endless.pod(endless.facts.replica_sets[0], "web-1").meta.created = now - minutes(11);
    CHECK(endless.run(deployment_available).size() == 1);
}

TEST_CASE("unavailable after a completed rollout says that it had completed") {
    auto shop = down("True", "NewReplicaSetAvailable", minutes(2));
    shop.unready_pod(shop.facts.replica_sets[0], "web-1", minutes(2));
    const auto findings = shop.run(deployment_available);
    REQUIRE(findings.size() == 1);
    CHECK(says(findings[0].summary, "though its rollout had completed"));
    CHECK(has_evidence(findings[0], "Progressing=True NewReplicaSetAvailable"));
    // A pod that was just replaced.
    auto replaced = down("True", "NewReplicaSetAvailable", minutes(2));
    replaced.pod(replaced.facts.replica_sets[0], "web-1").meta.created = now - minutes(2);
    CHECK(replaced.run(deployment_available).empty());
}

TEST_CASE("not unavailable: enough are ready, zero is wanted, or the spec is not observed") {
    auto shop = down("True", "ReplicaSetUpdated", minutes(30));
    shop.broken_pod(shop.facts.replica_sets[0], "web-1");
    shop.facts.deployments[0].ready = 2;  // minReadySeconds
    CHECK(shop.run(deployment_available).empty());
    shop.facts.deployments[0].ready = 0;
    CHECK(shop.run(deployment_available).size() == 1);
    shop.facts.deployments[0].meta.generation = 9;
    CHECK(shop.run(deployment_available).empty());
    shop.facts.deployments[0].meta.generation = 2;
    shop.facts.deployments[0].desired = 0;
    CHECK(shop.run(deployment_available).empty());
}

TEST_CASE("pods that may not be created make it unavailable with the controller's words") {
    auto shop = down("True", "NewReplicaSetCreated", seconds(20));
    auto failure = Shop::said("ReplicaFailure", "True", "FailedCreate", "pods \"web-\" is forbidden: exceeded quota: q",
                              seconds(20));
    shop.facts.deployments[0].conditions.push_back(failure);
    const auto findings = shop.run(deployment_available);
    REQUIRE(findings.size() == 1);
    CHECK(has_evidence(findings[0], "exceeded quota: q"));
}

TEST_CASE("paused with a pending template offers the resume, paused without one only says so") {
    Shop shop;
    auto& web = shop.deployment("web", 1);
    web.paused = true;
    web.replicas = web.ready = 1;
    web.conditions = {Shop::said("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", minutes(5))};
    web.pod_template.spec.containers.push_back(Cluster::container("web", "nginx:1.26"));
    auto& set = shop.replica_set(web, "1", 1, 1);
    shop.ready_pod(set, "web-1");
    auto findings = shop.run(deployment_idle);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.paused");
    CHECK(findings[0].severity == Severity::medium);
    CHECK(says(findings[0].summary, "container \"web\" runs nginx:1.25 and the template says nginx:1.26"));
    CHECK(findings[0].actions == std::vector<std::string>{"rollout.resume"});
    CHECK(has_evidence(findings[0], "Progressing=Unknown DeploymentPaused"));

    shop.facts.deployments[0].updated = 1;
    findings = shop.run(deployment_idle);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == Severity::info);
    CHECK(findings[0].actions.empty());

    // A bad revision that somebody has stopped: resuming would spread it.
    shop.facts.deployments[0].updated = 0;
    shop.broken_pod(shop.facts.replica_sets[0], "web-2");
    findings = shop.run(deployment_idle);
    CHECK(findings[0].actions.empty());
}

TEST_CASE("zero replicas are a finding only where traffic is still sent to them") {
    Shop shop;
    shop.deployment("web", 0);
    CHECK(shop.run(deployment_idle).empty());
    shop.service("web");
    CHECK(shop.run(deployment_idle).empty());  // reached from inside only, and for long
    auto recent = shop;
    recent.event_of(recent.facts.deployments[0], "Normal", "ScalingReplicaSet",
                    "Scaled down replica set web-r1 from 3 to 0", minutes(10));
    auto findings = recent.run(deployment_idle);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].mode->id == "deploy.scaled-to-zero");
    CHECK(says(findings[0].summary, "scaled to 0 replicas, from 3, 10m ago"));
    CHECK(findings[0].actions == std::vector<std::string>{"scale.set"});
    CHECK(affects(findings[0], "Service", "web"));

    auto old_words = shop;
    old_words.event_of(old_words.facts.deployments[0], "Normal", "ScalingReplicaSet",
                       "Scaled down replica set web-r1 to 0", minutes(10));
    CHECK(old_words.run(deployment_idle).size() == 1);
    auto long_ago = shop;
    long_ago.event_of(long_ago.facts.deployments[0], "Normal", "ScalingReplicaSet",
                      "Scaled down replica set web-r1 from 3 to 0", minutes(70));
    CHECK(long_ago.run(deployment_idle).empty());

    shop.ingress("web");
    findings = shop.run(deployment_idle);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].actions.empty());  // how many there were is not known
    CHECK(affects(findings[0], "Ingress", "web-in"));
    // Another Deployment serves the same Service.
    auto& blue = shop.deployment("blue", 1);
    auto& set = shop.replica_set(blue, "1", 1, 1);
    shop.ready_pod(set, "blue-1").meta.labels = {{"app", "web"}};
    CHECK(shop.run(deployment_idle).empty());
}

TEST_CASE("a zero is not judged while it is unknown who else serves") {
    Shop shop;
    shop.deployment("web", 0);
    shop.service("web");
    shop.ingress("web");
    shop.facts.reads.clear();
    CHECK(shop.run(deployment_idle).empty());
}
