// Small clusters for the tests of rules about pods that do not start: one namespace "shop", time counted from `now`.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "diagnose/rule.hpp"

namespace salve::starting_test {

using kube::Container;
using kube::ContainerStatus;
using kube::Event;
using kube::Pod;
using kube::Snapshot;
using kube::Volume;
using kube::Workload;

inline constexpr base::Time now{1'790'000'000'000'000};

// Identity with the uid "uid-NAME".
inline kube::Meta meta(const std::string& api_version, const std::string& kind, const std::string& ns,
                       const std::string& name) {
    kube::Meta one;
    one.api_version = api_version;
    one.kind = kind;
    one.ns = ns;
    one.name = name;
    one.uid = "uid-" + name;
    return one;
}

inline kube::Read read_of(kube::Resource what) {
    kube::Read read;
    read.what = what;
    return read;
}

inline kube::Condition condition(const std::string& type, const std::string& status,
                                 std::optional<base::Time> at = std::nullopt) {
    kube::Condition one;
    one.type = type;
    one.status = status;
    one.last_transition = at;
    return one;
}

struct Cluster {
    Snapshot facts;

    Cluster() {
        facts.taken_at = now;
        for (const auto what : {kube::Resource::pods, kube::Resource::events, kube::Resource::nodes,
                                kube::Resource::persistentvolumeclaims, kube::Resource::serviceaccounts})
            facts.reads.push_back(read_of(what));
        facts.pods.reserve(64);
        facts.deployments.reserve(64);
        facts.replica_sets.reserve(64);
    }

    // A Deployment of one container "web" with its ReplicaSet.
    Workload& deployment(const std::string& name, const std::string& image, int ready = 0) {
        Workload workload;
        workload.meta = meta("apps/v1", "Deployment", "shop", name);
        workload.pod_template.spec.containers.push_back(container("web", image));
        workload.ready = ready;
        Workload set = workload;
        set.meta.kind = "ReplicaSet";
        set.meta.name = name + "-5d9";
        set.meta.uid = "uid-" + set.meta.name;
        set.meta.owners.push_back({"apps/v1", "Deployment", name, workload.meta.uid, true});
        facts.replica_sets.push_back(set);
        facts.deployments.push_back(workload);
        return facts.deployments.back();
    }

    static Container container(const std::string& name, const std::string& image) {
        Container one;
        one.name = name;
        one.image = image;
        return one;
    }

    // A bare Pending pod on node-1, bound ten minutes ago, with one waiting container "web".
    Pod& bare_pod(const std::string& name, const std::string& image, const std::string& reason,
                  const std::string& message = "") {
        Pod pod;
        pod.meta = meta("v1", "Pod", "shop", name);
        pod.meta.created = now - base::minutes(10);
        pod.phase = "Pending";
        pod.spec.node_name = "node-1";
        pod.spec.containers.push_back(container("web", image));
        facts.pods.push_back(pod);
        add_status(facts.pods.back(), "web", ContainerStatus::List::main).state.waiting =
            kube::Waiting{reason, message};
        return facts.pods.back();
    }

    // The same, of a Deployment made by deployment().
    Pod& pod_of(const std::string& deployment, const std::string& name, const std::string& image,
                const std::string& reason, const std::string& message = "") {
        auto& pod = bare_pod(name, image, reason, message);
        pod.meta.owners.push_back({"apps/v1", "ReplicaSet", deployment + "-5d9", "uid-" + deployment + "-5d9", true});
        return pod;
    }

    static ContainerStatus& add_status(Pod& pod, const std::string& name, ContainerStatus::List list) {
        ContainerStatus status;
        status.name = name;
        status.list = list;
        status.index = static_cast<int>(std::count_if(pod.statuses.begin(), pod.statuses.end(),
                                                      [&](const auto& other) { return other.list == list; }));
        pod.statuses.push_back(status);
        return pod.statuses.back();
    }

    // An event about a pod; age is that of its last repeat, and first that of its first.
    Event& event(const Pod& pod, const std::string& type, const std::string& reason, const std::string& message,
                 base::Duration age = base::seconds(30), base::Duration first = base::minutes(9)) {
        Event event;
        event.meta = meta("v1", "Event", "shop", "event-" + std::to_string(facts.events.size()));
        event.about = pod.meta.ref();
        event.type = type;
        event.reason = reason;
        event.message = message;
        event.last = now - age;
        event.first = std::min(event.last, now - first);
        facts.events.push_back(event);
        return facts.events.back();
    }

    kube::Node& node(const std::string& name) {
        kube::Node node;
        node.meta = meta("v1", "Node", "", name);
        facts.nodes.push_back(node);
        return facts.nodes.back();
    }

    std::vector<diagnose::Finding> run(const diagnose::Rule& rule) const { return rule.match(kube::World(facts)); }
};

inline void runs_now(Pod& pod) {
    pod.phase = "Running";
    for (auto& status : pod.statuses) {
        status.state = {};
        status.state.running.emplace();
        status.ready = true;
    }
}

inline bool has_evidence(const diagnose::Finding& finding, std::string_view text) {
    return std::any_of(finding.evidence.begin(), finding.evidence.end(),
                       [&](const auto& evidence) { return evidence.text.find(text) != std::string::npos; });
}

inline bool says(const std::string& summary, std::string_view text) { return summary.find(text) != std::string::npos; }

inline bool advises(const diagnose::Finding& finding, std::string_view text) {
    return std::any_of(finding.advice.begin(), finding.advice.end(),
                       [&](const std::string& advice) { return advice.find(text) != std::string::npos; });
}

}  // namespace salve::starting_test
