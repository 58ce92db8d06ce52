// What differs between two versions of one object, field by field.
#pragma once
#include <vector>

#include "plan/step.hpp"

namespace salve::plan {

// By path. Left out is what the server counts or keeps for itself: status, managedFields, resourceVersion, generation,
// and uid and times of what does not exist yet. Items of lists are told apart by their `name` where all have one, each
// its own and in the same order, so that one more container is one change; the path is that of the result, for what
// goes that of the old object.
std::vector<Change> field_diff(const json& before, const json& after);

}  // namespace salve::plan
