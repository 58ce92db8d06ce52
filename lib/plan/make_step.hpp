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

// Sets the commands of the step's request and of its way back.
void add_commands(Step& step, const kube::Target& connection);

}  // namespace salve::plan
