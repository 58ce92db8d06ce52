// Tests of a policy: inputs with the verdict that they must get.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "policy/actions.hpp"
#include "policy/evaluate.hpp"

namespace salve::policy {

inline constexpr std::string_view cases_schema = "policy-test/v1";
inline constexpr std::size_t max_cases = 10'000;

struct Case {
    std::string name;
    Input input;
    Effect effect = Effect::deny;
    std::optional<std::string> rule_id;  // the headline; empty text: no rule; nothing: whichever
};

struct CaseResult {
    std::string name;
    Effect wanted = Effect::deny;
    std::optional<std::string> wanted_rule;
    Decision decision;
    bool passed() const;
};

// How often a rule of the file applied and did not, over all cases.
struct RuleUse {
    std::string id;
    std::size_t applied = 0, not_applied = 0;
    bool conditional = true;  // a rule without a condition cannot fail to apply
    bool covered() const { return applied > 0 && (not_applied > 0 || !conditional); }
};

struct CaseReport {
    std::string policy_file, cases_file;
    std::vector<CaseResult> results;
    std::vector<RuleUse> uses;  // in the order of the policy
    std::size_t failed() const;
    bool covered() const;
};

// {schema: policy-test/v1, defaults: INPUT, cases: [{name, input: INPUT, expect: {effect, rule_id}}]}: the input of a
// case is the defaults with its own fields put over them, null taking one away. Error names file and path.
std::vector<Case> parse_cases(const nlohmann::json& document, const std::string& file);

// Decides each case as a step would be decided: by the floor and the file together.
CaseReport run_cases(const Policy& policy, std::span<const Case> cases,
                     std::span<const std::string_view> actions = known_actions);

}  // namespace salve::policy
