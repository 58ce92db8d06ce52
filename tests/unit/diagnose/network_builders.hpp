// Small clusters for the tests of the rules about Services, Ingresses, policies and DNS: namespace "shop", everything
// read whole, one Deployment "web" whose pods carry app=web and declare the port http 8080.
#pragma once
#include "unit/diagnose/config_builders.hpp"

namespace salve::network_test {

using namespace salve::config_test;
using diagnose::Confidence;
using diagnose::Severity;

struct Net : Cluster {
    Net() {
        snapshot.pods.clear();
        snapshot.deployments.clear();
        snapshot.replica_sets.clear();
        snapshot.pods.reserve(32);
        snapshot.deployments.reserve(16);
        snapshot.replica_sets.reserve(16);
        snapshot.services.reserve(16);
        snapshot.ingresses.reserve(16);
    }

    static Meta meta_in(const std::string& ns, std::string kind, std::string name) {
        auto made = meta(std::move(kind), std::move(name));
        made.ns = ns;
        made.uid = "uid-" + ns + "-" + made.kind + "-" + made.name;
        return made;
    }

    Workload& deploy(const std::string& name, std::map<std::string, std::string> labels, int desired = 1,
                     const std::string& ns = "shop") {
        Workload made;
        made.meta = meta_in(ns, "Deployment", name);
        made.desired = desired;
        made.pod_template.labels = std::move(labels);
        made.pod_template.spec.containers.push_back(web_container());
        Workload set = made;
        set.meta = meta_in(ns, "ReplicaSet", name + "-7c9");
        set.meta.owners.push_back({"apps/v1", "Deployment", name, made.meta.uid, true});
        set.pod_template = {};
        snapshot.replica_sets.push_back(set);
        snapshot.deployments.push_back(made);
        return snapshot.deployments.back();
    }

    static Container web_container() {
        Container made;
        made.name = "main";
        made.image = "web:1";
        ContainerPort port;
        port.name = "http";
        port.protocol = "TCP";
        port.port = 8080;
        made.ports.push_back(port);
        return made;
    }

    // A pod of that Deployment, running and ready for an hour.
    Pod& pod_of(const Workload& owner, const std::string& name) {
        Pod made;
        made.meta = meta_in(owner.meta.ns, "Pod", name);
        made.meta.labels = owner.pod_template.labels;
        made.meta.owners.push_back({"apps/v1", "ReplicaSet", owner.meta.name + "-7c9",
                                    "uid-" + owner.meta.ns + "-ReplicaSet-" + owner.meta.name + "-7c9", true});
        made.phase = "Running";
        made.spec = owner.pod_template.spec;
        made.spec.node_name = "node-a";
        made.conditions.push_back({"Ready", "True", "", "", ago(3500), {}});
        ContainerStatus status;
        status.name = "main";
        status.ready = true;
        status.started = true;
        status.state.running = Running{ago(3550)};
        made.statuses.push_back(status);
        snapshot.pods.push_back(made);
        return snapshot.pods.back();
    }

    static void unready(Pod& pod) {
        pod.conditions = {
            {"Ready", "False", "ContainersNotReady", "containers with unready status: [main]", ago(600), {}},
            {"ContainersReady", "False", "ContainersNotReady", "", ago(600), {}}};
        pod.statuses[0].ready = false;
    }

    static void crashes(Pod& pod) {
        unready(pod);
        pod.statuses[0].state = {};
        pod.statuses[0].state.waiting = Waiting{"CrashLoopBackOff", "back-off 20s"};
        pod.statuses[0].last.terminated = ended("Error", 1, 15);
        pod.statuses[0].restarts = 2;
    }

    Service& serve(const std::string& name, std::map<std::string, std::string> selector, std::string target = "http",
                   int port = 80, const std::string& ns = "shop") {
        Service made;
        made.meta = meta_in(ns, "Service", name);
        made.type = "ClusterIP";
        made.cluster_ip = "10.0.0.9";
        made.selector = std::move(selector);
        ServicePort one;
        one.protocol = "TCP";
        one.port = port;
        one.target_port = std::move(target);
        made.ports.push_back(one);
        snapshot.services.push_back(made);
        return snapshot.services.back();
    }

    Ingress& route(const std::string& name, const std::string& service, std::optional<int> port = 80,
                   const std::string& port_name = "") {
        Ingress made;
        made.meta = meta_in("shop", "Ingress", name);
        made.class_name = "edge";
        made.backends.push_back({"shop.example", "/", service, port_name, port});
        snapshot.ingresses.push_back(made);
        return snapshot.ingresses.back();
    }

    void about(const Meta& object, std::string type, std::string reason, std::string message, std::int64_t age,
               std::string component = "controller") {
        Event made;
        made.meta = meta("Event", "e" + std::to_string(snapshot.events.size()));
        made.about = object.ref();
        made.type = std::move(type);
        made.reason = std::move(reason);
        made.message = std::move(message);
        made.component = std::move(component);
        made.first = made.last = ago(age);
        snapshot.events.push_back(made);
    }

    void says(const Pod& pod, std::vector<std::string> lines, bool previous = false) {
        Log made{pod.meta.ns, pod.meta.name, "main", previous, {}};
        for (auto& line : lines) made.lines.push_back({ago(20), std::move(line)});
        snapshot.logs.push_back(made);
    }

    void unread(Resource what, const std::string& ns) {
        for (auto& read : snapshot.reads)
            if (read.what == what) read.ns = ns == "shop" ? "other" : "shop";
    }
};

inline std::vector<std::string> ids(const std::vector<Finding>& found) {
    std::vector<std::string> all;
    for (const auto& finding : found) all.emplace_back(finding.mode->id);
    std::sort(all.begin(), all.end());
    return all;
}
using Ids = std::vector<std::string>;

}  // namespace salve::network_test
