// The least rights that reading needs, as manifests made from the table of what is read.
#pragma once
#include <string>
#include <vector>

namespace salve::kube {

// YAML for `kubectl apply -f -`. Without namespaces: one ClusterRole that reads everything everywhere. With namespaces:
// a Role in each, and a ClusterRole for what belongs to no namespace (nodes, volumes, classes, webhooks, API services,
// the kube-system uid). No Secrets, no ConfigMaps, no exec, no proxy, no writes (TAXONOMY 3.6).
std::string reader_manifest(const std::vector<std::string>& namespaces);

}  // namespace salve::kube
