#include "policy/floor.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "kube/names.hpp"

namespace salve::policy {
namespace {

using Actions = std::span<const std::string_view>;
constexpr std::int64_t least_successes = 5;

// Is this so? Unknown for what is missing.
template <typename T, typename Question>
Match when(const Maybe<T>& value, Question question) {
    if (!value) return Match::unknown;
    return question(*value) ? Match::yes : Match::no;
}
Match is_true(const Maybe<bool>& flag) {
    return when(flag, [](bool value) { return value; });
}
Match is_false(const Maybe<bool>& flag) { return negated(is_true(flag)); }
template <typename T>
Match is(const Maybe<T>& value, T wanted) {
    return when(value, [&](const T& found) { return found == wanted; });
}
template <typename Range>
Match is_among(const Maybe<std::string>& word, const Range& words) {
    return when(word, [&](const std::string& w) { return std::find(words.begin(), words.end(), w) != words.end(); });
}
Match is_listed(const Maybe<std::string>& word, const Maybe<std::vector<std::string>>& list) {
    return list ? is_among(word, *list) : Match::unknown;
}
Match both(Match a, Match b) {
    if (a == Match::no || b == Match::no) return Match::no;
    return a == Match::yes ? b : a;
}
Match either(Match a, Match b) { return negated(both(negated(a), negated(b))); }
Match model(bool says) { return says ? Match::yes : Match::no; }

Match below_threshold(const Input& in) {
    if (!in.confidence || !in.confidence_threshold) return Match::unknown;
    return *in.confidence < *in.confidence_threshold ? Match::yes : Match::no;
}

// A namespace of the system is one in any spelling: nothing else may look like it.
Match is_system(const Input& in, Actions) {
    return when(in.ns, [](const std::string& ns) { return kube::is_system_namespace(base::lower_ascii(ns)); });
}

struct FloorRule {
    std::string_view id;
    Effect effect;
    bool typed;
    std::string_view message;               // what is so when it applies
    std::array<std::string_view, 3> reads;  // the fields that decide; empty ones end the list
    Match (*applies)(const Input&, Actions);
};

constexpr auto deny = Effect::deny, ask = Effect::require_approval;

constexpr FloorRule rules[] = {
    {"floor.not-enabled",
     deny,
     false,
     "changes are not enabled in the configuration (remediation.enabled)",
     {"enabled"},
     [](const Input& in, Actions) { return is_false(in.enabled); }},
    {"floor.system-namespace", deny, false, "the namespace belongs to Kubernetes itself", {"namespace"}, is_system},
    {"floor.cluster-scoped",
     deny,
     false,
     "the change reaches beyond a namespace",
     {"cluster_scoped"},
     [](const Input& in, Actions) { return is_true(in.cluster_scoped); }},
    {"floor.namespace-not-allowed",
     deny,
     false,
     "the namespace is not among those that the configuration allows (remediation.allowed_namespaces)",
     {"namespace", "allowed_namespaces"},
     [](const Input& in, Actions) { return negated(is_listed(in.ns, in.allowed_namespaces)); }},
    {"floor.unknown-action",
     deny,
     false,
     "the action is not in the catalog",
     {"action"},
     [](const Input& in, Actions actions) { return negated(is_among(in.action, actions)); }},
    {"floor.kind",
     deny,
     false,
     "objects of this kind are never changed",
     {"kind"},
     [](const Input& in, Actions) { return negated(is_among(in.kind, known_kinds)); }},
    {"floor.action-off",
     deny,
     false,
     "the action is off by default and not turned on (remediation.actions)",
     {"off_by_default", "action", "enabled_actions"},
     [](const Input& in, Actions) {
         return both(is_true(in.off_by_default), negated(is_listed(in.action, in.enabled_actions)));
     }},
    {"floor.delete-without-uid",
     deny,
     false,
     "it would delete by name, whatever bears that name by then",
     {"deletes_without_uid"},
     [](const Input& in, Actions) { return is_true(in.deletes_without_uid); }},
    {"floor.no-evidence",
     deny,
     false,
     "there is no evidence for it",
     {"evidence_count"},
     [](const Input& in, Actions) { return when(in.evidence_count, [](std::int64_t n) { return n < 1; }); }},
    {"floor.high-risk",
     deny,
     false,
     "the risk is high, and that is not allowed (remediation.allow_high_risk)",
     {"risk", "allow_high_risk"},
     [](const Input& in, Actions) { return both(is(in.risk, plan::Risk::high), is_false(in.allow_high_risk)); }},
    {"floor.preview-refused",
     deny,
     false,
     "the server refused its dry run",
     {"preview"},
     [](const Input& in, Actions) { return is(in.preview, Preview::refused); }},
    {"floor.unknown-outcome",
     deny,
     false,
     "what became of an earlier change of this target is not known ('salve runs recover')",
     {"unknown_outcome"},
     [](const Input& in, Actions) { return is_true(in.unknown_outcome); }},
    {"floor.cooldown",
     deny,
     false,
     "the same change was tried or rejected a moment ago",
     {"cooldown"},
     [](const Input& in, Actions) { return is_true(in.cooldown); }},
    {"floor.autoscaled",
     deny,
     false,
     "an autoscaler sets these replicas and would set them back",
     {"action", "hpa"},
     [](const Input& in, Actions) { return both(is(in.action, std::string("scale.set")), is_true(in.hpa)); }},
    {"floor.trust-observe",
     deny,
     false,
     "at trust level observe nothing is changed",
     {"trust_level"},
     [](const Input& in, Actions) { return is(in.trust_level, Trust::observe); }},
    {"floor.trust-selective",
     deny,
     false,
     "at trust level selective only what is listed for the namespace is done",
     {"trust_level", "graduated"},
     [](const Input& in, Actions) { return both(is(in.trust_level, Trust::selective), is_false(in.graduated)); }},
    {"floor.model-warning",
     ask,
     true,
     "the model warns",
     {"llm.warnings"},
     [](const Input& in, Actions) { return model(!in.llm.warnings.empty()); }},
    {"floor.model-not-actionable",
     ask,
     true,
     "the model takes it for nothing to act on",
     {"llm.actionable"},
     [](const Input& in, Actions) { return model(!in.llm.actionable); }},
    {"floor.model-unstable",
     ask,
     true,
     "the model, asked twice, says two things",
     {"llm.unstable"},
     [](const Input& in, Actions) { return model(in.llm.unstable); }},
    {"floor.high-risk-typed",
     ask,
     true,
     "the risk is high",
     {"risk"},
     [](const Input& in, Actions) { return is(in.risk, plan::Risk::high); }},
    {"floor.no-preview",
     ask,
     false,
     "the server cannot preview it",
     {"preview"},
     [](const Input& in, Actions) { return is(in.preview, Preview::not_possible); }},
    {"floor.no-target",
     ask,
     false,
     "its target is not there",
     {"target_exists"},
     [](const Input& in, Actions) { return is_false(in.target_exists); }},
    {"floor.low-confidence",
     ask,
     false,
     "the confidence is below the threshold (policy.confidence_threshold)",
     {"confidence", "confidence_threshold"},
     [](const Input& in, Actions) { return below_threshold(in); }},
    {"floor.close-alternatives",
     ask,
     false,
     "another action fits nearly as well",
     {"alternatives_close"},
     [](const Input& in, Actions) { return is_true(in.alternatives_close); }},
};

constexpr FloorRule automation{
    "floor.automation",
    ask,
    false,
    "without asking only at trust level automate, at low risk, after five verified successes",
    {"trust_level", "risk", "verified_successes"},
    [](const Input& in, Actions) {
        const auto untried = when(in.verified_successes, [](std::int64_t n) { return n < least_successes; });
        return either(either(negated(is(in.trust_level, Trust::automate)), negated(is(in.risk, plan::Risk::low))),
                      untried);
    }};

// The fields that it read, and their values.
Check check_of(const FloorRule& rule, const Input& input, Match match) {
    std::vector<std::string> values, names, missing;
    for (const auto name : rule.reads) {
        if (name.empty()) break;
        const auto value = value_of(*find_field(name), name, input);
        names.emplace_back(name);
        values.push_back(value_words(value));
        if (is_missing(value)) missing.emplace_back(name);
    }
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i < names.size(); ++i) pairs.push_back(names[i] + " " + values[i]);
    const auto words = match == Match::unknown
                           ? base::join(missing, " and ") + (missing.size() > 1 ? " are" : " is") + " not known"
                           : base::join(pairs, ", ");
    return {std::string(rule.message), base::join(values, ", "), words, match};
}

Outcome outcome_of(const FloorRule& rule, const Input& input, Actions actions) {
    Outcome outcome;
    outcome.id = rule.id;
    outcome.effect = rule.effect;
    outcome.match = rule.applies(input, actions);
    outcome.demands.typed = rule.typed;
    outcome.message = rule.message;
    outcome.decided_by.push_back(check_of(rule, input, outcome.match));
    return outcome;
}

}  // namespace

std::vector<Outcome> judge_floor(const Input& input, std::span<const std::string_view> actions) {
    std::vector<Outcome> outcomes;
    for (const auto& rule : rules) outcomes.push_back(outcome_of(rule, input, actions));
    return outcomes;
}

Outcome judge_automation(const Input& input) { return outcome_of(automation, input, {}); }

Decision decide(const Policy& policy, const Input& input, std::span<const std::string_view> actions) {
    auto outcomes = judge_floor(input, actions);
    for (auto& outcome : judge_rules(policy, input)) outcomes.push_back(std::move(outcome));
    // Last, so that it is the headline only where nothing else asks for an approval.
    outcomes.push_back(judge_automation(input));
    return conclude(std::move(outcomes));
}

}  // namespace salve::policy
