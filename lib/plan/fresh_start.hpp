// Whether a new pod in place of the old one may help (TAXONOMY 2.4, rollout.restart): a program that hangs, leaks or
// clings to what it once read. Whatever is at fault outside of the running program is there for the new pod too.
#pragma once
#include <optional>
#include <string>

#include "plan/action.hpp"

namespace salve::plan {

// Why new pods for all of a workload do not help against the finding, or nothing.
std::optional<std::string> not_by_restart(const Situation& situation);

// The same for one pod, which may leave its node: what is wrong with this pod on this node alone counts as well.
std::optional<std::string> not_by_new_pod(const Situation& situation);

}  // namespace salve::plan
