// What is probably wrong with a policy that can be read.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "policy/actions.hpp"
#include "policy/policy.hpp"

namespace salve::policy {

enum class Flaw { duplicate, shadowed, unreachable, never_matches, unknown_action, denies_everything, allows_nothing };
inline constexpr base::Names<Flaw, 7> flaw_names{{{Flaw::duplicate, "duplicate"},
                                                  {Flaw::shadowed, "shadowed"},
                                                  {Flaw::unreachable, "unreachable"},
                                                  {Flaw::never_matches, "never_matches"},
                                                  {Flaw::unknown_action, "unknown_action"},
                                                  {Flaw::denies_everything, "denies_everything"},
                                                  {Flaw::allows_nothing, "allows_nothing"}}};

struct Issue {
    std::string rule_id;  // empty: of the whole policy
    Flaw flaw = Flaw::duplicate;
    std::string words;  // visible
};

// Nothing here is a guess: what is told can be shown from the conditions alone. What is not told may be wrong all the
// same (conditions are compared test by test, not solved). In the order of the rules.
std::vector<Issue> lint(const Policy& policy, std::span<const std::string_view> actions = known_actions);

// Does the first condition holding imply that the second one does? False also when it cannot be told.
bool implies(const Condition& condition, const Condition& other);

// Can it not hold, whatever the input?
bool is_contradiction(const Condition& condition);

}  // namespace salve::policy
