// What is known to be wrong in a recorded case (its truth.json), as far as a choice of an action can be held against
// it.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "advise/case.hpp"

namespace salve::advise {

// Does the candidate treat a finding that the truth blames: one whose root is among `root` and `accept` of the case or
// of one of its `also` (* in names)? Nothing where the truth is of another shape, or of a healthy case.
std::optional<bool> treats_truth(const Case& about, const Candidate& candidate, const nlohmann::json& truth);

}  // namespace salve::advise
