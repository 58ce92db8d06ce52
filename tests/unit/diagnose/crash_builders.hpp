// A Deployment "web" with one pod of one container "app", to be broken in the ways of TAXONOMY 1.6.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "all_rules.hpp"
#include "diagnose/rule.hpp"

namespace crash_builders {

using namespace salve;
using base::minutes;
using base::seconds;
using base::Time;

inline const Time now{base::seconds(1'800'000'000).us};

inline Time ago(base::Duration span) { return now - span; }

inline kube::Terminated ended(int code, std::string reason, base::Duration before, base::Duration length) {
    kube::Terminated end;
    end.exit_code = code;
    end.reason = std::move(reason);
    end.finished = ago(before);
    end.started = ago(before) - length;
    return end;
}

struct Cluster {
    kube::Snapshot snapshot;

    explicit Cluster(const std::string& owner_kind = "Deployment") {
        snapshot.taken_at = now;
        for (const auto what : {kube::Resource::pods, kube::Resource::services, kube::Resource::endpointslices,
                                kube::Resource::events, kube::Resource::deployments, kube::Resource::replicasets})
            snapshot.reads.push_back({what, "shop", kube::ReadState::ok, 1, "", ""});
        kube::Pod pod;
        pod.meta.api_version = "v1";
        pod.meta.kind = "Pod";
        pod.meta.ns = "shop";
        pod.meta.name = "web-1";
        pod.meta.uid = "pod-uid";
        pod.meta.created = ago(minutes(20));
        pod.meta.labels = {{"app", "web"}};
        pod.phase = "Running";
        pod.spec.node_name = "n1";
        pod.spec.restart_policy = "Always";
        kube::Container container;
        container.name = "app";
        pod.spec.containers.push_back(container);
        kube::ContainerStatus status;
        status.name = "app";
        pod.statuses.push_back(status);
        if (owner_kind == "Deployment") own(pod);
        snapshot.pods.push_back(pod);
    }

    kube::Pod& pod() { return snapshot.pods[0]; }
    kube::Container& container() { return snapshot.pods[0].spec.containers[0]; }
    kube::ContainerStatus& status() { return snapshot.pods[0].statuses[0]; }

    // The three moments of a loop: it waits for the next try, it has just ended, it runs again.
    Cluster& waits(const kube::Terminated& end, int restarts = 3) {
        status().restarts = restarts;
        status().state = {};
        status().state.waiting = kube::Waiting{"CrashLoopBackOff", "back-off 20s restarting failed container=app"};
        status().last.terminated = end;
        return *this;
    }
    Cluster& stands(const kube::Terminated& end, int restarts = 3) {
        status().restarts = restarts;
        status().state = {};
        status().state.terminated = end;
        return *this;
    }
    Cluster& runs(const kube::Terminated& end, base::Duration since, int restarts = 3, bool ready = true) {
        status().restarts = restarts;
        status().ready = ready;
        status().state = {};
        status().state.running = kube::Running{ago(since)};
        status().last.terminated = end;
        return *this;
    }
    Cluster& log(const std::vector<std::string>& lines, bool previous = true) {
        kube::Log log{"shop", "web-1", "app", previous, {}};
        for (const auto& line : lines) log.lines.push_back({std::nullopt, line});
        snapshot.logs.push_back(log);
        return *this;
    }
    Cluster& event(const std::string& reason, const std::string& message, base::Duration before,
                   const std::string& kind = "Pod", int count = 1) {
        kube::Event event;
        event.about = {"v1", kind, kind == "Pod" ? "shop" : "", kind == "Pod" ? "web-1" : "n1",
                       kind == "Pod" ? "pod-uid" : "n1"};
        if (kind == "Pod") event.field_path = "spec.containers{app}";
        event.reason = reason;
        event.message = message;
        event.count = count;
        event.first = event.last = ago(before);
        snapshot.events.push_back(event);
        return *this;
    }
    Cluster& service(const std::string& name, int port, int ready) {
        kube::Service service;
        service.meta.api_version = "v1";
        service.meta.kind = "Service";
        service.meta.ns = "shop";
        service.meta.name = name;
        service.cluster_ip = "10.96.0.40";
        service.ports.push_back({"", "TCP", "", port, std::nullopt});
        snapshot.services.push_back(service);
        kube::EndpointSlice slice;
        slice.meta.ns = "shop";
        slice.meta.name = name + "-x";
        slice.service = name;
        kube::Endpoint endpoint;
        endpoint.addresses = {"10.244.1.9"};
        endpoint.ready = ready > 0;
        slice.endpoints.push_back(endpoint);
        snapshot.endpoint_slices.push_back(slice);
        return *this;
    }

    std::vector<diagnose::Finding> find(const diagnose::Rule& rule = diagnose::rules::crash) const {
        const kube::World world(snapshot);
        return rule.match(world);
    }
    // The mode of the only finding, or what else there is.
    std::string mode(const diagnose::Rule& rule = diagnose::rules::crash) const {
        const auto findings = find(rule);
        if (findings.empty()) return "none";
        return findings.size() == 1 ? std::string(findings[0].mode->id) : "several";
    }

private:
    void own(kube::Pod& pod) {
        kube::Workload set, deployment;
        deployment.meta.api_version = set.meta.api_version = "apps/v1";
        deployment.meta.kind = "Deployment";
        set.meta.kind = "ReplicaSet";
        deployment.meta.ns = set.meta.ns = "shop";
        deployment.meta.name = "web";
        set.meta.name = "web-5d";
        deployment.meta.uid = "deployment-uid";
        set.meta.uid = "set-uid";
        set.meta.owners.push_back({"apps/v1", "Deployment", "web", "deployment-uid", true});
        pod.meta.owners.push_back({"apps/v1", "ReplicaSet", "web-5d", "set-uid", true});
        snapshot.deployments.push_back(deployment);
        snapshot.replica_sets.push_back(set);
    }
};

inline bool says(const diagnose::Finding& finding, std::string_view literal) {
    if (finding.summary.find(literal) != std::string::npos) return true;
    for (const auto& evidence : finding.evidence)
        if (evidence.text.find(literal) != std::string::npos) return true;
    return false;
}

}  // namespace crash_builders
