// What a model was asked about a plan and what came of it, as records and reports tell it ("llm", SAFETY 1.6).
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "advise/advice.hpp"

namespace salve::audit {

struct ModelNote {
    std::string candidate;  // A1, A2, ... as the record numbers the plan's actions
    std::string action_id;
    diagnose::Subject target;
    std::string text;                   // what the model says; one line of visible text
    std::vector<std::string> evidence;  // "64265bb16218/E2": a finding, and its evidence as triage numbers it
};

struct ModelWarning {
    std::string code;
    std::vector<std::string> evidence;
};

struct ModelRun {
    bool used = false;       // an answer counts
    bool reordered = false;  // and the plan has the model's order
    bool abstained = false, unstable = false;
    std::optional<bool> actionable;    // nothing where no answer counts
    std::string fallback_reason;       // why none does; empty where one does
    std::vector<std::string> ranking;  // candidates
    std::vector<ModelNote> notes;
    std::vector<ModelWarning> warnings;
    std::vector<advise::Dropped> dropped;
    std::vector<advise::Asked> asked;
    std::size_t withheld = 0, left_out = 0;  // pieces of evidence that were not sent: for their text, for want of room
    std::uint64_t seed = 0;
    bool keep_prompt = false;  // the record holds what was sent, and what was answered
    std::string shadow_model;  // empty: none was asked
};

// `about` and `advice` belong together; the candidates are told by their place in `plan`.
ModelRun model_run(const advise::Case& about, const advise::Advice& advice, const plan::Plan& plan);

// "llm" of the record. The times are those of all questions together.
nlohmann::json model_fields(const ModelRun& run);

}  // namespace salve::audit
