#include "report/advisor_eval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "report/json_values.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

struct Share {
    std::size_t of_it = 0, of_all = 0;
    void add(const std::optional<bool>& one) {
        if (!one) return;
        ++of_all;
        if (*one) ++of_it;
    }
};

struct Totals {
    std::size_t asked = 0, counted = 0, abstained = 0, unstable = 0, warned = 0, not_actionable = 0;
    Share as_rules, as_truth;
    std::vector<std::int64_t> latencies;                    // sorted
    std::map<std::string, std::size_t> dropped, fallbacks;  // by reason
};

std::map<std::string, Totals> totals_of(const std::vector<EvaluatedCase>& cases) {
    std::map<std::string, Totals> by_model;
    for (const auto& one : cases) {
        auto& totals = by_model[one.model];
        ++totals.asked;
        totals.latencies.push_back(one.latency_us);
        for (const auto& dropped : one.dropped) ++totals.dropped[dropped.reason];
        if (!one.fallback.empty()) {
            ++totals.fallbacks[one.fallback];
            continue;
        }
        ++totals.counted;
        totals.abstained += one.abstained;
        totals.unstable += one.unstable;
        totals.warned += !one.warnings.empty();
        totals.not_actionable += !one.actionable;
        totals.as_rules.add(one.as_rules);
        totals.as_truth.add(one.as_truth);
    }
    for (auto& [unused, totals] : by_model) std::sort(totals.latencies.begin(), totals.latencies.end());
    return by_model;
}

std::int64_t middle(const Totals& totals) { return totals.latencies[totals.latencies.size() / 2]; }

std::string share_words(const Share& share) {
    return share.of_all == 0 ? "-" : fmt::format("{}/{}", share.of_it, share.of_all);
}

std::string seconds(std::int64_t us) { return fmt::format("{:.1f}s", static_cast<double>(us) / 1e6); }

std::string case_line(const EvaluatedCase& one) {
    if (!one.fallback.empty())
        return fmt::format("  {}: no answer that counts: {}\n", one.name, one_line(one.fallback));
    std::vector<std::string> words;
    if (one.abstained) words.emplace_back("abstains");
    if (one.unstable) words.emplace_back("unstable");
    if (!one.actionable) words.emplace_back("not actionable");
    if (one.as_rules == false) words.emplace_back("another first choice than the rules'");
    if (one.as_truth == false) words.emplace_back("its first choice treats what is not at fault");
    if (!one.warnings.empty()) words.push_back("warns: " + base::join(one.warnings, ", "));
    return fmt::format("  {}: {}\n", one.name, words.empty() ? "as the rules" : one_line(base::join(words, "; ")));
}

bool differs(const EvaluatedCase& one) {
    return !one.fallback.empty() || one.abstained || one.unstable || !one.actionable || one.as_rules == false ||
           one.as_truth == false || !one.warnings.empty();
}

void add_reasons(const char* title, const std::map<std::string, std::size_t>& reasons, std::string& lines) {
    if (reasons.empty()) return;
    lines += fmt::format("{}\n", title);
    for (const auto& [reason, count] : reasons) lines += fmt::format("  {:4} {}\n", count, one_line(reason));
}

Json share_json(const Share& share) { return {{"agree", share.of_it}, {"of", share.of_all}}; }

Json counts(const std::map<std::string, std::size_t>& reasons) {
    Json list = Json::array();
    for (const auto& [reason, count] : reasons) list.push_back({{"reason", text(reason)}, {"count", count}});
    return list;
}

Json totals_json(const std::string& model, const Totals& totals) {
    return {{"model", text(model)},
            {"cases", totals.asked},
            {"answers", totals.counted},
            {"as_rules", share_json(totals.as_rules)},
            {"as_truth", share_json(totals.as_truth)},
            {"unstable", totals.unstable},
            {"abstained", totals.abstained},
            {"not_actionable", totals.not_actionable},
            {"warned", totals.warned},
            {"latency_us", {{"median", middle(totals)}, {"greatest", totals.latencies.back()}}},
            {"dropped", counts(totals.dropped)},
            {"fallbacks", counts(totals.fallbacks)}};
}

Json case_json(const EvaluatedCase& one) {
    return {{"case", text(one.name)},
            {"model", text(one.model)},
            {"candidates", one.candidates},
            {"fallback_reason", text_or_null(one.fallback)},
            {"as_rules", or_null(one.as_rules)},
            {"as_truth", or_null(one.as_truth)},
            {"unstable", one.unstable},
            {"abstained", one.abstained},
            {"actionable", one.actionable},
            {"warnings", texts(one.warnings)},
            {"dropped", one.dropped.size()},
            {"latency_us", one.latency_us}};
}

}  // namespace

std::string advisor_eval_human(const std::vector<EvaluatedCase>& cases, bool detailed) {
    if (cases.empty()) return "No case has an action to choose.\n";
    auto lines = fmt::format("{:24} {:>6} {:>7} {:>9} {:>9} {:>8} {:>8} {:>6} {:>7} {:>7}\n", "MODEL", "CASES",
                             "ANSWERS", "AS RULES", "AS TRUTH", "UNSTABLE", "ABSTAINS", "WARNS", "MEDIAN", "MOST");
    for (const auto& [model, totals] : totals_of(cases)) {
        lines +=
            fmt::format("{:24} {:>6} {:>7} {:>9} {:>9} {:>8} {:>8} {:>6} {:>7} {:>7}\n", one_line(model), totals.asked,
                        totals.counted, share_words(totals.as_rules), share_words(totals.as_truth), totals.unstable,
                        totals.abstained, totals.warned, seconds(middle(totals)), seconds(totals.latencies.back()));
    }
    for (const auto& [model, totals] : totals_of(cases)) {
        lines += fmt::format("\n{}\n", one_line(model));
        add_reasons("no answer that counts:", totals.fallbacks, lines);
        add_reasons("dropped:", totals.dropped, lines);
        for (const auto& one : cases)
            if (one.model == model && (detailed || differs(one))) lines += case_line(one);
    }
    return lines;
}

std::string advisor_eval_json(const std::vector<EvaluatedCase>& cases) {
    Json models = Json::array();
    for (const auto& [model, totals] : totals_of(cases)) models.push_back(totals_json(model, totals));
    return Json{{"schema", "salve.advisor-eval/v1"}, {"models", models}, {"cases", list_of(cases, case_json)}}.dump(2) +
           "\n";
}

}  // namespace salve::report
