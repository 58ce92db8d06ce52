// What `salve doctor` says: facts in, one line a check out. Nothing here looks at the world; lib/io/doctor.hpp gathers
// the facts.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/names.hpp"
#include "report/doctor_facts.hpp"
#include "report/format.hpp"

namespace salve::report::doctor {

enum class State { ok, warning, failure, skipped };
inline constexpr base::Names<State, 4> state_names{
    {{State::ok, "ok"}, {State::warning, "warning"}, {State::failure, "failure"}, {State::skipped, "skipped"}}};

struct Check {
    std::string name;
    State state = State::ok;
    std::string detail;  // not escaped: the writers do that
    std::string mend;    // a command for a shell, visible; empty where nothing is to be mended
    base::ErrorKind kind = base::ErrorKind::internal;  // of a failure: what salve cannot do until it is mended
};

inline Check ok(std::string name, std::string detail) {
    return {std::move(name), State::ok, std::move(detail), "", {}};
}
inline Check skipped(std::string name, std::string detail) {
    return {std::move(name), State::skipped, std::move(detail), "", {}};
}

// Every check, in the order in which they depend on one another; what cannot be told without an earlier one is skipped.
std::vector<Check> checks(const Facts& facts);

// The parts of checks(), by what they are about.
Check configuration(const Configuration& facts);
std::vector<Check> kubectl(const Facts& facts);
Check kubeconfig(const Facts& facts);
std::vector<Check> cluster(const Facts& facts);
std::vector<Check> rights(const Facts& facts);
Check remediation(const Facts& facts);
std::vector<Check> runs(const Runs& facts);
std::vector<Check> advisor(const Facts& facts);

// 0 without a failure, else kubectl before the cluster before the records before the rest (CLI.md section 2).
int exit_code(std::span<const Check> checks);

// A verdict, then each check with its mend. quiet: only what is not ok.
std::string human(std::span<const Check> checks, const Style& style);
// schema salve.doctor/v1
std::string json(std::span<const Check> checks);

}  // namespace salve::report::doctor
