// Targets of the command line: "deploy/web", "pod/x", "node/n".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

struct Target {
    std::string kind;  // as Kubernetes writes it: "Deployment"
    std::string name;

    std::string text() const;  // "deployment/web"
};

// Reads KIND/NAME with kubectl's own short names and plurals. Error(usage) names the word and what is known.
Target parse_target(const std::string& word);

// A kind by any of these words, and any other kind that salve reads by its name or plural: "deploy" is "Deployment",
// "resourcequotas" is "ResourceQuota". Error(usage) with the nearest word.
std::string parse_kind(const std::string& word);

// The word of a kind in a target, "deploy" for "Deployment"; an unknown kind in lower case.
std::string short_kind(std::string_view kind);

// Whether the target stands in the facts; unknown where its kind could not be read or is not read by name.
enum class Presence { there, absent, unknown };
Presence presence(const kube::World& world, const Target& target);

// The findings about the targets: their own, those of the pods they own or (a node) run, and the causes of all these.
// Keeps the order. No targets: everything.
std::vector<Finding> about(const kube::World& world, std::vector<Finding> findings, const std::vector<Target>& targets);

// The findings about what was asked for: those that blame or affect an object of a namespace of the scope, and the
// causes of all these, wherever they are. Keeps the order.
std::vector<Finding> within_scope(const kube::World& world, std::vector<Finding> findings);

}  // namespace salve::diagnose
