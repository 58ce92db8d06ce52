// Workloads with pods for the tests of the rules about rollouts, StatefulSets and DaemonSets.
#pragma once
#include "unit/diagnose/starting_builders.hpp"

namespace salve::workload_test {

using namespace starting_test;

struct Shop : Cluster {
    Shop() {
        for (const auto what : {kube::Resource::deployments, kube::Resource::replicasets, kube::Resource::statefulsets,
                                kube::Resource::daemonsets, kube::Resource::services, kube::Resource::ingresses})
            facts.reads.push_back(read_of(what));
        facts.stateful_sets.reserve(8);
        facts.daemon_sets.reserve(8);
    }

    static kube::Condition said(const std::string& type, const std::string& status, const std::string& reason,
                                const std::string& message, base::Duration age) {
        auto one = condition(type, status, now - age);
        one.reason = reason;
        one.message = message;
        one.last_update = now - age;
        return one;
    }

    Workload& deployment(const std::string& name, int desired) {
        Workload one;
        one.meta = meta("apps/v1", "Deployment", "shop", name);
        one.meta.created = now - base::hours(5);
        one.meta.generation = 2;
        one.observed_generation = 2;
        one.desired = desired;
        one.strategy = "RollingUpdate";
        one.max_surge = one.max_unavailable = "25%";
        one.progress_deadline_s = 600;
        one.pod_template.labels = {{"app", name}};
        facts.deployments.push_back(one);
        return facts.deployments.back();
    }

    Workload& replica_set(const Workload& deployment, const std::string& revision, int desired, int ready) {
        Workload one;
        one.meta = meta("apps/v1", "ReplicaSet", "shop", deployment.meta.name + "-r" + revision);
        one.meta.owners.push_back({"apps/v1", "Deployment", deployment.meta.name, deployment.meta.uid, true});
        one.meta.annotations["deployment.kubernetes.io/revision"] = revision;
        one.desired = desired;
        one.ready = ready;
        facts.replica_sets.push_back(one);
        return facts.replica_sets.back();
    }

    Workload& set(const std::string& kind, const std::string& name, int desired) {
        Workload one;
        one.meta = meta("apps/v1", kind, "shop", name);
        one.meta.created = now - base::hours(5);
        one.desired = desired;
        one.strategy = "RollingUpdate";
        one.pod_management = "OrderedReady";
        one.current_revision = one.update_revision = name + "-a";
        auto& list = kind == "StatefulSet" ? facts.stateful_sets : facts.daemon_sets;
        list.push_back(one);
        return list.back();
    }

    Pod& pod(const Workload& owner, const std::string& name, const std::string& revision = "") {
        auto& made = bare_pod(name, "nginx:1.25", "ContainerCreating");
        made.meta.owners.push_back({"apps/v1", owner.meta.kind, owner.meta.name, owner.meta.uid, true});
        if (!revision.empty()) made.meta.labels["controller-revision-hash"] = revision;
        return made;
    }

    Pod& ready_pod(const Workload& owner, const std::string& name, const std::string& revision = "") {
        auto& made = pod(owner, name, revision);
        runs_now(made);
        made.conditions = {condition("Ready", "True")};
        return made;
    }

    Pod& broken_pod(const Workload& owner, const std::string& name, const std::string& revision = "") {
        auto& made = pod(owner, name, revision);
        made.statuses[0].state.waiting = kube::Waiting{"CreateContainerConfigError", "configmap \"tides\" not found"};
        made.conditions = {condition("Ready", "False", now - base::minutes(2))};
        return made;
    }

    // Runs, is started, and its readiness probe (every 2 s) has failed for that long.
    Pod& unready_pod(const Workload& owner, const std::string& name, base::Duration age,
                     const std::string& revision = "") {
        auto& made = pod(owner, name, revision);
        runs_now(made);
        made.statuses[0].ready = false;
        made.statuses[0].started = true;
        made.statuses[0].state.running->started = now - age;
        made.meta.created = now - age;
        kube::Probe probe;
        probe.period_s = 2;
        made.spec.containers[0].readiness = probe;
        made.conditions = {condition("Ready", "False", now - age)};
        event(made, "Warning", "Unhealthy", "Readiness probe failed: no quorum", base::seconds(2)).field_path =
            "spec.containers{web}";
        return made;
    }

    Event& event_of(const Workload& workload, const std::string& type, const std::string& reason,
                    const std::string& message, base::Duration age) {
        Pod about;
        about.meta = workload.meta;
        return event(about, type, reason, message, age, age);
    }

    kube::Service& service(const std::string& name) {
        kube::Service one;
        one.meta = meta("v1", "Service", "shop", name);
        one.type = "ClusterIP";
        one.selector = {{"app", name}};
        facts.services.push_back(one);
        return facts.services.back();
    }

    void ingress(const std::string& service) {
        kube::Ingress one;
        one.meta = meta("networking.k8s.io/v1", "Ingress", "shop", service + "-in");
        kube::IngressBackend backend;
        backend.service = service;
        one.backends.push_back(backend);
        facts.ingresses.push_back(one);
    }
};

inline const diagnose::Finding* found(const std::vector<diagnose::Finding>& findings, std::string_view mode) {
    for (const auto& finding : findings)
        if (finding.mode->id == mode) return &finding;
    return nullptr;
}

inline bool affects(const diagnose::Finding& finding, std::string_view kind, std::string_view name) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const auto& subject) { return subject.object.kind == kind && subject.object.name == name; });
}

}  // namespace salve::workload_test
