// Whether what a step shows is what its request does: a plan that was read is judged by both.
#pragma once
#include <optional>
#include <string>

#include "plan/step.hpp"

namespace salve::plan {

// The part of the step's document that differs ("preconditions", "changes", "inverse"), or nothing. run: of the plan,
// for the mark that every patch ends with. A patch cannot test that a place is empty: that an addition replaces nothing
// is for the dry run to show.
std::optional<std::string> disagreement(const Step& step, const std::string& run);

}  // namespace salve::plan
