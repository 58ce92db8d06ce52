#include "report/advisor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

std::string model_name(const audit::ModelRun& run) {
    const auto name = run.asked.empty() ? "" : run.asked.front().answer.model;
    return name.empty() ? "the model" : one_line(name);
}

std::string order_words(const audit::ModelRun& run) {
    if (run.abstained) return "it abstains: the rules' order stands";
    if (run.unstable) return "asked twice, it says two things: the rules' order stands";
    if (run.reordered) return "its order is used among actions of the same risk for the same object";
    if (run.ranking.empty()) return "the rules' order stands";
    return "its order changes nothing";
}

Json note_json(const audit::ModelNote& note) {
    return {{"candidate", text_or_null(note.candidate)},
            {"action_id", note.action_id},
            {"object", fmt::format("{} {}/{}", text(note.target.object.kind), text(note.target.object.ns),
                                   text(note.target.object.name))},
            {"text", text(note.text)},
            {"evidence", texts(note.evidence)}};
}

}  // namespace

std::string note_words(const audit::ModelNote& note) {
    return fmt::format("says: {} ({})", base::quoted(note.text), one_line(base::join(note.evidence, ", ")));
}

std::vector<std::string> advisor_words(const audit::ModelRun& run) {
    if (!run.used)
        return {fmt::format("Advisor {}: no answer that counts ({}); the rules' order stands.", model_name(run),
                            one_line(run.fallback_reason))};
    std::vector<std::string> lines{fmt::format("Advisor {}: {}.", model_name(run), order_words(run))};
    if (run.actionable == false)
        lines.emplace_back("NotActionable: the model would do nothing now. An approval takes the name, typed.");
    for (const auto& warning : run.warnings)
        lines.push_back(
            fmt::format("The model's warning: {}{}. An approval takes the name, typed.", warning.code,
                        warning.evidence.empty() ? "" : " (" + one_line(base::join(warning.evidence, ", ")) + ")"));
    if (!run.dropped.empty())
        lines.push_back(fmt::format("Of its answer {} {} left out (-o json tells why).", run.dropped.size(),
                                    run.dropped.size() == 1 ? "item was" : "items were"));
    return lines;
}

Json advisor_json(const audit::ModelRun& run) {
    const advise::Asked none, &first = run.asked.empty() ? none : run.asked.front();
    return {{"used", run.used},
            {"model", text_or_null(first.answer.model)},
            {"model_digest", text_or_null(first.answer.model_digest)},
            {"server_version", text_or_null(first.answer.server_version)},
            {"endpoint", text_or_null(first.answer.endpoint)},
            {"actionability", !run.actionable   ? Json()
                              : *run.actionable ? Json("Actionable")
                                                : Json("NotActionable")},
            {"abstained", run.abstained},
            {"unstable", run.unstable},
            {"order", run.reordered ? "model" : "rules"},
            {"ranking", texts(run.ranking)},
            {"notes", list_of(run.notes, note_json)},
            {"warnings", list_of(run.warnings,
                                 [](const audit::ModelWarning& one) {
                                     return Json{{"code", one.code}, {"evidence", texts(one.evidence)}};
                                 })},
            {"dropped", list_of(run.dropped,
                                [](const advise::Dropped& one) {
                                    return Json{{"what", text(one.what)}, {"reason", text(one.reason)}};
                                })},
            {"evidence_withheld", run.withheld},
            {"questions", run.asked.size()},
            {"latency_us", advise::total(run.asked, &advise::Answer::latency_us)},
            {"fallback_reason", text_or_null(run.fallback_reason)}};
}

}  // namespace salve::report
