#include "advise/case.hpp"

#include <algorithm>
#include <set>

namespace salve::advise {
namespace {

using diagnose::Finding;

// The ids of the candidates' findings, of what causes those, and of what they cause directly.
std::set<std::string> concerned(const std::vector<Candidate>& candidates, const std::vector<Finding>& findings) {
    std::set<std::string> ids;
    for (const auto& one : candidates) ids.insert(one.finding_id);
    // A chain of causes is followed to its root: at most as often as there are findings.
    for (std::size_t before = 0; before != ids.size();) {
        before = ids.size();
        for (const auto& finding : findings)
            if (finding.caused_by && ids.contains(finding.id)) ids.insert(*finding.caused_by);
    }
    auto with_consequences = ids;
    for (const auto& finding : findings)
        if (ids.contains(finding.id))
            with_consequences.insert(finding.consequences.begin(), finding.consequences.end());
    return with_consequences;
}

}  // namespace

Case case_of(const plan::Plan& plan, const std::vector<Finding>& findings, const std::vector<std::string>& namespaces,
             base::Time now) {
    Case made;
    made.namespaces = namespaces;
    made.now = now;
    const auto add = [&](const auto& one) {
        if (made.candidates.size() < max_candidates)
            made.candidates.push_back({one.action_id, one.finding_id, one.target, one.risk});
    };
    for (const auto& step : plan.steps) add(step);
    for (const auto& other : plan.alternatives) add(other);
    const auto ids = concerned(made.candidates, findings);
    for (const auto& finding : findings)
        if (ids.contains(finding.id) && made.findings.size() < max_findings) made.findings.push_back(&finding);
    return made;
}

std::string candidate_name(std::size_t index) { return "A" + std::to_string(index + 1); }

}  // namespace salve::advise
