// Small clusters for the tests of what refuses objects: the namespace "shop" with a Deployment whose pods are refused.
#pragma once
#include "unit/diagnose/starting_builders.hpp"

namespace salve::admission_test {

using namespace starting_test;
using kube::Resource;

inline const std::string quota_words =
    "exceeded quota: share, requested: requests.memory=40Mi, used: requests.memory=80Mi, limited: requests.memory=96Mi";
inline const std::string down_words =
    "Internal error occurred: failed calling webhook \"gate.example\": failed to call webhook: Post "
    "\"https://gate.shop.svc:443/check?timeout=3s\": dial tcp 10.96.0.9:443: connect: connection refused";

inline std::string forbidden(const std::string& words, const std::string& pod = "web-5d9-x7k2p") {
    return "pods \"" + pod + "\" is forbidden: " + words;
}

struct Refusing : Cluster {
    Refusing() {
        for (const auto what : {Resource::replicasets, Resource::resourcequotas, Resource::jobs, Resource::services,
                                Resource::endpointslices, Resource::statefulsets})
            facts.reads.push_back(read_of(what));
        facts.scope.namespaces = {"shop"};
        facts.jobs.reserve(8);
        facts.stateful_sets.reserve(8);
        facts.daemon_sets.reserve(8);
        kube::Namespace shop;
        shop.meta = meta("v1", "Namespace", "", "shop");
        shop.meta.labels["team"] = "shop";
        shop.phase = "Active";
        facts.namespaces.push_back(shop);
    }

    static kube::Condition refused_condition(const std::string& message) {
        auto one = condition("ReplicaFailure", "True", now - base::minutes(3));
        one.reason = "FailedCreate";
        one.message = message;
        return one;
    }

    // A Deployment and its ReplicaSet with that many of the wanted pods, refused with that message.
    Workload& refuse(const std::string& name, const std::string& message, int want = 3, int have = 2) {
        auto& made = deployment(name, "nginx:1.25", have);
        made.pod_template.labels["app"] = name;
        auto& set = facts.replica_sets.back();
        for (auto* one : {&made, &set}) {
            one->desired = want;
            one->replicas = one->ready = have;
            one->conditions = {refused_condition(message)};
        }
        return made;
    }

    kube::ResourceQuota& quota(const std::string& name, std::map<std::string, std::string> hard,
                               std::map<std::string, std::string> used) {
        kube::ResourceQuota made;
        made.meta = meta("v1", "ResourceQuota", "shop", name);
        made.hard = std::move(hard);
        made.used = std::move(used);
        facts.quotas.push_back(made);
        return facts.quotas.back();
    }

    kube::Event& refusal_event(const kube::Meta& about, const std::string& message,
                               base::Duration age = base::minutes(1)) {
        Event made;
        made.meta = meta("v1", "Event", "shop", "event-" + std::to_string(facts.events.size()));
        made.about = about.ref();
        made.type = "Warning";
        made.reason = "FailedCreate";
        made.message = message;
        made.first = now - base::minutes(9);
        made.last = now - age;
        facts.events.push_back(made);
        return facts.events.back();
    }

    kube::Webhook& webhook(const std::string& policy = "Fail") {
        kube::Webhook hook;
        hook.name = "gate.example";
        hook.failure_policy = policy;
        hook.service_ns = "shop";
        hook.service_name = "gate";
        hook.resources = {"pods"};
        hook.rules = {{{""}, {"pods"}, {"CREATE"}}};
        kube::WebhookConfiguration config;
        config.meta = meta("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", "gate-checks");
        config.webhooks.push_back(hook);
        facts.webhooks.push_back(config);
        return facts.webhooks.back().webhooks.back();
    }

    void service(const std::string& name, bool ready) {
        kube::Service made;
        made.meta = meta("v1", "Service", "shop", name);
        made.selector["app"] = name;
        facts.services.push_back(made);
        kube::EndpointSlice slice;
        slice.meta = meta("discovery.k8s.io/v1", "EndpointSlice", "shop", name + "-x");
        slice.service = name;
        if (ready) {
            slice.endpoints.emplace_back();
            slice.endpoints.back().addresses = {"10.0.0.7"};
            slice.endpoints.back().ready = true;
        }
        facts.endpoint_slices.push_back(slice);
    }
};

}  // namespace salve::admission_test
