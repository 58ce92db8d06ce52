// What a model is asked about: the actions that the rules already chose, and the findings that they follow from.
#pragma once
#include <string>
#include <vector>

#include "base/time.hpp"
#include "diagnose/finding.hpp"
#include "plan/interchange.hpp"
#include "plan/plan.hpp"

namespace salve::advise {

// An action that is right by the rules: a step of the plan, or what would do instead of one.
struct Candidate {
    std::string action_id, finding_id;
    diagnose::Subject target;
    plan::Risk risk = plan::Risk::medium;
};

struct Case {
    // In the order of the rules, the steps first: the same order as the candidates of a record (A1, A2, ...).
    std::vector<Candidate> candidates;
    // Those that the candidates follow from, with their causes and their direct consequences. They must outlive the
    // case.
    std::vector<const diagnose::Finding*> findings;
    std::vector<std::string> namespaces;  // in scope
    base::Time now;
};

// At most max_candidates of the plan, and max_findings. Without candidates there is nothing to ask.
Case case_of(const plan::Plan& plan, const std::vector<diagnose::Finding>& findings,
             const std::vector<std::string>& namespaces, base::Time now);

inline constexpr std::size_t max_candidates = 24, max_findings = 12;

// The name by which people and records know a candidate: A1, A2, ...
std::string candidate_name(std::size_t index);

// May a model put one of the two before the other? Only of the same object and the same risk: everything else is
// decided by the rules.
using plan::interchangeable;

}  // namespace salve::advise
