// How a model judges cases whose answer the rules, and often the truth, are known for: so that somebody can tell what
// its order is worth before they trust it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "advise/advice.hpp"

namespace salve::report {

struct EvaluatedCase {
    std::string name, model;
    std::size_t candidates = 0;
    std::string fallback;  // why no answer counts; empty: one does
    bool abstained = false, unstable = false, actionable = true;
    std::optional<bool> as_rules;  // its first choice is that of the rules; nothing where there was no choice
    std::optional<bool>
        as_truth;  // its first choice treats what is known to be at fault; nothing where that is unknown
    std::vector<std::string> warnings;
    std::vector<advise::Dropped> dropped;
    std::int64_t latency_us = 0;  // of all questions about the case
};

// One line a model, then each case where it differs; `detailed`: every case.
std::string advisor_eval_human(const std::vector<EvaluatedCase>& cases, bool detailed);
std::string advisor_eval_json(const std::vector<EvaluatedCase>& cases);

}  // namespace salve::report
