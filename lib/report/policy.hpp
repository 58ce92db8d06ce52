// What a policy says of the steps of a plan, and what is said of a policy.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "policy/cases.hpp"
#include "policy/evaluate.hpp"
#include "policy/input.hpp"
#include "policy/lint.hpp"
#include "report/format.hpp"

namespace salve::report {

struct JudgedStep {
    std::string title;  // "step 1: rollout.undo on Deployment shop/web"; any text
    policy::Input input;
    policy::Decision decision;
};

// The verdict for each step in words, with the rules that made it.
std::string policy_check_human(std::span<const JudgedStep> steps, const Style& style);
std::string policy_check_json(std::span<const JudgedStep> steps);  // schema salve.policy.check/v1

// Each rule, whether it matched, and the very test and value that decided. The rules of the floor that do not apply are
// shown with -v only.
std::string policy_explain_human(std::span<const JudgedStep> steps, const Style& style);
std::string policy_explain_json(std::span<const JudgedStep> steps);  // schema salve.policy.explain/v1

std::string policy_lint_human(const std::string& file, std::size_t rules, std::span<const policy::Issue> issues,
                              const Style& style);
std::string policy_lint_json(const std::string& file, std::size_t rules,
                             std::span<const policy::Issue> issues);  // schema salve.policy.lint/v1

// With coverage also the rules that never applied, or always did.
std::string policy_test_human(const policy::CaseReport& report, bool coverage, const Style& style);
std::string policy_test_json(const policy::CaseReport& report, bool coverage);  // schema salve.policy.test/v1

}  // namespace salve::report
