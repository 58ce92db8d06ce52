#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/admission_builders.hpp"

using namespace salve::admission_test;
using salve::diagnose::Severity;
namespace rules = salve::diagnose::rules;
namespace base = salve::base;
namespace kube = salve::kube;

TEST_CASE("a quota that is used up is told once, as low, and a limit of 0 is a choice") {
    Refusing cluster;
    cluster.quota("share", {{"pods", "2"}, {"services.nodeports", "0"}, {"configmaps", "10"}},
                  {{"pods", "2"}, {"services.nodeports", "0"}, {"configmaps", "9"}});
    const auto found = cluster.run(rules::quota);
    REQUIRE(found.size() == 1);
    CHECK(found[0].mode->id == "quota.exhausted");
    CHECK(found[0].severity == Severity::low);
    CHECK(says(found[0].summary, "pods 2 of 2"));
    CHECK_FALSE(says(found[0].summary, "nodeports"));
    CHECK_FALSE(says(found[0].summary, "configmaps"));
}

TEST_CASE("a quota is near its end from 90% on, whatever the units") {
    const auto modes = [](const std::string& used, const std::string& hard) {
        Refusing cluster;
        cluster.quota("share", {{"requests.memory", hard}}, {{"requests.memory", used}});
        const auto found = cluster.run(rules::quota);
        return found.empty() ? std::string() : std::string(found[0].mode->id);
    };
    CHECK(modes("900Mi", "1000Mi") == "quota.near");
    CHECK(modes("899Mi", "1000Mi").empty());
    CHECK(modes("1Gi", "1024Mi") == "quota.exhausted");
    CHECK(modes("1", "garbled").empty());
}

TEST_CASE("a quota says nothing of a resource that it refuses already") {
    Refusing cluster;
    cluster.refuse("web", forbidden("exceeded quota: share, requested: pods=1, used: pods=2, limited: pods=2"));
    cluster.quota("share", {{"pods", "2"}}, {{"pods", "2"}});
    CHECK(cluster.run(rules::quota).empty());
}

TEST_CASE("a webhook that must be asked and has no backend is told, and that it blocks itself") {
    Refusing cluster;
    cluster.webhook();
    cluster.service("gate", false);
    const auto found = cluster.run(rules::webhook);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::critical);
    CHECK(found[0].root.object.kind == "ValidatingWebhookConfiguration");
    CHECK(says(found[0].summary, "CREATE pods"));
    CHECK(says(found[0].summary, "deadlock"));
    cluster.facts.webhooks[0].webhooks[0].rules = {{{"acme.example"}, {"anvils"}, {"UPDATE"}}};
    const auto custom = cluster.run(rules::webhook);
    REQUIRE(custom.size() == 1);
    CHECK(custom[0].severity == Severity::high);
    CHECK_FALSE(says(custom[0].summary, "deadlock"));
}

TEST_CASE("a webhook is no fault when it may be ignored, is answered, is elsewhere or is not seen") {
    const auto silent = [](auto change) {
        Refusing cluster;
        cluster.webhook();
        cluster.service("gate", false);
        change(cluster);
        return cluster.run(rules::webhook).empty();
    };
    CHECK(silent([](Refusing& c) { c.facts.webhooks[0].webhooks[0].failure_policy = "Ignore"; }));
    CHECK(silent([](Refusing& c) {
        c.facts.endpoint_slices.clear();
        c.facts.services.clear();
        c.service("gate", true);
    }));
    CHECK(silent([](Refusing& c) {
        c.facts.webhooks[0].webhooks[0].namespace_selector.emplace().match_labels["team"] = "other";
    }));
    CHECK(silent([](Refusing& c) {
        c.facts.webhooks[0].webhooks[0].namespace_selector.emplace().match_labels["team"] = "shop";
        c.facts.namespaces.clear();
    }));
    CHECK(silent(
        [](Refusing& c) { c.facts.webhooks[0].webhooks[0].object_selector.emplace().match_labels["no"] = "one"; }));
    CHECK(silent([](Refusing& c) {  // its own pod has just been started
        auto& pod = c.bare_pod("gate-1", "gate:1", "ContainerCreating");
        pod.meta.labels["app"] = "gate";
        pod.meta.created = now - base::seconds(5);
    }));
    CHECK(silent([](Refusing& c) { c.refuse("web", down_words, 1, 0); }));  // ctrl.failed-create says it
    CHECK(silent([](Refusing& c) {
        c.facts.services.clear();
        std::erase_if(c.facts.reads, [](const auto& read) { return read.what == Resource::services; });
    }));
}

TEST_CASE("the namespace of a webhook's backend is asked for when it was not read") {
    Refusing cluster;
    cluster.webhook().service_ns = "policy";
    for (auto& read : cluster.facts.reads) read.ns = "shop";
    const kube::World world(cluster.facts);
    const auto wanted = rules::webhook.reads(world);
    REQUIRE(wanted.size() == 1);
    CHECK(wanted[0].ns == "policy");
    CHECK(rules::webhook.match(world).empty());
}

TEST_CASE("an aggregated API that is not available") {
    Refusing cluster;
    kube::ApiService api;
    api.meta = meta("apiregistration.k8s.io/v1", "APIService", "", "v1.gauges.example");
    api.service_ns = "shop";
    api.service_name = "gauge";
    api.conditions = {condition("Available", "False")};
    api.conditions[0].reason = "ServiceNotFound";
    api.conditions[0].message = "service/gauge in \"shop\" is not present";
    cluster.facts.api_services.push_back(api);
    const auto found = cluster.run(rules::api_service);
    REQUIRE(found.size() == 1);
    CHECK(says(found[0].summary, "ServiceNotFound"));
    cluster.facts.api_services[0].conditions[0].status = "True";
    CHECK(cluster.run(rules::api_service).empty());
    cluster.facts.api_services[0].conditions[0].status = "False";
    cluster.facts.api_services[0].service_name.clear();
    CHECK(cluster.run(rules::api_service).empty());
}

TEST_CASE("a namespace in deletion is told after ten minutes, with what holds it and not with what is False") {
    Refusing cluster;
    auto& one = cluster.facts.namespaces[0];
    one.phase = "Terminating";
    one.meta.deleted = now - base::minutes(11);
    one.conditions = {condition("NamespaceFinalizersRemaining", "True"),
                      condition("NamespaceDeletionDiscoveryFailure", "False")};
    one.conditions[0].message = "Some content in the namespace has finalizers remaining: f in 1 resource instances";
    one.conditions[1].message = "All resources successfully discovered";
    auto& pod = cluster.bare_pod("stuck", "nginx", "");
    pod.meta.deleted = now - base::minutes(11);
    pod.meta.finalizers = {"f"};
    const auto found = cluster.run(rules::namespace_terminating);
    REQUIRE(found.size() == 1);
    CHECK(says(found[0].summary, "finalizers remaining: f"));
    CHECK_FALSE(says(found[0].summary, "discovered"));
    CHECK(found[0].affected.size() == 1);
    one.meta.deleted = now - base::minutes(9);
    CHECK(cluster.run(rules::namespace_terminating).empty());
}

TEST_CASE("that a workload is managed is told beside a failure only, and not of Helm") {
    Refusing cluster;
    auto& workload = cluster.refuse("web", forbidden(quota_words));
    workload.meta.labels["argocd.argoproj.io/instance"] = "web";
    const auto found = cluster.run(rules::drift);
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::info);
    CHECK(says(found[0].summary, "argocd"));
    workload.conditions.clear();
    CHECK(cluster.run(rules::drift).empty());
    workload.conditions = {Refusing::refused_condition("x")};
    workload.meta.labels = {{"app.kubernetes.io/managed-by", "Helm"}};
    CHECK(cluster.run(rules::drift).empty());
}

TEST_CASE("a rollout in progress of a managed workload is nothing; a crashing pod of it is") {
    Refusing cluster;
    auto& workload = cluster.deployment("web", "nginx:1.25");
    workload.meta.labels["kustomize.toolkit.fluxcd.io/name"] = "apps";
    cluster.pod_of("web", "web-1", "nginx:1.25", "ContainerCreating");
    CHECK(cluster.run(rules::drift).empty());
    cluster.facts.pods[0].statuses[0].state.waiting->reason = "CrashLoopBackOff";
    CHECK(cluster.run(rules::drift).size() == 1);
}

TEST_CASE("a Job without a pod and without an event for more than an hour") {
    Refusing cluster;
    kube::Job job;
    job.meta = meta("batch/v1", "Job", "shop", "report");
    job.started = now - base::minutes(61);
    cluster.facts.jobs.push_back(job);
    REQUIRE(cluster.run(rules::events_missing).size() == 1);
    cluster.refusal_event(job.meta, "Error creating: x");
    CHECK(cluster.run(rules::events_missing).empty());
    cluster.facts.events.clear();
    cluster.facts.jobs[0].suspended = true;
    CHECK(cluster.run(rules::events_missing).empty());
    cluster.facts.jobs[0].suspended = false;
    cluster.facts.jobs[0].started = now - base::minutes(5);
    CHECK(cluster.run(rules::events_missing).empty());
}
