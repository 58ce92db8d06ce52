#include "policy/evaluate.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace salve::policy {
namespace {

constexpr std::string_view unusable_id = "policy.unusable";

Outcome outcome_of(const Rule& rule, const Input& input) {
    Outcome outcome;
    outcome.id = rule.id;
    outcome.effect = rule.effect;
    outcome.demands = rule.demands;
    outcome.message = base::visible(rule.message);
    auto judged = judge(rule.when, input);
    outcome.match = judged.match;
    outcome.decided_by = std::move(judged.decided_by);
    outcome.grants = rule.effect != Effect::deny && judged.match == Match::yes;
    return outcome;
}

Outcome unusable_outcome(const std::string& reason) {
    Outcome outcome;
    outcome.id = unusable_id;
    outcome.match = Match::yes;
    outcome.message = base::visible(reason);
    return outcome;
}

void merge(Demands& into, const Demands& more) {
    into.approvers = std::max(into.approvers, more.approvers);
    into.typed = into.typed || more.typed;
    if (more.ttl_s) into.ttl_s = std::min(into.ttl_s.value_or(*more.ttl_s), *more.ttl_s);
}

// The first of the strictest effect that applies, or null.
const Outcome* headline(const std::vector<Outcome>& outcomes) {
    const Outcome* first = nullptr;
    for (const auto& outcome : outcomes)
        if (outcome.applies() && (!first || outcome.effect > first->effect)) first = &outcome;
    return first;
}

}  // namespace

Decision conclude(std::vector<Outcome> outcomes) {
    Decision decision;
    bool granted = false;
    Demands demands;
    for (const auto& outcome : outcomes) {
        granted = granted || outcome.grants;
        if (!outcome.applies()) continue;
        decision.matched.push_back(outcome.id);
        merge(demands, outcome.demands);
    }
    const auto* first = headline(outcomes);
    if (first && (granted || first->effect == Effect::deny)) {
        decision.effect = first->effect;
        decision.rule_id = first->id;
        decision.message = first->message;
    } else {
        decision.message = "no rule allows it";
    }
    if (decision.effect == Effect::require_approval) decision.demands = demands;
    decision.outcomes = std::move(outcomes);
    return decision;
}

std::vector<Outcome> judge_rules(const Policy& policy, const Input& input) {
    if (policy.unusable) return {unusable_outcome(*policy.unusable)};
    std::vector<Outcome> outcomes;
    outcomes.reserve(policy.rules.size());
    for (const auto& rule : policy.rules) outcomes.push_back(outcome_of(rule, input));
    return outcomes;
}

Decision evaluate(const Policy& policy, const Input& input) { return conclude(judge_rules(policy, input)); }

bool at_least_as_strict(const Decision& decision, const Decision& than) {
    if (decision.effect != than.effect) return decision.effect > than.effect;
    if (!decision.demands || !than.demands) return true;
    const auto &mine = *decision.demands, &theirs = *than.demands;
    return mine.approvers >= theirs.approvers && mine.typed >= theirs.typed &&
           (!theirs.ttl_s || (mine.ttl_s && *mine.ttl_s <= *theirs.ttl_s));
}

}  // namespace salve::policy
