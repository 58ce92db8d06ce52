#include "audit/model_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

constexpr std::size_t max_word = 256, max_line = 4096, max_kept = 65'536;

json word(std::string_view text) { return base::cut(base::visible(text), max_word); }
json word_or_null(std::string_view text) { return text.empty() ? json() : word(text); }
json line(std::string_view text) { return base::cut(base::visible(text), max_line); }
json count_or_null(std::int64_t number) { return number < 0 ? json() : json(number); }
json digest_or_null(const std::string& digest) { return digest.empty() ? json() : json(digest); }

// The name by which the record of that plan knows each candidate of the case; empty for what is not in it.
std::vector<std::string> names_in(const advise::Case& about, const plan::Plan& plan) {
    std::vector<std::string> names;
    const auto is = [](const auto& one, const advise::Candidate& wanted) {
        return one.action_id == wanted.action_id && one.target == wanted.target;
    };
    for (const auto& wanted : about.candidates) {
        std::size_t at = 0;
        const auto seen = [&](const auto& one) { return ++at, is(one, wanted); };
        const bool found = std::any_of(plan.steps.begin(), plan.steps.end(), seen) ||
                           std::any_of(plan.alternatives.begin(), plan.alternatives.end(), seen);
        names.push_back(found ? advise::candidate_name(at - 1) : "");
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

std::int64_t sum(const ModelRun& run, std::int64_t advise::Answer::*time) {
    std::int64_t total = 0;
    for (const auto& one : run.asked) total += std::max<std::int64_t>(0, one.answer.*time);
    return total;
}

// What was answered, where it was asked for to keep that.
json kept(const ModelRun& run, const std::string& text) {
    return run.keep_prompt && !text.empty() ? json(base::cut(base::visible(text), max_kept)) : json();
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
            {"endpoint", answer.endpoint.empty() ? json() : line(answer.endpoint)},
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
            {"latency_us", sum(run, &advise::Answer::latency_us)},
            {"load_us", sum(run, &advise::Answer::load_us)},
            {"ranking", ranking},
            {"notes", notes(run)},
            {"warnings", warnings},
            {"actionable", run.actionable ? json(*run.actionable) : json()},
            {"dropped", dropped},
            {"unstable", run.unstable},
            {"fallback_reason", run.fallback_reason.empty() ? json() : line(run.fallback_reason)}};
}

}  // namespace salve::audit
