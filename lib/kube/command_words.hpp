// The pieces that every kubectl argument vector is made of; Command and WriteCommand are their only users.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "kube/command.hpp"

namespace salve::kube {

// "--key=value"
std::string flag(std::string_view key, std::string_view value);

// Which configuration is read.
void add_configuration(std::vector<std::string>& args, const Target& target);

// Configuration and time limit of a command that talks to the server. See Target::context for the missing timeout.
void add_connection(std::vector<std::string>& args, const Target& target);

// "deployments.v1.apps", "pods.v1.": fully qualified, so that no short name or custom kind can answer instead.
std::string qualified(Resource resource);

}  // namespace salve::kube
