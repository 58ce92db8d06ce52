// What a person has to do where the catalog has nothing, or may not act. Never executed.
#pragma once
#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace salve::plan {

// Adds to plan.manual what the finding advises, the command that shows more, and why each action was not taken.
void add_manual(const kube::World& world, const Finding& finding, const std::vector<std::string>& declined, Plan& plan);

// The change as a patch to commit where the object is kept (B4), for kustomize and everything that reads its patches.
void add_commit(const Draft& draft, const std::vector<std::string>& managers, Plan& plan);

// That the action needs a value which only the operator can know, with the command that gives it.
std::string value_wanted(const Finding& finding, const Action& action);

}  // namespace salve::plan
