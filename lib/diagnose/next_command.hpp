// A command that can be pasted into a shell: built from names that were checked, never from free text of the cluster.
#pragma once
#include <optional>
#include <string>

#include "diagnose/finding.hpp"
#include "kube/snapshot.hpp"

namespace salve::diagnose {

// The read-only kubectl command that shows more about the finding: the log of the container that ended, else
// `describe` of the object that its best evidence is about. Nothing when a name in it is none that Kubernetes allows.
std::optional<std::string> next_command(const kube::ClusterInfo& cluster, const Finding& finding);

}  // namespace salve::diagnose
