// Between an advice and a plan: what the policy is told, and whether another plan is the same in another order.
#pragma once
#include <functional>

#include "advise/advice.hpp"
#include "plan/plan.hpp"

namespace salve::advise {

// What reaches the policy of it, and nothing else does (SAFETY 6.4, 5). An advice that does not count is none; neither
// is that of a model that abstained, but for the warning that something was withheld.
plan::Judgement judgement_of(const Advice& advice);

// Is `other` the plan of the rules with nothing but interchangeable actions exchanged? The same objects in the same
// order, each with a step of the same risk; over both, the same actions on the same objects; and where a step is
// another one, that of the rules stands beside it as close: then the policy asks for a person's approval, whatever the
// file says (floor.close-alternatives).
bool only_reordered(const plan::Plan& rules, const plan::Plan& other);

// A plan after a model was asked about it.
struct AdvisedPlan {
    plan::Plan plan;  // of the rules, or reordered; with its judgement
    Case about;       // points into the findings
    Advice advice;
    bool reordered = false;
};

// Makes the plan anew with another order among equals.
using Replan = std::function<plan::Plan(const plan::Order&)>;

// Asks, and does what the answer may do. Where it may do nothing, the plan is `rules`, to the byte. A plan without
// steps is nothing to ask about.
AdvisedPlan advised_plan(plan::Plan rules, const std::vector<diagnose::Finding>& findings,
                         const std::vector<std::string>& namespaces, const Replan& replan, Advisor& model,
                         const ConsultOptions& options);

}  // namespace salve::advise
