// Facts of every kind but pods and events, from real lists.
#include <doctest/doctest.h>

#include "kube/annotations.hpp"
#include "kube/redact_json.hpp"
#include "kube_data.hpp"

using namespace salve;
using kube::Resource;

TEST_CASE("workloads") {
    const auto web = testing::decode_list(Resource::deployments, "deployments").deployments.at(0);
    CHECK(web.meta.kind == "Deployment");
    CHECK(web.desired == 1);
    CHECK(web.unavailable == 1);
    CHECK(web.ready == 0);
    CHECK(web.progress_deadline_s == 120);
    CHECK(web.max_surge == "25%");
    CHECK(web.max_unavailable == "0");
    CHECK(web.meta.annotations.at("kubernetes.io/change-cause") == "release 7");
    CHECK(web.meta.annotations.size() == 2);
    CHECK(kube::find_condition(web.conditions, "Progressing")->reason == "ProgressDeadlineExceeded");
    CHECK(kube::find_condition(web.conditions, "Progressing")->last_update);
    CHECK(web.selector->match_expressions.at(0).values == std::vector<std::string>{"front", "edge"});
    CHECK(web.pod_template.spec.containers.at(0).image == "busybox:1.36");
    const auto set = testing::decode_list(Resource::replicasets, "replicasets").replica_sets.at(0);
    CHECK(set.meta.controller()->name == "web");
    const auto db = testing::decode_list(Resource::statefulsets, "statefulsets").stateful_sets.at(0);
    CHECK(db.partition == 1);
    CHECK(db.service_name == "db");
    CHECK(db.claim_templates == std::vector<std::string>{"store"});
    CHECK(db.update_revision == "db-d5545675d");
    const auto agent = testing::decode_list(Resource::daemonsets, "daemonsets").daemon_sets.at(0);
    CHECK(agent.desired == 1);
    CHECK(agent.ready == 1);
    CHECK(agent.strategy == "RollingUpdate");
}

TEST_CASE("jobs, budgets and autoscalers") {
    const auto jobs = testing::decode_list(Resource::jobs, "jobs").jobs;
    CHECK(jobs.at(0).backoff_limit == 0);
    CHECK(jobs.at(0).failed == 1);
    CHECK(jobs.at(0).active_deadline_s == 300);
    CHECK(kube::find_condition(jobs.at(0).conditions, "Failed")->reason == "BackoffLimitExceeded");
    CHECK(jobs.at(1).completed);
    CHECK(jobs.at(2).active == 1);
    const auto nightly = testing::decode_list(Resource::cronjobs, "cronjobs").cron_jobs.at(0);
    CHECK(nightly.schedule == "* * * * *");
    CHECK(nightly.concurrency_policy == "Forbid");
    CHECK(nightly.active == std::vector<std::string>{"nightly-29921096"});
    CHECK(nightly.pod_template.spec.containers.at(0).name == "j");
    const auto budget = testing::decode_list(Resource::poddisruptionbudgets, "poddisruptionbudgets").budgets.at(0);
    CHECK(budget.min_available == "100%");
    CHECK(budget.max_unavailable.empty());
    CHECK(budget.expected_pods == 1);
    const auto hpa =
        testing::decode_list(Resource::horizontalpodautoscalers, "horizontalpodautoscalers").autoscalers.at(0);
    CHECK(hpa.max_replicas == 4);
    CHECK(hpa.target_name == "web");
}

TEST_CASE("networking") {
    const auto service = testing::decode_list(Resource::services, "services").services.at(0);
    CHECK(service.type == "NodePort");
    CHECK(service.ports.at(0).target_port == "http");
    CHECK(service.ports.at(1).target_port == "9000");
    CHECK(service.ports.at(0).node_port == 30129);
    CHECK(service.selector.at("app") == "web");
    const auto slice = testing::decode_list(Resource::endpointslices, "endpointslices").endpoint_slices.at(0);
    CHECK(slice.service == "web");
    CHECK(slice.endpoints.at(0).ready == false);
    CHECK(slice.endpoints.at(0).target_name == "web-674685b984-vpb82");
    CHECK(slice.ports.at(0).port == 8080);
    const auto ingress = testing::decode_list(Resource::ingresses, "ingresses").ingresses.at(0);
    CHECK(ingress.class_name == "nginx");
    REQUIRE(ingress.backends.size() == 2);
    CHECK((ingress.backends[0] == kube::IngressBackend{"", "", "fallback", "", 80}));
    CHECK((ingress.backends[1] == kube::IngressBackend{"a.example", "/", "web", "http", std::nullopt}));
    CHECK(ingress.tls_secrets == std::vector<std::string>{"a-tls"});
    const auto policy = testing::decode_list(Resource::networkpolicies, "networkpolicies").network_policies.at(0);
    CHECK(policy.ingress);
    CHECK(policy.egress);
    CHECK(policy.ingress_rules.at(0).peers.at(0).namespaces->match_labels.at("team") == "harbour");
    CHECK(policy.ingress_rules.at(0).peers.at(0).pods->match_labels.empty());
    CHECK(policy.ingress_rules.at(0).ports.at(0).port == "http");
    CHECK(policy.egress_rules.at(0).peers.at(0).cidr == "10.0.0.0/8");
    CHECK(policy.egress_rules.at(0).ports.at(1).end_port == 200);
    const auto classes = testing::decode_list(Resource::ingressclasses, "ingressclasses").ingress_classes;
    CHECK(classes.at(0).controller == "example.com/none");
    CHECK_FALSE(classes.at(0).is_default);
}

TEST_CASE("nodes, storage and limits") {
    const auto node = testing::decode_list(Resource::nodes, "nodes").nodes.at(0);
    CHECK(node.kubelet_version == "v1.32.2");
    CHECK(kube::find_condition(node.conditions, "Ready")->last_update);
    CHECK(node.allocatable.count("memory") == 1);
    const auto claim = testing::decode_list(Resource::persistentvolumeclaims, "persistentvolumeclaims").claims.at(0);
    CHECK(claim.storage_class == "no-such-class");
    CHECK(claim.requested == "1Gi");
    CHECK(claim.phase == "Pending");
    const auto volume = testing::decode_list(Resource::persistentvolumes, "persistentvolumes").volumes.at(0);
    CHECK(volume.claim_name == "gone");
    CHECK(volume.capacity == "2Gi");
    CHECK(volume.node_affinity.at(0).at(0).values == std::vector<std::string>{"nowhere"});
    const auto storage = testing::decode_list(Resource::storageclasses, "storageclasses").storage_classes.at(0);
    CHECK(storage.binding_mode == "WaitForFirstConsumer");
    const auto quota = testing::decode_list(Resource::resourcequotas, "resourcequotas").quotas.at(0);
    CHECK(quota.hard.at("pods") == "20");
    CHECK(quota.used.count("pods") == 1);
    const auto limits = testing::decode_list(Resource::limitranges, "limitranges").limit_ranges.at(0);
    CHECK(limits.items.at(0).default_request.at("memory") == "64Mi");
    const auto lease = testing::decode_list(Resource::leases, "leases").leases.at(0);
    CHECK(lease.renewed == base::parse_time("2026-11-21T08:00:00Z"));
    CHECK(lease.duration_s == 40);
}

TEST_CASE("the ratio of limit to request that a LimitRange allows, redacted or not") {
    const std::string item = R"({"metadata":{"name":"bounds","namespace":"shop","uid":"1"},)"
                             R"("spec":{"limits":[{"type":"Container","maxLimitRequestRatio":{"cpu":"1.5"}}]}})";
    const auto limits = testing::decode_items(Resource::limitranges, {item}).limit_ranges.at(0);
    CHECK(limits.items.at(0).max_ratio == std::map<std::string, std::string>{{"cpu", "1.5"}});
    const auto redacted = kube::redact_json(item, testing::test_redactor(), "LimitRange");
    CHECK((testing::decode_items(Resource::limitranges, {redacted}).limit_ranges.at(0) == limits));
}

TEST_CASE("the marks of salve itself and of the vertical autoscaler are kept") {
    for (const char* key : {"salve/run", "salve/incident", "vpaUpdates", "vpaObservedContainers"})
        CHECK(kube::is_kept_annotation(key));
    CHECK_FALSE(kube::is_kept_annotation("salvex/run"));
}

TEST_CASE("what admits objects") {
    const auto accounts = testing::decode_list(Resource::serviceaccounts, "serviceaccounts").service_accounts;
    CHECK(accounts.at(0).image_pull_secrets == std::vector<std::string>{"registry-login"});
    const auto validating =
        testing::decode_list(Resource::validatingwebhookconfigurations, "validatingwebhookconfigurations")
            .webhooks.at(0);
    CHECK(validating.meta.kind == "ValidatingWebhookConfiguration");
    CHECK(validating.webhooks.at(0).service_name == "hook");
    CHECK(validating.webhooks.at(0).service_port == 8443);
    CHECK(validating.webhooks.at(0).resources == std::vector<std::string>{"configmaps", "pods/exec"});
    REQUIRE_FALSE(validating.webhooks.at(0).rules.empty());
    CHECK(validating.webhooks.at(0).rules.at(0).groups.size() == 1);
    CHECK_FALSE(validating.webhooks.at(0).has_match_conditions);
    const auto mutating =
        testing::decode_list(Resource::mutatingwebhookconfigurations, "mutatingwebhookconfigurations").webhooks.at(0);
    CHECK(mutating.webhooks.at(0).url_host == "hooks.example:8443");
    CHECK(mutating.webhooks.at(0).object_selector->match_labels.at("nobody") == "has");
    const auto services = testing::decode_list(Resource::apiservices, "apiservices").api_services;
    CHECK(services.size() == 20);
    CHECK(kube::find_condition(services.at(0).conditions, "Available")->status == "True");
    const auto spaces = testing::decode_list(Resource::namespaces, "namespaces").namespaces;
    CHECK(spaces.size() == 7);
    CHECK(spaces.at(0).phase == "Active");
}
