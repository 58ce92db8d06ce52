// From a policy and an input to a decision. Total: never throws, always ends.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/condition.hpp"
#include "policy/input.hpp"
#include "policy/policy.hpp"

namespace salve::policy {

// One rule, of the file or of the floor, and what came of it.
struct Outcome {
    std::string id;
    Effect effect = Effect::deny;
    Match match = Match::unknown;
    Demands demands;
    std::string message;            // visible
    std::vector<Check> decided_by;  // empty: a rule without a condition
    // Only a rule of the file whose condition holds for certain lets anything happen; the floor never does.
    bool grants = false;
    // It counts, as a restriction at least: its condition holds, or that is unknown and it is no rule that allows.
    bool applies() const { return match == Match::yes || (match == Match::unknown && effect != Effect::allow); }
};

struct Decision {
    Effect effect = Effect::deny;
    std::string rule_id;               // the headline: the first of the strictest; empty: no rule allows it
    std::string message;               // of that rule, or why there is none; visible
    std::vector<std::string> matched;  // every rule that applies
    std::optional<Demands> demands;    // with require_approval: the strictest of all that apply
    std::vector<Outcome> outcomes;     // every rule, applied or not
};

// The strictest of the rules that apply, if any of them grants it; else deny. Missing input can only tighten: an
// unknown condition makes deny deny and require_approval raise the gate, but lets nothing happen that no other rule
// lets happen.
Decision conclude(std::vector<Outcome> outcomes);

// What the file alone says. An unusable policy denies, as rule "policy.unusable".
std::vector<Outcome> judge_rules(const Policy& policy, const Input& input);
Decision evaluate(const Policy& policy, const Input& input);

// Neither in effect nor in any demand of an approval looser. A partial order.
bool at_least_as_strict(const Decision& decision, const Decision& than);

}  // namespace salve::policy
