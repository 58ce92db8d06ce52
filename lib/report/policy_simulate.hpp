// Which verdicts of past plans another policy would change (B6).
#pragma once
#include <string>
#include <vector>

#include "base/time.hpp"
#include "report/policy.hpp"

namespace salve::report {

struct Flip {
    std::string plan;  // id
    base::Time planned_at;
    std::string before, before_reason;  // effect and words that were recorded
    JudgedStep now;
};

struct Simulation {
    std::string policy_file;
    std::size_t plans = 0, steps = 0;
    std::vector<Flip> flips;  // newest plan first
};

std::string policy_simulate_human(const Simulation& result, const Style& style);
std::string policy_simulate_json(const Simulation& result);  // schema salve.policy.simulate/v1

}  // namespace salve::report
