// Policy files on the disk.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/actions.hpp"
#include "policy/policy.hpp"

namespace salve::io {

// Error(usage) that names the file and what is wrong: unreadable, no YAML, no policy.
policy::Policy load_policy(const std::string& file,
                           std::span<const std::string_view> known_actions = policy::known_actions);

// For deciding: never throws. No file, or one that cannot be read whole, gives a policy that denies everything and says
// why. Read it anew for each run, so that a change counts from the next one on.
policy::Policy read_policy(const std::optional<std::string>& file,
                           std::span<const std::string_view> known_actions = policy::known_actions);

}  // namespace salve::io
