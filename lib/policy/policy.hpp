// A policy file: rules that say what may be done, what needs a person's approval, and what may not. What no rule allows
// is denied.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/names.hpp"
#include "policy/condition.hpp"

namespace salve::policy {

enum class Effect { allow, require_approval, deny };  // in the order of strictness
inline constexpr base::Names<Effect, 3> effect_names{
    {{Effect::allow, "allow"}, {Effect::require_approval, "require_approval"}, {Effect::deny, "deny"}}};

// What an approval must be.
struct Demands {
    int approvers = 1;
    bool typed = false;                 // the name of the target has to be typed
    std::optional<std::int64_t> ttl_s;  // the approval is good for at most so many seconds
    bool operator==(const Demands&) const = default;
};

struct Rule {
    std::string id;
    Effect effect = Effect::deny;
    Condition when;
    Demands demands;      // of require_approval
    std::string message;  // may be empty
};

// Rules, or the reason why there are none: then everything is denied, and says so.
struct Policy {
    std::string file;    // for the record; empty without one
    std::string sha256;  // of its bytes
    std::vector<Rule> rules;
    std::optional<std::string> unusable;

    static Policy denying(std::string reason) { return {{}, {}, {}, std::move(reason)}; }
};

inline constexpr std::string_view policy_schema = "policy/v1";
inline constexpr std::size_t max_rules = 256;

// Lower-case words of letters, digits and hyphens joined by dots, two or more: "rollout.undo".
bool is_action_id(std::string_view word);

// Reads a document of policy_schema. Error(usage) names the file and the path for whatever is wrong with it: unknown
// keys, fields, operators and words (with the nearest known one), a duplicate, empty or reserved rule id, nulls,
// limits. With known actions an id that is none of them is an error too; without, only what does not look like one.
Policy parse_policy(const nlohmann::json& document, const std::string& file,
                    std::span<const std::string_view> known_actions = {});

// Calls visit(condition) for the condition and each of its parts.
template <typename Visit>
void each_condition(const Condition& condition, const Visit& visit) {
    visit(condition);
    for (const auto& part : condition.parts) each_condition(part, visit);
}

}  // namespace salve::policy
