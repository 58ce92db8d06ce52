// The way back of a run as a plan of its own (B3): with its own tests, rehearsal and approval. It puts back what the
// run changed and nothing else, and refuses where somebody has changed one of those fields since.
#pragma once
#include <vector>

#include "plan/plan.hpp"

namespace salve::plan {

// The objects that make_undo will look at.
std::vector<kube::ObjectRef> undo_objects(const Plan& plan, const std::vector<int>& applied);

// plan: the one that was applied; applied: the ordinals of its steps that were; run: the id of that run. In the reverse
// order. A step that cannot be taken back, or not any more, is a manual line that says why. Verdicts, rights and dry
// runs are the edge's to fill, as of make_plan.
Plan make_undo(const kube::World& world, const Plan& plan, const std::vector<int>& applied, const std::string& run,
               const Objects& objects, const PlanOptions& options);

}  // namespace salve::plan
