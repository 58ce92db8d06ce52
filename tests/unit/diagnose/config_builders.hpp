// Small builders for the tests of the rules about container configuration, start, init containers and readiness.
#pragma once
#include <algorithm>
#include <string>

#include "base/time.hpp"
#include "diagnose/rule.hpp"
#include "kube/world.hpp"

namespace salve::config_test {

using namespace salve::kube;
using diagnose::Finding;

inline const base::Time now = *base::parse_time("2026-11-21T08:00:00Z");

inline base::Time ago(std::int64_t seconds) { return now - base::seconds(seconds); }

// One Deployment "web" with one ReplicaSet and one pod "web-1" of namespace "shop", containers and statuses to be
// added.
struct Cluster {
    Snapshot snapshot;

    Cluster() {
        snapshot.taken_at = now;
        for (const auto& info : resources()) snapshot.reads.push_back({info.resource, "", ReadState::ok, 0, "", ""});
        snapshot.deployments.push_back(workload("Deployment", "web", nullptr));
        snapshot.replica_sets.push_back(workload("ReplicaSet", "web-7c9", &snapshot.deployments[0].meta));
        add_pod("web-1");
    }

    static Meta meta(std::string kind, std::string name) {
        Meta out;
        out.api_version = kind == "Pod" || kind == "Service" || kind == "Node" ? "v1" : "apps/v1";
        out.kind = kind;
        out.ns = kind == "Node" ? "" : "shop";
        out.name = name;
        out.uid = "uid-" + kind + "-" + name;
        out.created = ago(3600);
        return out;
    }

    static Workload workload(std::string kind, std::string name, const Meta* owner) {
        Workload out;
        out.meta = meta(std::move(kind), std::move(name));
        if (owner) out.meta.owners.push_back({owner->api_version, owner->kind, owner->name, owner->uid, true});
        return out;
    }

    Pod& add_pod(std::string name) {
        Pod pod;
        pod.meta = meta("Pod", std::move(name));
        pod.meta.labels["app"] = "web";
        const auto& set = snapshot.replica_sets[0].meta;
        pod.meta.owners.push_back({set.api_version, set.kind, set.name, set.uid, true});
        pod.phase = "Running";
        pod.spec.node_name = "node-a";
        pod.spec.restart_policy = "Always";
        snapshot.pods.push_back(std::move(pod));
        return snapshot.pods.back();
    }

    Pod& pod() { return snapshot.pods[0]; }

    Container& container(std::string name) {
        Container spec;
        spec.name = name;
        spec.image = "busybox:1.36";
        pod().spec.containers.push_back(spec);
        add_status(name, ContainerStatus::List::main);
        return pod().spec.containers.back();
    }

    Container& init(std::string name) {
        Container spec;
        spec.name = name;
        spec.image = "busybox:1.36";
        pod().spec.init_containers.push_back(spec);
        add_status(name, ContainerStatus::List::init);
        return pod().spec.init_containers.back();
    }

    void add_status(const std::string& name, ContainerStatus::List list) {
        ContainerStatus status;
        status.name = name;
        status.list = list;
        auto& all = pod().statuses;
        status.index = static_cast<int>(std::count_if(all.begin(), all.end(), [&](auto& s) { return s.list == list; }));
        all.push_back(std::move(status));
    }

    ContainerStatus& status(const std::string& name) {
        for (auto& status : pod().statuses)
            if (status.name == name) return status;
        throw name;
    }

    void condition(std::string type, std::string value, std::string reason, std::string message, base::Time at) {
        pod().conditions.push_back({std::move(type), std::move(value), std::move(reason), std::move(message), at, {}});
    }

    void event(std::string reason, std::string message, std::string container, base::Time last,
               std::string list = "spec.containers") {
        Event out;
        out.meta = meta("Event", "e" + std::to_string(snapshot.events.size()));
        out.about = pod().meta.ref();
        out.type = "Warning";
        out.reason = std::move(reason);
        out.message = std::move(message);
        if (!container.empty()) out.field_path = list + "{" + container + "}";
        out.first = out.last = last;
        snapshot.events.push_back(std::move(out));
    }

    // A Service "web" that selects the pods, with one slice whose endpoints are as ready as told.
    void service(std::vector<bool> ready) {
        Service service;
        service.meta = meta("Service", "web");
        service.selector["app"] = "web";
        snapshot.services.push_back(service);
        EndpointSlice slice;
        slice.meta = meta("EndpointSlice", "web-x");
        slice.service = "web";
        for (const bool one : ready) {
            Endpoint endpoint;
            endpoint.addresses = {"10.0.0.1"};
            endpoint.ready = one;
            slice.endpoints.push_back(endpoint);
        }
        snapshot.endpoint_slices.push_back(slice);
    }

    void log(std::string container, bool previous, std::vector<std::string> lines) {
        Log out{"shop", pod().meta.name, std::move(container), previous, {}};
        for (auto& line : lines) out.lines.push_back({std::nullopt, std::move(line)});
        snapshot.logs.push_back(std::move(out));
    }

    void forbid(Resource resource) {
        for (auto& read : snapshot.reads)
            if (read.what == resource) read.state = ReadState::forbidden;
    }

    std::vector<Finding> run(const diagnose::Rule& rule) {
        const World world(snapshot);
        return rule.match(world);
    }

    std::vector<diagnose::LogWanted> wants(const diagnose::Rule& rule) {
        const World world(snapshot);
        return rule.wants(world);
    }
};

inline Terminated ended(std::string reason, int code, std::int64_t seconds_ago, std::string message = "") {
    Terminated out;
    out.reason = std::move(reason);
    out.exit_code = code;
    out.message = std::move(message);
    out.started = ago(seconds_ago + 2);
    out.finished = ago(seconds_ago);
    return out;
}

// The summary and the evidence of a finding, as one text.
inline std::string said(const Finding& finding) {
    std::string out = finding.summary;
    for (const auto& evidence : finding.evidence) out += "\n" + evidence.path + " = " + evidence.text;
    return out;
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline bool affects(const Finding& finding, std::string_view kind, std::string_view name) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const auto& subject) { return subject.object.kind == kind && subject.object.name == name; });
}

}  // namespace salve::config_test
