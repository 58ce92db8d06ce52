// Pieces of manifests.
#pragma once
#include <string>
#include <string_view>

namespace salve::kube {

// A name that Kubernetes allows, for YAML: in quotes where a reader of YAML would take it for a number, a truth value
// or null ("123", "on").
std::string yaml_word(std::string_view name);

// Up to "rules:". ns empty: of the whole cluster.
std::string role_head(std::string_view kind, std::string_view name, const std::string& ns);

}  // namespace salve::kube
