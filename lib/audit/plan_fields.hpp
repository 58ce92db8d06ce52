// The fields of a record that a plan fills (SAFETY 1.6).
#pragma once
#include <nlohmann/json.hpp>

#include "audit/record.hpp"
#include "policy/plan_input.hpp"

namespace salve::audit {

// "plan": its digest, its steps in the record's words, and the whole document that the digest is over.
nlohmann::json plan_fields(const plan::Plan& plan);

// "candidates": every action that was right, the chosen ones first. findings: those of the record, whose rules and
// evidence the actions follow from.
nlohmann::json candidate_fields(const plan::Plan& plan, const nlohmann::json& findings);

// What the policy says to each step of the plan.
PolicyRun judge_plan(const plan::Plan& plan, const policy::Policy& policy, const policy::Settings& settings);

// "cooldown": what is held back, or null.
nlohmann::json cooldown_fields(const PolicyRun& run);

// "policy": every decision, with the rule that made it.
nlohmann::json policy_fields(const PolicyRun& run);

}  // namespace salve::audit
