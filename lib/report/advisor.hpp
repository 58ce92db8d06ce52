// What a model said of a plan, for people and for programs. Its words are always told as its own.
#pragma once
#include <string>
#include <vector>

#include "audit/model_run.hpp"
#include "report/json_values.hpp"

namespace salve::report {

// One paragraph each, visible: whether its answer counts, what came of it, and its warnings.
std::vector<std::string> advisor_words(const audit::ModelRun& run);

// "says: ..." with the evidence that it cites.
std::string note_words(const audit::ModelNote& note);

// "advisor" of plan -o json; every key always present.
Json advisor_json(const audit::ModelRun& run);

}  // namespace salve::report
