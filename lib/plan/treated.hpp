// Which findings a plan treats, together with which others, and by which actions.
#pragma once
#include <vector>

#include "plan/plan.hpp"

namespace salve::plan {

bool is_treated(const PlanOptions& options, const Finding& finding);

// The finding, and those that it causes on the same object: a stalled rollout under the image that stalls it.
std::vector<const Finding*> family(const std::vector<Finding>& findings, const Finding& root);

// The action that was asked for, else those that are right for the finding, here or where its cause is.
std::vector<const Action*> actions_for(const Finding& finding, const PlanOptions& options);

// What is judged by: references into the arguments.
Situation situation_of(const kube::World& world, const std::vector<Finding>& findings, const Finding& finding,
                       const Objects& objects, const PlanOptions& options);

}  // namespace salve::plan
