// What holds whatever a policy file says (SAFETY 3.2). The floor only denies, or demands a person's approval; it never
// lets anything happen. What it would have to know and does not counts as the worst that it could be.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "policy/actions.hpp"
#include "policy/evaluate.hpp"

namespace salve::policy {

// Every rule of the floor, applied or not; ids begin with "floor.". `actions` are the only ones that may happen.
std::vector<Outcome> judge_floor(const Input& input, std::span<const std::string_view> actions = known_actions);

// "allow" without asking takes trust level automate, low risk and five verified successes of the same action on the
// same target; else a person has to approve.
Outcome judge_automation(const Input& input);

// The decision on a step: the strictest of the floor and the file.
Decision decide(const Policy& policy, const Input& input, std::span<const std::string_view> actions = known_actions);

}  // namespace salve::policy
