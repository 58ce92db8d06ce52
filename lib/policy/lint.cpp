#include "policy/lint.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace salve::policy {
namespace {

bool always(const Rule& rule) { return rule.when.op == Op::all && rule.when.parts.empty(); }

// `exists: true` of what a rule needs: a missing field is unknown, and so counts for deny as if it were there.
bool exists_test(const Condition& condition, bool wanted) {
    return condition.op == Op::exists && std::get<bool>(condition.values.at(0)) == wanted &&
           condition.field->type != FieldType::list;
}

// Only tests that all have to hold: behind `any` or `not` others may decide.
bool needs_absence(const Condition& condition) {
    if (exists_test(condition, false)) return true;
    return condition.op == Op::all && std::any_of(condition.parts.begin(), condition.parts.end(),
                                                  [](const Condition& p) { return needs_absence(p); });
}

bool demands_as_much(const Demands& demands, const Demands& than) {
    return demands.approvers >= than.approvers && demands.typed >= than.typed &&
           (!than.ttl_s || (demands.ttl_s && *demands.ttl_s <= *than.ttl_s));
}

class Linter {
public:
    Linter(const Policy& policy, std::span<const std::string_view> actions) : rules_(policy.rules), actions_(actions) {}

    std::vector<Issue> run() {
        for (const auto& rule : rules_) {
            unknown_actions(rule);
            if (never_matches(rule)) continue;
            if (!duplicate(rule) && !unreachable(rule)) shadowed(rule);
            denies_everything(rule);
        }
        const bool lets =
            std::any_of(rules_.begin(), rules_.end(), [](const Rule& r) { return r.effect != Effect::deny; });
        if (!lets) add("", Flaw::allows_nothing, "no rule allows anything, so that everything is denied");
        return std::move(issues_);
    }

private:
    void add(const std::string& rule, Flaw flaw, std::string words) {
        issues_.push_back({rule, flaw, std::move(words)});
    }

    bool known(std::string_view id) const { return std::find(actions_.begin(), actions_.end(), id) != actions_.end(); }

    void unknown_actions(const Rule& rule) {
        each_condition(rule.when, [&](const Condition& test) {
            if (!test.field || test.field->name != "action" || test.op == Op::exists) return;
            for (const auto& value : test.values) {
                const auto& word = std::get<std::string>(value);
                if (test.op == Op::glob ? matches_one(word) : known(word)) continue;
                const auto near = test.op == Op::glob ? std::nullopt : base::nearest(word, actions_);
                add(rule.id, Flaw::unknown_action,
                    fmt::format("no action is {}{}", base::quoted(word),
                                near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
            }
        });
    }

    bool matches_one(std::string_view pattern) const {
        return std::any_of(actions_.begin(), actions_.end(),
                           [&](std::string_view id) { return glob_matches(pattern, id); });
    }

    bool never_matches(const Rule& rule) {
        if (is_contradiction(rule.when)) {
            add(rule.id, Flaw::never_matches, "its tests contradict each other");
        } else if (rule.effect == Effect::allow && needs_absence(rule.when)) {
            add(rule.id, Flaw::never_matches, "it wants an input to be missing, and what is missing allows nothing");
        } else {
            return false;
        }
        return true;
    }

    bool duplicate(const Rule& rule) {
        for (const auto& other : rules_) {
            if (&other == &rule) return false;  // only the later one of two is told
            if (other.effect != rule.effect || other.demands != rule.demands) continue;
            if (to_words(other.when) != to_words(rule.when)) continue;
            add(rule.id, Flaw::duplicate, fmt::format("the same as rule {}", other.id));
            return true;
        }
        return false;
    }

    // Whenever it holds, a deny rule does too.
    bool unreachable(const Rule& rule) {
        if (rule.effect == Effect::deny) return false;
        for (const auto& other : rules_) {
            if (other.effect != Effect::deny || !implies(rule.when, other.when)) continue;
            add(rule.id, Flaw::unreachable, fmt::format("whenever it holds, rule {} denies", other.id));
            return true;
        }
        return false;
    }

    // Whenever it holds, another rule of at least its strictness does too: taking it away changes nothing.
    void shadowed(const Rule& rule) {
        for (const auto& other : rules_) {
            if (&other == &rule || !covers(other, rule)) continue;
            if (&other > &rule && covers(rule, other)) continue;  // of two that say the same the later one is told
            add(rule.id, Flaw::shadowed,
                fmt::format("whenever it holds, rule {} does too, and is {}", other.id,
                            other.effect == rule.effect ? "as strict" : "stricter"));
            return;
        }
    }

    static bool covers(const Rule& other, const Rule& rule) {
        if (other.effect < rule.effect || !implies(rule.when, other.when)) return false;
        return other.effect > rule.effect || demands_as_much(other.demands, rule.demands);
    }

    void denies_everything(const Rule& rule) {
        if (rule.effect != Effect::deny || (!always(rule) && !exists_test(rule.when, true))) return;
        add(rule.id, Flaw::denies_everything, "it denies whatever the input is");
    }

    const std::vector<Rule>& rules_;
    std::span<const std::string_view> actions_;
    std::vector<Issue> issues_;
};

}  // namespace

std::vector<Issue> lint(const Policy& policy, std::span<const std::string_view> actions) {
    return Linter(policy, actions).run();
}

}  // namespace salve::policy
