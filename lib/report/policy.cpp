#include "report/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/words.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using policy::Decision;
using policy::Effect;
using policy::Match;
using policy::Outcome;

Json demands_json(const std::optional<policy::Demands>& demands) {
    if (!demands) return nullptr;
    return {{"approvers", demands->approvers}, {"typed", demands->typed}, {"ttl_s", or_null(demands->ttl_s)}};
}

Json decision_json(const Decision& decision) {
    return {{"effect", base::word(policy::effect_names, decision.effect)},
            {"rule_id", text_or_null(decision.rule_id)},
            {"message", text(decision.message)},
            {"matched", texts(decision.matched)},
            {"requires", demands_json(decision.demands)},
            {"words", texts(policy::decision_words(decision))}};
}

// Labels and names are the cluster's: as all text here, they are made visible.
Json shown(const nlohmann::json& value) {
    if (value.is_string()) return text(value.get<std::string>());
    if (!value.is_structured()) return value;
    Json copy = value.is_array() ? Json::array() : Json::object();
    for (const auto& [key, part] : value.items())
        value.is_array() ? copy.push_back(shown(part)) : static_cast<void>(copy[base::visible(key)] = shown(part));
    return copy;
}

Json outcome_json(const Outcome& outcome) {
    Json checks = Json::array();
    for (const auto& check : outcome.decided_by)
        checks.push_back({{"condition", text(check.condition)},
                          {"value", text(check.value)},
                          {"match", base::word(policy::match_names, check.match)},
                          {"words", text(check.words)}});
    return {{"id", text(outcome.id)},
            {"effect", base::word(policy::effect_names, outcome.effect)},
            {"match", base::word(policy::match_names, outcome.match)},
            {"applies", outcome.applies()},
            {"message", text_or_null(outcome.message)},
            {"decided_by", checks}};
}

template <typename StepJson>
std::string document(const char* schema, std::span<const JudgedStep> steps, StepJson step_json) {
    Json list = Json::array();
    for (const auto& step : steps) list.push_back(step_json(step));
    const Json whole = {{"schema", schema}, {"steps", list}};
    return whole.dump(2) + "\n";
}

std::string_view colour_of(Effect effect) {
    if (effect == Effect::allow) return "32";
    return effect == Effect::deny ? "31" : "33";
}

// A condition that is unknown counts for a rule that restricts, and the reader is told why.
std::string match_words(const Outcome& outcome) {
    if (outcome.match == Match::yes) return "matched";
    if (outcome.match == Match::no) return "did not match";
    return outcome.applies() ? "counts, for want of knowing" : "did not match, for want of knowing";
}

void verdict(Page& page, const JudgedStep& step) {
    page.paragraph(one_line(step.title), "", "  ");
    const auto words = policy::decision_words(step.decision);
    page.paragraph(words.front(), "  ", "    ", colour_of(step.decision.effect));
    for (std::size_t i = 1; i < words.size(); ++i) page.paragraph(words[i], "    ", "      ");
}

void rule(Page& page, const Outcome& outcome) {
    page.paragraph(
        fmt::format("{} ({}): {}", outcome.id, base::word(policy::effect_names, outcome.effect), match_words(outcome)),
        "  ", "      ");
    for (const auto& check : outcome.decided_by) {
        page.labelled(4, "test:", check.condition);
        page.labelled(4, "value:", check.value);
    }
    if (outcome.decided_by.empty()) page.paragraph("it has no condition", "    ", "      ");
}

bool is_shown(const Outcome& outcome, const Style& style) {
    return style.verbosity > 0 || outcome.applies() || !outcome.id.starts_with("floor.");
}

}  // namespace

std::string policy_check_human(std::span<const JudgedStep> steps, const Style& style) {
    Page page(style);
    for (const auto& step : steps) {
        page.blank();
        verdict(page, step);
    }
    return page.take();
}

std::string policy_check_json(std::span<const JudgedStep> steps) {
    return document("salve.policy.check/v1", steps, [](const JudgedStep& step) {
        return Json{{"title", text(step.title)}, {"verdict", decision_json(step.decision)}};
    });
}

std::string policy_explain_human(std::span<const JudgedStep> steps, const Style& style) {
    Page page(style, 7);
    for (const auto& step : steps) {
        page.blank();
        page.paragraph(one_line(step.title), "", "  ");
        page.paragraph(policy::decision_words(step.decision).front(), "  ", "    ", colour_of(step.decision.effect));
        page.blank();
        std::size_t left_out = 0;
        for (const auto& outcome : step.decision.outcomes)
            is_shown(outcome, style) ? rule(page, outcome) : static_cast<void>(++left_out);
        if (left_out > 0)
            page.paragraph(fmt::format("and {} rules of the floor that did not match (-v shows them)", left_out), "  ",
                           "    ");
    }
    return page.take();
}

std::string policy_explain_json(std::span<const JudgedStep> steps) {
    return document("salve.policy.explain/v1", steps, [](const JudgedStep& step) {
        Json rules = Json::array();
        for (const auto& outcome : step.decision.outcomes) rules.push_back(outcome_json(outcome));
        return Json{{"title", text(step.title)},
                    {"verdict", decision_json(step.decision)},
                    {"input", shown(policy::input_json(step.input))},
                    {"rules", rules}};
    });
}

}  // namespace salve::report
