#include "policy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.hpp"

namespace salve::policy {
namespace {

using base::JsonView;

constexpr std::size_t max_id = 64, max_message = 512;
constexpr std::int64_t max_approvers = 8, min_ttl = 60, max_ttl = 3600;

// A key that somebody wrote and left empty is not the same as one that is not there.
void refuse_null(const JsonView& view) {
    for (const auto& key : view.keys())
        if (!view.find(key)) view.fail(fmt::format("{} must not be null", base::quoted(base::cut(key, 80))));
}

bool is_rule_id(std::string_view id) {
    constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyz0123456789", rest = "._-";
    return !id.empty() && id.size() <= max_id && first.find(id.front()) != std::string_view::npos &&
           std::all_of(id.begin(), id.end(), [&](char c) {
               return first.find(c) != std::string_view::npos || rest.find(c) != std::string_view::npos;
           });
}

// Those of the floor and of salve itself.
bool is_reserved(std::string_view id) { return id.starts_with("floor.") || id.starts_with("policy."); }

std::string parse_id(const JsonView& view) {
    auto id = view.text();
    if (!is_rule_id(id))
        view.fail(fmt::format("{} is no rule id", base::quoted(base::cut(id, 80))),
                  "1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
    if (is_reserved(id))
        view.fail(fmt::format("{} is a reserved name", base::quoted(id)), "call the rule something else");
    return id;
}

Effect parse_effect(const JsonView& view) {
    const auto word = view.text();
    if (const auto effect = base::parse(effect_names, word)) return *effect;
    const std::array<std::string_view, 3> known{"allow", "require_approval", "deny"};
    const auto near = base::nearest(word, known);
    view.fail(fmt::format("unknown effect {}", base::quoted(base::cut(word, 80))),
              near ? fmt::format("did you mean \"{}\"?", *near) : "known: " + base::join(known, ", "));
}

Demands parse_demands(const JsonView& view) {
    view.only(std::array<std::string_view, 3>{"approvers", "typed", "ttl_s"});
    refuse_null(view);
    Demands demands;
    if (const auto approvers = view.find("approvers"))
        demands.approvers = static_cast<int>(approvers->integer(1, max_approvers));
    if (const auto typed = view.find("typed")) demands.typed = typed->boolean();
    if (const auto ttl = view.find("ttl_s")) demands.ttl_s = ttl->integer(min_ttl, max_ttl);
    return demands;
}

std::string parse_message(const JsonView& view) {
    auto message = view.text();
    if (message.size() > max_message) view.fail(fmt::format("longer than {} bytes", max_message));
    return message;
}

bool names_actions(const Condition& test) {
    const bool whole_words = test.op == Op::eq || test.op == Op::in || test.op == Op::not_in;
    return whole_words && (test.field->name == "action" || test.field->name == "enabled_actions");
}

void check_actions(const JsonView& when, const Condition& condition, std::span<const std::string_view> known) {
    each_condition(condition, [&](const Condition& test) {
        if (!test.field || !names_actions(test)) return;
        for (const auto& value : test.values) {
            const auto& id = std::get<std::string>(value);
            if (!is_action_id(id))
                when.fail(fmt::format("{} is no action id", base::quoted(id)), "such as \"rollout.undo\"");
            if (known.empty() || std::find(known.begin(), known.end(), id) != known.end()) continue;
            const auto near = base::nearest(id, known);
            when.fail(fmt::format("unknown action {}", base::quoted(id)),
                      near ? fmt::format("did you mean \"{}\"?", *near) : "known: " + base::join(known, ", "));
        }
    });
}

Rule parse_rule(const JsonView& view, std::span<const std::string_view> known_actions) {
    view.only(std::array<std::string_view, 5>{"id", "effect", "when", "requires", "message"});
    refuse_null(view);
    Rule rule;
    rule.id = parse_id(view.at("id"));
    rule.effect = parse_effect(view.at("effect"));
    const auto when = view.at("when");  // {} for always: an omission must not come to mean that
    rule.when = parse_condition(when);
    check_actions(when, rule.when, known_actions);
    if (const auto demands = view.find("requires")) {
        if (rule.effect != Effect::require_approval) demands->fail("only require_approval can require something");
        rule.demands = parse_demands(*demands);
    }
    if (const auto message = view.find("message")) rule.message = parse_message(*message);
    return rule;
}

void check_head(const JsonView& view) {
    view.only(std::array<std::string_view, 3>{"schema", "default", "rules"});
    refuse_null(view);
    const auto schema = view.at("schema");
    if (schema.text() != policy_schema)
        schema.fail(fmt::format("{} is not {}", base::quoted(base::cut(schema.text(), 80)), policy_schema));
    const auto otherwise = view.find("default");
    if (otherwise && otherwise->text() != "deny")
        otherwise->fail("what no rule allows can only be denied",
                        "write \"deny\", or a rule with `when: {}` at the end");
}

}  // namespace

bool is_action_id(std::string_view word) {
    if (word.size() > max_id || word.find('.') == std::string_view::npos) return false;
    char before = '.';
    for (const char c : word) {
        const bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
        if (before == '.' ? !letter : !letter && !digit && c != '-' && c != '.') return false;
        before = c;
    }
    return before != '.';
}

Policy parse_policy(const nlohmann::json& document, const std::string& file,
                    std::span<const std::string_view> known_actions) {
    const JsonView view(document, file);
    check_head(view);
    const auto rules = view.at("rules");
    const auto items = rules.items();
    if (items.size() > max_rules) rules.fail(fmt::format("more than {} rules", max_rules));
    Policy policy;
    policy.file = file;
    std::set<std::string> ids;
    for (const auto& item : items) {
        auto rule = parse_rule(item, known_actions);
        if (!ids.insert(rule.id).second) item.fail(fmt::format("the id {} stands there twice", base::quoted(rule.id)));
        policy.rules.push_back(std::move(rule));
    }
    return policy;
}

}  // namespace salve::policy
