// The sentences about a plan that the formats share; one line of visible text each.
#pragma once
#include <string>
#include <vector>

#include "report/plan.hpp"

namespace salve::report {

// The annotation that tells which run made the change: it is in every patch, and said once.
bool is_mark(const plan::Change& change);
std::string plan_headline(const PlanView& view);
// "- \"nginx:1.25-typo\"" and "+ ..." for one change, under its path; long values are cut.
std::string value_words(const plan::json& value);
std::string blast_words(const plan::BlastRadius& blast);
std::string dry_run_words(const plan::Step& step);
std::string verify_words(const std::vector<plan::Check>& checks);
// The command with its standard input, as a person would type it.
std::string pasted(const std::vector<std::string>& command, const std::string& input);

}  // namespace salve::report
