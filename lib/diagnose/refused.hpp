// Controllers that want to create something and are refused at present: what the rules about quotas, webhooks and
// failed creations share.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "diagnose/finding.hpp"
#include "diagnose/refusal_text.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

struct Refused {
    kube::Owner owner;              // the top of the chain: what a person edits
    std::vector<Subject> affected;  // the owner, and a Job or a bare ReplicaSet below it
    std::string ns;
    Refusal refusal;
    std::vector<Evidence> evidence;  // the strongest first
    Confidence confidence = Confidence::confirmed;
    std::optional<Time> since, last;
    std::string lacks;  // "2 of 3 pods exist"
};

// ReplicaSets (and their Deployments) by their condition ReplicaFailure; StatefulSets, DaemonSets, Jobs and CronJobs,
// which have no such condition, by their newest FailedCreate event while what it was about is still not there. In the
// order of namespace, kind and name; nothing from a namespace that is being deleted.
std::vector<Refused> refused(const kube::World& world);

// The resources on which each quota refuses at present, by "namespace/quota".
std::map<std::string, std::set<std::string>> refusing_quotas(std::span<const Refused> all);

}  // namespace salve::diagnose
