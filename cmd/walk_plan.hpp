// `fix -i`: a plan at a prompt, step by step.
#pragma once
#include "cmd/apply_plan.hpp"
#include "cmd/make_plan.hpp"

namespace salve::cmd {

// Plans, shows each step and asks: approve, reject, modify (within what the catalog allows: planned and shown again),
// skip, quit. What was approved is applied when every step was asked for. Error(usage) where nobody sits at a terminal.
// The exit code of the whole.
int walk_plan(Context& context, const Planning& planning, const Approving& approving);

}  // namespace salve::cmd
