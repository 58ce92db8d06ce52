// What a model said, reduced to what it may do (SAFETY 6.4, 5 to 8): order what is interchangeable, say something,
// warn.
#pragma once
#include <string>
#include <vector>

#include "advise/check.hpp"
#include "plan/plan.hpp"

namespace salve::advise {

// One question and what came back, for the record.
struct Asked {
    std::string prompt, prompt_sha256;
    Answer answer;
    std::string response_sha256;  // empty: nothing came back
};

// Of all questions together; what was not told counts nothing.
std::int64_t total(const std::vector<Asked>& asked, std::int64_t Answer::*time);

struct Advice {
    // Why nothing of the answer counts, in plain words: then the order of the rules stands and no warning of the model
    // is there. Nothing where the answer counts.
    std::optional<std::string> fallback;
    bool abstained = false;            // a valid answer, and no effect
    bool unstable = false;             // asked twice, it preferred two things, or contradicted itself on whether to act
    bool actionable = true;            // false: the model would do nothing now
    std::vector<std::size_t> ranking;  // as the model has it, candidates of the case; empty where it does not count
    std::vector<CheckedNote> notes;
    std::vector<CheckedWarning> warnings;  // the model's, and suspected_injection where something was withheld
    std::vector<Dropped> dropped;
    std::vector<Asked> asked;  // in the order of asking; the first is the one whose notes count
    Prompt prompt;             // what the indices above are about

    bool counts() const { return !fallback.has_value(); }
    // The order may be used: it was given, twice the same, and nobody tried to talk the model into it.
    bool ranks() const { return counts() && !abstained && !unstable && !ranking.empty() && !prompt.suspicious(); }
    // The words of the warnings, each once, sorted.
    std::vector<std::string> warning_words() const;
};

struct ConsultOptions {
    PromptOptions prompt;
    Advisor* shadow = nullptr;  // asked whether a text speaks to a model; an error of it counts as yes
};

// Asks, and where there are two candidates or more asks again with them the other way round. With no candidate nothing
// is asked and the advice falls back. Never throws for anything that a model answers.
Advice consult(const Case& about, Advisor& model, const ConsultOptions& options);

// The order of the candidates by that advice: a permutation of their indices in which a candidate moves only among
// those that are interchangeable with it. Without an order of the model's: the rules' own.
std::vector<std::size_t> order_of(const Case& about, const Advice& advice);

// The same as the planner takes it; empty where it is the rules' own.
plan::Order plan_order(const Case& about, const Advice& advice);

}  // namespace salve::advise
