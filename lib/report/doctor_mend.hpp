// The commands that mend what `salve doctor` found: each can be pasted into a shell.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/doctor_facts.hpp"

namespace salve::report::doctor {

// One command of these words, quoted for a shell.
std::string command(std::vector<std::string> words);
// The same for kubectl in the context that was looked at.
std::string kubectl_command(const Facts& facts, std::vector<std::string> words);
// Fetches kubectl; version "" is the newest.
std::string install_kubectl(const std::string& platform, const std::string& version);
// Opens the configuration, or a new one, in an editor.
std::string edit(const std::string& file);
// Grants what 'salve rbac ROLE' prints, with its binding to the user that the server sees; for who may grant rights.
// ns empty: what belongs to no namespace.
std::string grant(const Facts& facts, std::string_view role, const std::string& ns);

}  // namespace salve::report::doctor
