#include "policy/cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.hpp"
#include "policy/floor.hpp"

namespace salve::policy {
namespace {

using base::JsonView;
using nlohmann::json;

constexpr std::size_t max_name = 256;

Effect parse_effect(const JsonView& view) {
    const auto effect = base::parse(effect_names, view.text());
    if (!effect)
        view.fail(fmt::format("unknown effect {}", base::quoted(base::cut(view.text(), 80))),
                  "known: allow, require_approval, deny");
    return *effect;
}

// One level below the groups: a label or a field of the case replaces the one of the defaults.
json put_over(json defaults, const json& own) {
    for (const auto& [key, value] : own.items()) {
        auto& place = defaults[key];
        if (place.is_object() && value.is_object())
            for (const auto& [inner, part] : value.items()) place[inner] = part;
        else
            place = value;
    }
    return defaults;
}

Case parse_case(const JsonView& view, const json& defaults) {
    view.only(std::array<std::string_view, 3>{"name", "input", "expect"});
    Case one;
    const auto name = view.at("name");
    one.name = name.text();
    if (one.name.empty() || one.name.size() > max_name) name.fail(fmt::format("must have 1 to {} bytes", max_name));
    const auto input = view.find("input");
    if (input) input->keys();  // must be an object
    const auto merged = input ? put_over(defaults, input->value()) : defaults;
    one.input = parse_input(JsonView(merged, view.where() + ".input"));
    const auto expect = view.at("expect");
    expect.only(std::array<std::string_view, 2>{"effect", "rule_id"});
    one.effect = parse_effect(expect.at("effect"));
    if (expect.value().contains("rule_id")) {
        const auto rule = expect.find("rule_id");
        one.rule_id = rule ? rule->text() : "";
    }
    return one;
}

}  // namespace

bool CaseResult::passed() const {
    return decision.effect == wanted && (!wanted_rule || *wanted_rule == decision.rule_id);
}

std::size_t CaseReport::failed() const {
    return static_cast<std::size_t>(
        std::count_if(results.begin(), results.end(), [](const CaseResult& result) { return !result.passed(); }));
}

bool CaseReport::covered() const {
    return std::all_of(uses.begin(), uses.end(), [](const RuleUse& use) { return use.covered(); });
}

std::vector<Case> parse_cases(const json& document, const std::string& file) {
    const JsonView view(document, file);
    view.only(std::array<std::string_view, 3>{"schema", "defaults", "cases"});
    const auto schema = view.at("schema");
    if (schema.text() != cases_schema)
        schema.fail(fmt::format("{} is not {}", base::quoted(base::cut(schema.text(), 80)), cases_schema));
    const auto defaults = view.find("defaults");
    if (defaults) parse_input(*defaults);  // a slip is told once, where it stands
    const auto list = view.at("cases");
    const auto items = list.items();
    if (items.empty()) list.fail("must not be empty");
    if (items.size() > max_cases) list.fail(fmt::format("more than {} cases", max_cases));
    std::vector<Case> cases;
    std::set<std::string> names;
    for (const auto& item : items) {
        cases.push_back(parse_case(item, defaults ? defaults->value() : json::object()));
        if (!names.insert(cases.back().name).second)
            item.fail(fmt::format("the name {} stands there twice", base::quoted(cases.back().name)));
    }
    return cases;
}

CaseReport run_cases(const Policy& policy, std::span<const Case> cases, std::span<const std::string_view> actions) {
    CaseReport report;
    report.policy_file = policy.file;
    for (const auto& rule : policy.rules)
        report.uses.push_back({rule.id, 0, 0, rule.when.op != Op::all || !rule.when.parts.empty()});
    for (const auto& one : cases) {
        auto decision = decide(policy, one.input, actions);
        for (const auto& outcome : decision.outcomes)
            for (auto& use : report.uses)
                if (use.id == outcome.id) ++(outcome.applies() ? use.applied : use.not_applied);
        report.results.push_back({one.name, one.effect, one.rule_id, std::move(decision)});
    }
    return report;
}

}  // namespace salve::policy
