// What is said of a policy: its flaws, and how its cases went.
#include <fmt/format.h>

#include <algorithm>

#include "policy/words.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/policy.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using policy::CaseReport;
using policy::CaseResult;
using policy::RuleUse;

std::string count_words(std::size_t n, std::string_view what) {
    return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

std::string wanted_words(const CaseResult& result) {
    auto words = std::string(policy::effect_words(result.wanted));
    if (!result.wanted_rule) return words;
    return words + (result.wanted_rule->empty() ? ", by no rule" : ", by " + one_line(*result.wanted_rule));
}

std::string use_words(const RuleUse& use) {
    return fmt::format("{}: {}", use.id,
                       use.applied == 0 ? "no case that it applies to" : "no case that it does not apply to");
}

Json use_json(const RuleUse& use) {
    return {
        {"id", text(use.id)}, {"applied", use.applied}, {"not_applied", use.not_applied}, {"covered", use.covered()}};
}

}  // namespace

std::string policy_lint_human(const std::string& file, std::size_t rules, std::span<const policy::Issue> issues,
                              const Style& style) {
    Page page(style);
    page.paragraph(fmt::format("{}: {}, {}", one_line(file), count_words(rules, "rule"),
                               issues.empty() ? "nothing wrong" : count_words(issues.size(), "issue")),
                   "", "  ");
    for (const auto& issue : issues) {
        auto flaw = std::string(base::word(policy::flaw_names, issue.flaw));
        std::replace(flaw.begin(), flaw.end(), '_', ' ');
        const auto where = issue.rule_id.empty() ? flaw : fmt::format("{}: {}", issue.rule_id, flaw);
        page.paragraph(fmt::format("{}: {}", where, issue.words), "  ", "      ");
    }
    return page.take();
}

std::string policy_lint_json(const std::string& file, std::size_t rules, std::span<const policy::Issue> issues) {
    Json list = Json::array();
    for (const auto& issue : issues)
        list.push_back({{"rule_id", text_or_null(issue.rule_id)},
                        {"flaw", base::word(policy::flaw_names, issue.flaw)},
                        {"words", text(issue.words)}});
    const Json whole = {{"schema", "salve.policy.lint/v1"}, {"file", text(file)}, {"rules", rules}, {"issues", list}};
    return whole.dump(2) + "\n";
}

std::string policy_test_human(const CaseReport& report, bool coverage, const Style& style) {
    Page page(style);
    for (const auto& result : report.results) {
        if (result.passed()) continue;
        page.paragraph(fmt::format("FAIL {}", one_line(result.name)), "", "     ", "31");
        page.paragraph(fmt::format("expected: {}", wanted_words(result)), "  ", "    ");
        for (const auto& line : policy::decision_words(result.decision)) page.paragraph(line, "  ", "    ");
    }
    if (coverage)
        for (const auto& use : report.uses)
            if (!use.covered()) page.paragraph("not covered: " + use_words(use), "", "  ");
    page.paragraph(fmt::format("{}: {} passed, {} failed{}", one_line(report.cases_file),
                               report.results.size() - report.failed(), report.failed(),
                               !coverage          ? ""
                               : report.covered() ? "; every rule is covered"
                                                  : "; not every rule is covered"),
                   "", "  ");
    return page.take();
}

std::string policy_test_json(const CaseReport& report, bool coverage) {
    Json cases = Json::array(), uses = Json::array();
    for (const auto& result : report.results) {
        const Json expected = {{"effect", base::word(policy::effect_names, result.wanted)},
                               {"rule_id", or_null(result.wanted_rule)}};
        cases.push_back({{"name", text(result.name)},
                         {"passed", result.passed()},
                         {"expected", expected},
                         {"effect", base::word(policy::effect_names, result.decision.effect)},
                         {"rule_id", text_or_null(result.decision.rule_id)},
                         {"words", texts(policy::decision_words(result.decision))}});
    }
    for (const auto& use : report.uses) uses.push_back(use_json(use));
    const Json whole = {{"schema", "salve.policy.test/v1"},
                        {"policy", text(report.policy_file)},
                        {"file", text(report.cases_file)},
                        {"passed", report.results.size() - report.failed()},
                        {"failed", report.failed()},
                        {"cases", cases},
                        {"coverage", coverage ? uses : Json(nullptr)}};
    return whole.dump(2) + "\n";
}

}  // namespace salve::report
