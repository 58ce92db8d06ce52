// From what an action proposes to a step of the plan.
#pragma once
#include "plan/plan.hpp"

namespace salve::plan {

// A draft and what it came from.
struct Candidate {
    const Action* action = nullptr;
    const Finding* finding = nullptr;
    Draft draft;
};

// The step at that place of the plan: with what it touches, the risk that is in that, its mark and its commands.
Step make_step(const Candidate& candidate, const kube::World& world, const Objects& objects, const PlanOptions& options,
               int ordinal);

}  // namespace salve::plan
