// What lists, filters and statistics need of a record, so that a hundred thousand of them can pass by one at a time;
// and the audit entries of the steps that a run has sent.
#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "diagnose/select.hpp"

namespace salve::audit {

using base::Time;

// A record as it lies in the folder.
struct Sealed {
    const nlohmann::json* record = nullptr;  // never null where a function takes it
    std::string digest, file;                // sha256 of the file's bytes; its name without the folder
};

// An object of the cluster, by name only.
struct ObjectName {
    std::string kind, ns, name;  // ns is empty for what has none

    std::string text() const;  // "Deployment/demo/web", "Node//worker-1"
    auto operator<=>(const ObjectName&) const = default;
};
ObjectName object_name(const nlohmann::json& object);

// How a step ended (SAFETY 2.2). unknown: its effect; failed: it had none, and kubectl did not end well; not_applied:
// it had none. What was applied is verified only where a check passed and none failed.
enum class StepOutcome { verified, verify_failed, applied, not_applied, failed, unknown };
inline constexpr base::Names<StepOutcome, 6> step_outcome_names{{{StepOutcome::verified, "verified"},
                                                                 {StepOutcome::verify_failed, "verify_failed"},
                                                                 {StepOutcome::applied, "applied"},
                                                                 {StepOutcome::not_applied, "not_applied"},
                                                                 {StepOutcome::failed, "failed"},
                                                                 {StepOutcome::unknown, "unknown"}}};
StepOutcome step_outcome(const nlohmann::json& record, const nlohmann::json& step);

// All text is as the record has it: whoever prints it escapes it.
struct Summary {
    std::int64_t seq = 0;
    std::string digest, file, run_id, kind, status;
    std::optional<std::int64_t> exit_code;
    Time started_at;
    std::optional<Time> ended_at;
    std::optional<std::int64_t> mono_us;
    bool all_namespaces = false;
    std::vector<std::string> namespaces;            // of the scope, and of what steps, plan and findings name; sorted
    std::vector<ObjectName> targets;                // of the steps, else of the plan, else the roots of the findings
    std::array<std::size_t, 5> findings{};          // index: diagnose::Severity
    std::map<std::string, std::size_t> modes;       // failure mode -> findings
    std::array<std::size_t, 6> steps{};             // index: StepOutcome
    std::vector<std::string> plans;                 // plan_ids that it made, decided on or ran
    std::vector<std::string> parents;               // run ids
    std::string initiator, os_user, host, context;  // empty: not known
    std::string ticket, reason;                     // empty: none given
    std::size_t of(diagnose::Severity severity) const { return findings[static_cast<std::size_t>(severity)]; }
    std::size_t of(StepOutcome outcome) const { return steps[static_cast<std::size_t>(outcome)]; }
};

Summary summarize(const nlohmann::json& record, std::string digest, std::string file);

// "alice@host": as much of it as is known.
std::string actor(std::string_view os_user, std::string_view host);

// The first 16 hex of a plan's digest, as people name a plan.
std::string plan_id(std::string_view plan_sha256);

// The words of the schema.
inline constexpr std::array<std::string_view, 9> run_kinds{"triage", "plan",   "approve", "reject", "snooze",
                                                           "apply",  "verify", "rescue",  "recover"};
inline constexpr std::array<std::string_view, 11> run_statuses{"completed", "denied",    "rejected", "expired",
                                                               "stale",     "failed",    "halted",   "interrupted",
                                                               "unknown",   "abandoned", "recovered"};

// Every field that is not empty must match; of a list, one element. since and until are about the start of the run:
// since is included, until is not. A run over all namespaces is one of a namespace only when something in it is named.
struct Filter {
    std::optional<Time> since{}, until{};
    std::vector<std::string> kinds{}, outcomes{}, namespaces{};
    std::vector<diagnose::Target> targets{};  // diagnose::parse_target("deploy/web")
    std::vector<std::string> types{};         // diagnose::parse_kind("deploy")
    std::optional<std::string> ticket{};
};

// base::Error(usage) for a kind or an outcome that no run can have: else it would silently match nothing.
void check(const Filter& filter);

bool matches(const Summary& summary, const Filter& filter);

// One executed step, with the fields of S3.58; at, seq and run_id only say where it comes from.
struct Entry {
    std::string action, actor_type, actor_id, org_id, target_type, target_id, outcome;
    std::string plan_id;  // empty: the step names no plan, and target_id has the run's id instead
    std::int64_t ordinal = 0;
    std::string kind, verb, connector_id, error;  // kind of the step: "kubectl"; error is empty for what went well
    ObjectName target;
    Time at;  // of the intent, which was on the disk before anything was sent
    std::int64_t seq = 0;
    std::string run_id;
};
std::vector<Entry> entries(const nlohmann::json& record);

}  // namespace salve::audit
