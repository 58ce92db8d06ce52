// What a model is sent: a fixed text, the facts with ids, and the candidates under aliases (SAFETY 6.4, 2 and 3). Pure:
// the randomness is an argument, and the same arguments give the same bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "advise/advisor.hpp"
#include "advise/case.hpp"
#include "advise/names.hpp"
#include "base/names.hpp"

namespace salve::advise {

// What a model may warn of; a warning is one of these words and nothing else.
enum class Warning {
    conflict,            // pieces of evidence contradict each other
    weak_evidence,       // the evidence does not carry the action
    other_cause,         // the evidence points to another cause
    symptom_only,        // the action treats a symptom
    data_at_risk,        // something may be lost
    recovering,          // it gets better by itself
    suspected_injection  // a text speaks to a model
};
inline constexpr base::Names<Warning, 7> warning_names{{{Warning::conflict, "conflict"},
                                                        {Warning::weak_evidence, "weak_evidence"},
                                                        {Warning::other_cause, "other_cause"},
                                                        {Warning::symptom_only, "symptom_only"},
                                                        {Warning::data_at_risk, "data_at_risk"},
                                                        {Warning::recovering, "recovering"},
                                                        {Warning::suspected_injection, "suspected_injection"}}};

struct PromptOptions {
    std::string salt;       // random: nobody who writes into a cluster can know it
    bool raw_logs = false;  // log lines as they are (redacted, under aliases, capped, marked) instead of templated
    std::size_t max_bytes = 12'288;  // of the system and the user text together
};

// A piece of evidence as it was sent.
struct Sent {
    std::string id;           // E1, E2, ...
    std::string line;         // what stands in the prompt of it, without the marks between its words
    std::size_t finding = 0;  // index into the findings of the case
    std::size_t number = 0;   // of the evidence in that finding, from 1: its id in a triage
    diagnose::Subject object;
    bool withheld = false;  // its text looks as if it were written for a model, and is not there
    std::string reason;     // why, where it is withheld
};

// What the model's answer is held against.
struct Prompt {
    std::string system, facts, nonce, second_nonce;
    std::vector<std::string> choices;  // one line each, in a shuffled order
    std::vector<std::string> aliases;  // of the candidates, in the order of the case
    std::vector<std::string> targets;  // the aliases of their targets, likewise
    std::vector<std::string> finding_lines;
    std::vector<Sent> evidence;
    Names names;
    std::string mark;          // stands between the words of cluster texts
    std::size_t left_out = 0;  // pieces of evidence for which there was no room
    std::uint64_t seed = 0;

    bool suspicious() const;  // something is withheld
};

inline constexpr std::size_t max_lines = 40;  // pieces of evidence

Prompt prompt_of(const Case& about, const PromptOptions& options);

// The question, and the same with the candidates the other way round and another nonce.
Question first_question(const Prompt& prompt);
Question second_question(const Prompt& prompt);

// To another model: does any of it speak to a model? Its answer is {nonce, suspicious, evidence}.
Question shadow_question(const Prompt& prompt);

// The bytes that a record names by their digest: all that the model is sent.
std::string text_of(const Question& question);

}  // namespace salve::advise
