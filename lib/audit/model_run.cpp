#include "audit/model_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audit/written.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

using written::digest_or_null;
using written::line;
using written::line_or_null;
using written::word;
using written::word_or_null;

constexpr std::size_t max_kept = 65'536;

json count_or_null(std::int64_t number) { return number < 0 ? json() : json(number); }

// The name by which the record of that plan knows each candidate of the case; empty for what is not in it.
std::vector<std::string> names_in(const advise::Case& about, const plan::Plan& plan) {
    std::vector<std::string> names;
    for (const auto& wanted : about.candidates) {
        const auto is = [&](const auto& one) {
            return one.action_id == wanted.action_id && one.target == wanted.target;
        };
        const auto step = std::find_if(plan.steps.begin(), plan.steps.end(), is);
        const auto other = std::find_if(plan.alternatives.begin(), plan.alternatives.end(), is);
        if (step != plan.steps.end())
            names.push_back(advise::candidate_name(static_cast<std::size_t>(step - plan.steps.begin())));
        else if (other != plan.alternatives.end())
            names.push_back(advise::candidate_name(plan.steps.size() +
                                                   static_cast<std::size_t>(other - plan.alternatives.begin())));
        else
            names.emplace_back();
    }
    return names;
}

std::vector<std::string> evidence_names(const advise::Case& about, const advise::Prompt& prompt,
                                        const std::vector<std::size_t>& list) {
    std::vector<std::string> names;
    for (const auto at : list) {
        const auto& one = prompt.evidence[at];
        names.push_back(fmt::format("{}/E{}", about.findings[one.finding]->id, one.number));
    }
    return names;
}

// Whatever was asked for, of every question; the digests of those after the first stand here too.
json options(const ModelRun& run) {
    json options{{"temperature", 0},
                 {"seed", run.seed},
                 {"think", false},
                 {"questions", run.asked.size()},
                 {"evidence_withheld", run.withheld},
                 {"evidence_left_out", run.left_out}};
    if (!run.shadow_model.empty()) options["shadow_model"] = word(run.shadow_model);
    for (std::size_t i = 1; i < run.asked.size(); ++i) {
        options[fmt::format("prompt_sha256.{}", i + 1)] = run.asked[i].prompt_sha256;
        options[fmt::format("response_sha256.{}", i + 1)] = digest_or_null(run.asked[i].response_sha256);
    }
    return options;
}

std::string warning_line(const ModelWarning& warning) {
    return warning.evidence.empty() ? warning.code
                                    : fmt::format("{} ({})", warning.code, base::join(warning.evidence, ", "));
}

// What was answered, where it was asked for to keep that.
json kept(const ModelRun& run, const std::string& text) {
    return run.keep_prompt && !text.empty() ? written::text(text, max_kept) : json();
}

json notes(const ModelRun& run) {
    auto list = json::array();
    for (const auto& one : run.notes) {
        auto evidence = json::array();
        for (const auto& id : one.evidence) evidence.push_back(word(id));
        list.push_back({{"candidate", word(one.candidate)}, {"text", line(one.text)}, {"evidence", evidence}});
    }
    return list;
}

}  // namespace

ModelRun model_run(const advise::Case& about, const advise::Advice& advice, const plan::Plan& plan) {
    ModelRun run;
    run.used = advice.counts();
    run.abstained = advice.abstained;
    run.unstable = advice.unstable;
    if (run.used) run.actionable = advice.actionable;
    run.fallback_reason = advice.fallback.value_or("");
    const auto names = names_in(about, plan);
    for (const auto at : advice.ranking)
        if (!names[at].empty()) run.ranking.push_back(names[at]);
    for (const auto& note : advice.notes) {
        const auto& about_it = about.candidates[note.candidate];
        run.notes.push_back({names[note.candidate], about_it.action_id, about_it.target, note.text,
                             evidence_names(about, advice.prompt, note.evidence)});
    }
    for (const auto& one : advice.warnings)
        run.warnings.push_back({std::string(base::word(advise::warning_names, one.code)),
                                evidence_names(about, advice.prompt, one.evidence)});
    run.dropped = advice.dropped;
    run.asked = advice.asked;
    run.seed = advice.prompt.seed;
    run.left_out = advice.prompt.left_out;
    run.withheld = static_cast<std::size_t>(std::count_if(advice.prompt.evidence.begin(), advice.prompt.evidence.end(),
                                                          [](const auto& one) { return one.withheld; }));
    return run;
}

json model_fields(const ModelRun& run) {
    const advise::Asked none, &first = run.asked.empty() ? none : run.asked.front();
    const auto& answer = first.answer;
    auto ranking = json::array(), warnings = json::array(), dropped = json::array();
    for (const auto& one : run.ranking) ranking.push_back(word(one));
    for (const auto& one : run.warnings) warnings.push_back(line(warning_line(one)));
    for (const auto& one : run.dropped) dropped.push_back({{"what", line(one.what)}, {"reason", line(one.reason)}});
    return {{"used", run.used},
            {"endpoint", line_or_null(answer.endpoint)},
            {"model", word_or_null(answer.model)},
            {"model_digest", word_or_null(answer.model_digest)},
            {"server_version", word_or_null(answer.server_version)},
            {"options", options(run)},
            {"prompt_sha256", digest_or_null(first.prompt_sha256)},
            // As it was sent, so that the digest can be checked: all of it is our own text or was made visible before.
            {"prompt", run.keep_prompt && !first.prompt.empty() ? json(base::cut(first.prompt, max_kept)) : json()},
            {"prompt_tokens", count_or_null(answer.prompt_tokens)},
            {"num_ctx", answer.num_ctx > 0 ? json(answer.num_ctx) : json()},
            {"response_sha256", digest_or_null(first.response_sha256)},
            {"response", kept(run, answer.content)},
            {"done_reason", word_or_null(answer.done_reason)},
            {"latency_us", advise::total(run.asked, &advise::Answer::latency_us)},
            {"load_us", advise::total(run.asked, &advise::Answer::load_us)},
            {"ranking", ranking},
            {"notes", notes(run)},
            {"warnings", warnings},
            {"actionable", run.actionable ? json(*run.actionable) : json()},
            {"dropped", dropped},
            {"unstable", run.unstable},
            {"fallback_reason", line_or_null(run.fallback_reason)}};
}

}  // namespace salve::audit
