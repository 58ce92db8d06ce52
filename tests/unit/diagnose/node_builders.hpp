// Small clusters for the tests of rules about nodes and about pods that are removed: the namespace "shop" was asked
// for.
#pragma once
#include "diagnose/diagnose.hpp"
#include "unit/diagnose/starting_builders.hpp"

namespace salve::node_test {

using namespace starting_test;
using diagnose::Finding;
using diagnose::Severity;

struct NodeCluster : Cluster {
    NodeCluster() {
        facts.scope.namespaces = {"shop"};
        for (const auto what : {kube::Resource::deployments, kube::Resource::replicasets, kube::Resource::statefulsets,
                                kube::Resource::daemonsets, kube::Resource::jobs})
            facts.reads.push_back(read_of(what));
        facts.nodes.reserve(8);
    }

    // A node that has long been there; ready is the status of its condition Ready.
    kube::Node& known_node(const std::string& name, const std::string& ready = "True", const std::string& reason = "",
                           const std::string& message = "") {
        auto& made = node(name);
        made.meta.created = now - base::hours(48);
        made.conditions = {condition("Ready", ready, now - base::minutes(5))};
        made.conditions[0].reason = reason;
        made.conditions[0].message = message;
        return made;
    }

    kube::Condition& add_condition(kube::Node& node, const std::string& type, const std::string& reason,
                                   const std::string& message = "") {
        node.conditions.push_back(condition(type, "True", now - base::minutes(5)));
        node.conditions.back().reason = reason;
        node.conditions.back().message = message;
        return node.conditions.back();
    }

    // A pod of that Deployment that runs on node-1 and is Ready, or not.
    Pod& running(const std::string& deployment, const std::string& name, bool ready = true) {
        auto& pod = pod_of(deployment, name, "web:1", "");
        runs_now(pod);
        pod.conditions = {condition("Ready", ready ? "True" : "False", now - base::minutes(5))};
        pod.started = pod.meta.created;
        return pod;
    }

    Event& node_event(const kube::Node& node, const std::string& reason, const std::string& message, int count = 1,
                      base::Duration age = base::minutes(2), base::Duration first = base::minutes(2)) {
        auto& made = event(facts.pods.empty() ? bare_pod("filler", "web:1", "") : facts.pods.front(), "Warning", reason,
                           message, age, first);
        made.meta.ns = "default";
        made.about = {"v1", "Node", "", node.meta.name, node.meta.name};
        made.count = count;
        made.component = "kubelet";
        return made;
    }
};

inline void fails(Pod& pod, const std::string& reason, const std::string& message,
                  base::Duration age = base::minutes(4)) {
    pod.phase = "Failed";
    pod.reason = reason;
    pod.message = message;
    pod.conditions = {condition("Ready", "False", now - age)};
    for (auto& status : pod.statuses) status.state = {};
}

inline void disrupt(Pod& pod, const std::string& reason, const std::string& message) {
    pod.conditions.push_back(condition("DisruptionTarget", "True", now - base::minutes(1)));
    pod.conditions.back().reason = reason;
    pod.conditions.back().message = message;
}

inline bool affects(const Finding& finding, std::string_view kind, std::string_view name) {
    return std::any_of(finding.affected.begin(), finding.affected.end(),
                       [&](const auto& subject) { return subject.object.kind == kind && subject.object.name == name; });
}

// "MODE ROOT-KIND/ROOT-NAME" of each finding, sorted.
inline std::vector<std::string> told(const std::vector<Finding>& findings) {
    std::vector<std::string> words;
    for (const auto& finding : findings)
        words.push_back(std::string(finding.mode->id) + " " + finding.root.object.kind + "/" +
                        finding.root.object.name);
    std::sort(words.begin(), words.end());
    return words;
}
using Told = std::vector<std::string>;

}  // namespace salve::node_test
