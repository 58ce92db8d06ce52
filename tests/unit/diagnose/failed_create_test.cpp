#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/admission_builders.hpp"

using namespace salve::admission_test;
using salve::diagnose::Confidence;
using salve::diagnose::rules::failed_create;
namespace base = salve::base;
namespace kube = salve::kube;

namespace {

bool affects(const salve::diagnose::Finding& finding, const std::string& kind, const std::string& name) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const auto& subject) { return subject.object.kind == kind && subject.object.name == name; });
}

}  // namespace

TEST_CASE("an exceeded quota is blamed on the quota, with its numbers") {
    Refusing cluster;
    cluster.refuse("web", forbidden(quota_words));
    cluster.quota("share", {{"requests.memory", "96Mi"}}, {{"requests.memory", "80Mi"}});
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ctrl.failed-create.quota");
    CHECK(found[0].root.object.kind == "ResourceQuota");
    CHECK(found[0].root.object.uid == "uid-share");
    CHECK(found[0].confidence == Confidence::confirmed);
    CHECK(says(found[0].summary, "2 of 3 pods exist"));
    CHECK(says(found[0].summary, "requested: requests.memory=40Mi"));
    CHECK_FALSE(says(found[0].summary, "by now"));
    CHECK(affects(found[0], "Deployment", "web"));
    CHECK(found[0].actions.empty());
}

TEST_CASE("a quota with room by now is said to have it") {
    Refusing cluster;
    cluster.refuse("web", forbidden(quota_words));
    cluster.quota("share", {{"requests.memory", "1Gi"}}, {{"requests.memory", "80Mi"}});
    CHECK(says(cluster.run(failed_create).at(0).summary, "It has room for that by now"));
}

TEST_CASE("a template without the requests that a quota counts is blamed on the workload") {
    Refusing cluster;
    cluster.refuse("web", forbidden("failed quota: share: must specify limits.memory for: main"), 1, 0);
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ctrl.failed-create.quota");
    CHECK(found[0].root.object.kind == "Deployment");
    CHECK(advises(found[0], "LimitRange"));
}

TEST_CASE("a Service without any ready pod is affected") {
    Refusing cluster;
    cluster.refuse("web", forbidden(quota_words), 1, 0);
    cluster.service("web", false);
    CHECK(affects(cluster.run(failed_create).at(0), "Service", "web"));
}

TEST_CASE("the condition's message is the first refusal; a newer event knows the present one") {
    Refusing cluster;
    cluster.refuse("web", forbidden("no PriorityClass with name first was found"));
    cluster.refusal_event(cluster.facts.replica_sets.back().meta, "Error creating: " + forbidden(quota_words));
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ctrl.failed-create.quota");
    CHECK(found[0].confidence == Confidence::probable);
}

TEST_CASE("what is no longer refused is not told") {
    Refusing complete;
    complete.refuse("web", forbidden(quota_words), 2, 2);
    CHECK(complete.run(failed_create).empty());
    Refusing only_events;
    auto& workload = only_events.refuse("web", forbidden(quota_words));
    workload.conditions.clear();
    only_events.facts.replica_sets.back().conditions.clear();
    only_events.refusal_event(only_events.facts.replica_sets.back().meta, "Error creating: " + forbidden(quota_words));
    CHECK(only_events.run(failed_create).empty());
    Refusing scaled;
    scaled.refuse("web", forbidden(quota_words), 0, 0);
    CHECK(scaled.run(failed_create).empty());
    Refusing unseen;  // the controller has not yet seen the present spec
    unseen.refuse("web", forbidden(quota_words));
    unseen.facts.replica_sets.back().meta.generation = 4;
    unseen.facts.replica_sets.back().observed_generation = 3;
    CHECK(unseen.run(failed_create).empty());
    Refusing closing;
    closing.refuse("web", forbidden(quota_words));
    closing.facts.namespaces.back().phase = "Terminating";
    CHECK(closing.run(failed_create).empty());
}

TEST_CASE("a Deployment is judged by its own condition where ReplicaSets could not be read") {
    Refusing cluster;
    cluster.refuse("web", forbidden(quota_words));
    cluster.facts.replica_sets.clear();
    std::erase_if(cluster.facts.reads, [](const auto& read) { return read.what == kube::Resource::replicasets; });
    CHECK(cluster.run(failed_create).size() == 1);
}

TEST_CASE("a StatefulSet is refused while the pod that its event names is not there") {
    Refusing cluster;
    Workload set;
    set.meta = meta("apps/v1", "StatefulSet", "shop", "db");
    set.desired = 2;
    cluster.facts.stateful_sets.push_back(set);
    cluster.refusal_event(set.meta,
                          "create Pod db-1 in StatefulSet db failed error: " + forbidden(quota_words, "db-1"));
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == Confidence::probable);
    CHECK(affects(found[0], "StatefulSet", "db"));
    cluster.bare_pod("db-1", "postgres:16", "");
    CHECK(cluster.run(failed_create).empty());
    Refusing blind;  // pods not read
    blind.facts.stateful_sets.push_back(set);
    blind.refusal_event(set.meta, "create Pod db-1 in StatefulSet db failed error: " + forbidden(quota_words, "db-1"));
    std::erase_if(blind.facts.reads, [](const auto& read) { return read.what == kube::Resource::pods; });
    CHECK(blind.run(failed_create).empty());
}

TEST_CASE("a DaemonSet is refused while nodes lack its pod") {
    Refusing cluster;
    Workload set;
    set.meta = meta("apps/v1", "DaemonSet", "shop", "agent");
    set.desired = 2;
    set.replicas = 1;
    cluster.facts.daemon_sets.push_back(set);
    cluster.refusal_event(set.meta, "Error creating: " + forbidden("violates PodSecurity \"restricted:latest\": x"));
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ctrl.failed-create.psa");
    CHECK(found[0].root.object.kind == "DaemonSet");
    cluster.facts.daemon_sets.back().replicas = 2;
    CHECK(cluster.run(failed_create).empty());
}

TEST_CASE("a Job is refused until a pod has been made after the event, or it is finished") {
    Refusing cluster;
    kube::Job job;
    job.meta = meta("batch/v1", "Job", "shop", "report");
    cluster.facts.jobs.push_back(job);
    cluster.refusal_event(
        job.meta,
        "Error creating: " + forbidden("error looking up service account shop/bot: serviceaccount \"bot\" not found"));
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].root.object.kind == "ServiceAccount");
    CHECK(found[0].root.object.name == "bot");
    CHECK(affects(found[0], "Job", "report"));
    auto& pod = cluster.bare_pod("report-x", "busybox:1.36", "");
    pod.meta.created = now - base::seconds(10);
    pod.meta.owners.push_back({"batch/v1", "Job", "report", job.meta.uid, true});
    CHECK(cluster.run(failed_create).empty());
    cluster.facts.pods.clear();
    cluster.facts.jobs.back().conditions = {condition("Failed", "True")};
    CHECK(cluster.run(failed_create).empty());
}

TEST_CASE("a CronJob whose Job was refused is told until a later one is made") {
    Refusing cluster;
    kube::CronJob cron_job;
    cron_job.meta = meta("batch/v1", "CronJob", "shop", "nightly");
    cluster.facts.cron_jobs.push_back(cron_job);
    cluster.refusal_event(cron_job.meta,
                          "Error creating job: jobs.batch \"nightly-1\" is forbidden: exceeded quota: share, "
                          "requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1");
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(says(found[0].summary, "The Job of CronJob nightly"));
    cluster.facts.cron_jobs.back().last_schedule = now;
    CHECK(cluster.run(failed_create).empty());
}

TEST_CASE("a webhook that does not answer is blamed on its configuration, and its backend is named") {
    Refusing cluster;
    cluster.refuse("web", down_words, 1, 0);
    cluster.webhook();
    cluster.service("gate", false);
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "ctrl.failed-create.webhook-down");
    CHECK(found[0].root.object.kind == "ValidatingWebhookConfiguration");
    CHECK(affects(found[0], "Service", "gate"));
    CHECK(affects(found[0], "Deployment", "web"));
    CHECK(says(found[0].summary, "has no ready endpoint"));
}

TEST_CASE("a webhook whose configuration could not be read is blamed on the Service of its address") {
    Refusing cluster;
    cluster.refuse("web", down_words, 1, 0);
    const auto found = cluster.run(failed_create);
    REQUIRE(found.size() == 1);
    CHECK(found[0].root.object.kind == "Service");
    CHECK(found[0].root.object.name == "gate");
    CHECK(found[0].missing_evidence.size() == 1);
}
