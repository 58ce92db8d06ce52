#include "report/runs_list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/record_words.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

using audit::Entry;
using audit::Summary;

std::size_t beyond_80(const Style& style) { return static_cast<std::size_t>(std::max(style.width, 80) - 80); }

// Without the spaces that fill the last column.
std::string line(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
}

// "2026-11-21 08:00:00".
std::string column_time(base::Time at) {
    auto words = time_words(at).substr(0, 19);
    words[10] = ' ';
    return words;
}

std::string runs_line(std::size_t more, std::string_view seq, std::string_view time, std::string_view kind,
                      std::string_view outcome, std::string_view ns, std::string_view what, std::string_view run) {
    const auto target = more - more / 3;
    return line(fmt::format("{:>5} {} {} {} {} {} {}", seq, cell(time, 19), cell(kind, 7), cell(outcome, 11),
                            cell(ns, 9 + more / 3), cell(what, 11 + target), cell(run, 12)));
}

std::string namespaces_cell(const Summary& summary) {
    if (summary.all_namespaces) return "all";
    std::vector<std::string> names;
    for (const auto& ns : summary.namespaces) names.push_back(one_line(ns));
    return base::join(names, ",");
}

// What the run was about: its targets, else its plan or the run before it, else that it found nothing.
std::string what_cell(const Summary& summary) {
    std::vector<std::string> names;
    for (const auto& target : summary.targets) names.push_back(target_words(target));
    if (names.size() > 1) return fmt::format("{} +{}", names[0], names.size() - 1);
    if (names.size() == 1) return names[0];
    if (!summary.plans.empty()) return "plan " + one_line(summary.plans[0]);
    if (!summary.parents.empty()) return "run " + one_line(summary.parents[0]);
    return summary.kind == "triage" && summary.status == "completed" ? "no findings" : "";
}

Json run_json(const Summary& summary) {
    Json targets = Json::array(), modes = Json::array(), steps = Json::object();
    for (const auto& target : summary.targets) targets.push_back(text(target.text()));
    for (const auto& [mode, count] : summary.modes) modes.push_back({{"mode", text(mode)}, {"count", count}});
    for (const auto& [outcome, name] : audit::step_outcome_names) steps[std::string(name)] = summary.of(outcome);
    return {{"seq", summary.seq},
            {"run", text(summary.run_id)},
            {"kind", text(summary.kind)},
            {"status", text(summary.status)},
            {"exit_code", or_null(summary.exit_code)},
            {"started_at", base::to_rfc3339(summary.started_at)},
            {"ended_at", time_or_null(summary.ended_at)},
            {"mono_us", or_null(summary.mono_us)},
            {"context", text_or_null(summary.context)},
            {"all_namespaces", summary.all_namespaces},
            {"namespaces", texts(summary.namespaces)},
            {"targets", targets},
            {"findings", counts_json(summary.findings)},
            {"modes", modes},
            {"steps", steps},
            {"plans", texts(summary.plans)},
            {"parents", texts(summary.parents)},
            {"initiator", text_or_null(summary.initiator)},
            {"os_user", text_or_null(summary.os_user)},
            {"host", text_or_null(summary.host)},
            {"ticket", text_or_null(summary.ticket)},
            {"reason", text_or_null(summary.reason)},
            {"file", text_or_null(summary.file)},
            {"sha256", text_or_null(summary.digest)}};
}

std::string entries_line(std::size_t more, std::string_view time, std::string_view action, std::string_view target,
                         std::string_view outcome, std::string_view id) {
    const auto first = more - more / 3;
    return line(fmt::format("{} {} {} {} {}", cell(time, 19), cell(action, 14), cell(target, 11 + first),
                            cell(outcome, 13), cell(id, 19 + more / 3)));
}

Json entry_json(const Entry& entry) {
    Json metadata = {{"planId", text_or_null(entry.plan_id)},
                     {"ordinal", entry.ordinal},
                     {"kind", text(entry.kind)},
                     {"verb", text_or_null(entry.verb)},
                     {"connectorId", text_or_null(entry.connector_id)},
                     {"error", entry.error.empty() ? Json(nullptr) : lines(entry.error)}};
    return {{"action", text(entry.action)},
            {"actorType", text(entry.actor_type)},
            {"actorId", text_or_null(entry.actor_id)},
            {"orgId", text_or_null(entry.org_id)},
            {"targetType", text(entry.target_type)},
            {"targetId", text(entry.target_id)},
            {"outcome", text(entry.outcome)},
            {"metadata", metadata}};
}

std::string element(std::size_t row, const Json& value) { return (row == 0 ? "\n" : ",\n") + value.dump(); }

}  // namespace

RunsList::RunsList(ListFormat format, const Style& style) : format_(format), more_(beyond_80(style)) {}

std::string RunsList::head() const {
    if (format_ == ListFormat::json) return "{\"schema\":\"salve.runs/v1\",\"runs\":[";
    return runs_line(more_, "SEQ", "TIME (UTC)", "KIND", "OUTCOME", "NAMESPACE", "TARGET", "RUN");
}

std::string RunsList::row(const Summary& summary) {
    const auto number = rows_++;
    if (format_ == ListFormat::json) return element(number, run_json(summary));
    return runs_line(more_, std::to_string(summary.seq), column_time(summary.started_at), one_line(summary.kind),
                     one_line(summary.status), namespaces_cell(summary), what_cell(summary), one_line(summary.run_id));
}

std::string RunsList::tail() const {
    if (format_ == ListFormat::json) return rows_ == 0 ? "]}\n" : "\n]}\n";
    return rows_ == 0 ? "no runs\n" : "";
}

EntriesList::EntriesList(ListFormat format, const Style& style) : format_(format), more_(beyond_80(style)) {}

std::string EntriesList::head() const {
    if (format_ == ListFormat::json) return "{\"schema\":\"salve.runs.entries/v1\",\"entries\":[";
    return entries_line(more_, "TIME (UTC)", "ACTION", "TARGET", "OUTCOME", "PLAN:STEP");
}

std::string EntriesList::row(const Entry& entry) {
    const auto number = rows_++;
    if (format_ == ListFormat::json) return element(number, entry_json(entry));
    return entries_line(more_, column_time(entry.at), one_line(entry.action), target_words(entry.target),
                        one_line(entry.outcome), one_line(entry.target_id));
}

std::string EntriesList::tail() const {
    if (format_ == ListFormat::json) return rows_ == 0 ? "]}\n" : "\n]}\n";
    return rows_ == 0 ? "no steps were sent\n" : "";
}

}  // namespace salve::report
