#include "report/apply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/plan_words.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using apply::CheckResult;
using apply::End;
using apply::Outcome;
using apply::StepResult;

std::string target_words(const plan::Step& step) {
    const auto& target = step.target.object;
    return fmt::format("{} {}/{}", target.kind, name_words(target.ns), name_words(target.name));
}

// What the outcome means, in a sentence.
std::string_view outcome_words(Outcome outcome) {
    switch (outcome) {
        case Outcome::fixed:
            return "Fixed: what was wrong is gone, and every check passed.";
        case Outcome::improved:
            return "Improved, but not all that it was for is gone.";
        case Outcome::unchanged:
            return "Changed, and it did not help.";
        case Outcome::worse:
            return "Changed, and it is worse than before.";
        case Outcome::reverted_by_other:
            return "Changed, and somebody else put it back.";
        case Outcome::unknown:
            return "What came of it is not known.";
        case Outcome::failed:
            return "Not done: the step failed.";
        case Outcome::denied:
            return "Not done: it was not approved.";
        case Outcome::stale:
            return "Not done: the plan is not for what is there now.";
        case Outcome::expired:
            return "Not done: the plan is over.";
    }
    return "";
}

std::string effect_words(const StepResult& result) {
    if (!result.sent) return "not sent";
    switch (result.sent->effect) {
        case apply::Effect::applied:
            return "applied";
        case apply::Effect::not_applied:
            return "not applied";
        case apply::Effect::unknown:
            break;
    }
    return "unknown";
}

std::string_view sign(std::optional<bool> passed) { return !passed ? "?" : *passed ? "✓" : "✗"; }

std::string permille(std::optional<int> value) {
    return value ? fmt::format("{}%", *value / 10) : std::string("not known");
}

// "2 resolved, 0 remaining, 1 new" (S4.32).
std::string count_words(const apply::Comparison& findings) {
    return fmt::format("{} resolved, {} remaining, {} new", findings.resolved.size(), findings.remaining.size(),
                       findings.fresh.size());
}

bool was_changed(const ApplyView& view) {
    return std::any_of(view.applied.steps.begin(), view.applied.steps.end(),
                       [](const StepResult& one) { return one.sent && one.sent->effect == apply::Effect::applied; });
}

std::string headline(const ApplyView& view) {
    const auto outcome = view.judgement.outcome;
    if (view.undoing && outcome == Outcome::fixed) return "Taken back: the fields are what they were.";
    // Its effect is known; only what it was good for is not.
    if (outcome == Outcome::unknown && was_changed(view) && view.applied.end != End::unknown)
        return "Changed; the cluster was not read again afterwards, so whether it helped is not shown.";
    return std::string(outcome_words(outcome));
}

void print_step(Page& page, const StepResult& result) {
    page.blank();
    const bool well = result.end == End::verified;
    page.paragraph(fmt::format("{}. {} on {}: {}", result.step.ordinal, result.step.action_id,
                               target_words(result.step), effect_words(result)),
                   well ? "✓ " : "✗ ", "  ");
    if (!well && !result.reason.empty()) page.labelled(2, "why:", one_line(result.reason));
    for (const auto& check : result.checks) {
        const auto looks = check.samples > 0
                               ? fmt::format(" ({} look{} in {})", check.samples, check.samples == 1 ? "" : "s",
                                             base::to_words({check.window_ms * 1000}))
                               : "";
        page.labelled(2, check.check == result.checks.front().check ? "checks:" : "",
                      fmt::format("{} {}: {}{}", sign(check.passed), check.check, one_line(check.observed), looks));
    }
    if (result.sent && result.sent->effect != apply::Effect::applied && !result.sent->err.excerpt.empty())
        for (const auto line : base::split_lines(result.sent->err.excerpt))
            if (!line.empty()) page.labelled(2, "kubectl:", one_line(line));
}

Json effectiveness_json(const apply::Effectiveness& one) {
    return {{"score_permille", or_null(one.score)},
            {"health_permille", or_null(one.health)},
            {"findings_permille", or_null(one.findings)},
            {"spec_permille", or_null(one.spec)},
            {"metrics", nullptr}};
}

Json check_json(const CheckResult& one) {
    return {{"check", one.check},
            {"expected", text_or_null(one.expected)},
            {"observed", text_or_null(one.observed)},
            {"passed", or_null(one.passed)},
            {"samples", one.samples},
            {"window_ms", one.window_ms},
            {"at", base::to_rfc3339(one.at)}};
}

Json step_json(const StepResult& result) {
    Json checks = Json::array();
    for (const auto& one : result.checks) checks.push_back(check_json(one));
    const auto& sent = result.sent;
    const auto& target = result.step.target.object;
    return {{"ordinal", result.step.ordinal},
            {"action_id", result.step.action_id},
            {"target",
             {{"api_version", text_or_null(target.api_version)},
              {"kind", text(target.kind)},
              {"namespace", text_or_null(target.ns)},
              {"name", text(target.name)},
              {"uid", text_or_null(target.uid)}}},
            {"effect", sent ? Json(base::word(apply::effect_names, sent->effect)) : Json("not_applied")},
            {"end", base::word(apply::end_names, result.end)},
            {"reason", text_or_null(result.reason)},
            {"command", result.step.command},
            {"executed_at", sent ? Json(base::to_rfc3339(sent->started_at)) : Json(nullptr)},
            {"rc", sent ? or_null(sent->rc) : Json(nullptr)},
            {"error", sent ? text_or_null(sent->err.excerpt) : Json(nullptr)},
            {"verification", checks}};
}

}  // namespace

std::string step_title(const plan::Step& step, std::size_t of) {
    return fmt::format("{}/{} {} on {}", step.ordinal, of, step.action_id, target_words(step));
}

std::string apply_human(const ApplyView& view, const Style& style) {
    Page page(style, 10);
    page.paragraph(fmt::format("Plan {}: {}", view.plan, headline(view)), "", "");
    if (!view.refused.empty()) page.labelled(2, "why:", one_line(view.refused));
    if (!view.hint.empty()) page.labelled(2, "next:", one_line(view.hint));
    for (const auto& step : view.applied.steps) print_step(page, step);
    if (was_changed(view)) {
        const auto& judged = view.judgement;
        page.blank();
        page.labelled(0, "findings:", count_words(judged.findings));
        for (const auto& line : view.fresh) page.labelled(2, "new:", one_line(line));
        if (judged.ready_before && judged.ready_after)
            page.labelled(0,
                          "pods:", fmt::format("{} ready before, {} now", *judged.ready_before, *judged.ready_after));
        if (!view.undoing)
            page.labelled(0, "effect:",
                          fmt::format("{} (health {}, findings {}, fields {})", permille(judged.effectiveness.score),
                                      permille(judged.effectiveness.health), permille(judged.effectiveness.findings),
                                      permille(judged.effectiveness.spec)));
        if (!view.undo.empty()) {
            page.labelled(0, "way back:", base::shell_line(view.undo));
        }
    }
    if (!view.record_path.empty() && !style.quiet) {
        page.blank();
        page.unbroken(0, "record: " + one_line(view.record_path));
    }
    return page.take();
}

std::string apply_json(const ApplyView& view) {
    Json steps = Json::array();
    for (const auto& one : view.applied.steps) steps.push_back(step_json(one));
    const auto& findings = view.judgement.findings;
    Json document = {
        {"schema", "salve.apply/v1"},
        {"plan", text_or_null(view.plan)},
        {"run", text_or_null(view.run)},
        {"outcome", base::word(apply::outcome_names, view.judgement.outcome)},
        {"reason", text_or_null(view.refused)},
        {"steps", steps},
        {"findings", {{"resolved", findings.resolved}, {"remaining", findings.remaining}, {"new", findings.fresh}}},
        {"ready", {{"before", or_null(view.judgement.ready_before)}, {"after", or_null(view.judgement.ready_after)}}},
        {"effectiveness", effectiveness_json(view.judgement.effectiveness)},
        {"undo", view.undo.empty() ? Json(nullptr) : Json(base::shell_line(view.undo))}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace salve::report
