// The sentences about a record that its views share: one line of visible text each (base::visible), not yet wrapped and
// not yet escaped for any markup. The json values are parts of a record (lib/audit/run.schema.json).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "audit/summary.hpp"

namespace salve::report {

using SeverityCounts = std::array<std::size_t, 5>;  // index: diagnose::Severity

// A text of the record as one visible line, and a time to the second; empty where there is none.
std::string field_line(const nlohmann::json& object, std::string_view key);
std::string field_time(const nlohmann::json& object, std::string_view key);

// "1 step", "2 steps".
std::string number_of(std::size_t n, std::string_view one, std::string_view many);

// "Deployment demo/web, container app".
std::string object_words(const nlohmann::json& object);
std::string object_words(const audit::ObjectName& object);

// "deploy/web": as a target is typed.
std::string target_words(const audit::ObjectName& object);

// "1 critical, 2 high"; "none".
std::string counts_words(const SeverityCounts& counts);
SeverityCounts severity_counts(const nlohmann::json& findings);

// "912us", "412ms", "12.3s", "4m2s".
std::string span_words(std::int64_t us);

// "exit code 1", "ended by signal 9", "timed out", "not started", "no answer".
std::string step_end_words(const nlohmann::json& step);

// The body of the request as JSON; empty where there is none.
std::string body_words(const nlohmann::json& step);

// "alice@host", and what else is known of who it was.
std::string actor_words(const nlohmann::json& record);

// "demo, shop; deploy/web", "all namespaces".
std::string scope_words(const nlohmann::json& scope);

// "exit code 0" or "no exit code".
std::string exit_words(const nlohmann::json& record);

// "pods in demo: forbidden: User ... cannot list", for a read that has not told what it was made for.
bool read_answered(const nlohmann::json& read);
std::string read_gap_words(const nlohmann::json& read);

// "rollout_complete: passed (wanted 2 of 2, saw 2 of 2; 6 samples in 60s)".
std::string check_words(const nlohmann::json& check);

// "approved plan 0123456789abcdef, steps 1, 2, by its digest, until ...: reason".
std::string approval_words(const nlohmann::json& approval);

// "step 1 of plan 0123456789abcdef: approved -> intent (reason)".
std::string transition_words(const nlohmann::json& transition);

// "run 0123456789ab (apply) was unknown; step 1: not applied (reason)".
std::string reconciliation_words(const nlohmann::json& reconciliation);

// "rollout.undo on Deployment demo/web: allow by rule prod: message" for each decision of the policy.
std::vector<std::string> decision_words(const nlohmann::json& record);

// "rollout.undo on Deployment demo/web (rank 1 by rule image-undo, risk medium)".
std::string candidate_words(const nlohmann::json& candidate);

}  // namespace salve::report
