// Decisions in plain sentences; all text is visible and one line each.
#pragma once
#include <string>
#include <vector>

#include "policy/evaluate.hpp"

namespace salve::policy {

// "allowed", "needs approval", "denied".
std::string_view effect_words(Effect effect);

// `namespace "prod-a" matches prod-*`, joined by "and"; what a floor rule says of itself; "it always applies".
std::string because(const Outcome& outcome);

// "approval by two people, the target's name typed, good for 10 minutes"; "approval by one person" by default.
std::string demand_words(const Demands& demands);

// The verdict and the rule that decided it, in the first sentence: `needs approval: rule prod-two-eyes, because
// namespace "prod-a" matches prod-*`. Then what the approval must be, and one sentence for each further rule that
// applies.
std::vector<std::string> decision_words(const Decision& decision);

}  // namespace salve::policy
