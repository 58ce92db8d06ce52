// A triage in which every text of the cluster is hostile.
#pragma once
#include "hostile.hpp"
#include "report_builders.hpp"

namespace salve::report::builders {

inline ObjectRef hostile_object(tests::Hostile& hostile) {
    return {hostile.text(), hostile.text(), hostile.text(), hostile.text(), hostile.text()};
}

inline Finding hostile_finding(tests::Hostile& hostile, std::string id) {
    auto made = finding(hostile.below(2) == 0 ? not_found : oom, std::move(id),
                        {hostile_object(hostile), hostile.text()}, hostile.text());
    made.severity = static_cast<Severity>(hostile.below(5));
    for (auto n = hostile.below(4); n > 0; --n) made.affected.push_back({hostile_object(hostile), hostile.text()});
    for (auto n = hostile.below(4); n > 0; --n)
        made.evidence.push_back({hostile_object(hostile), hostile.text(), static_cast<Source>(hostile.below(5)),
                                 hostile.text(), hostile.text(), now});
    made.missing_evidence = {hostile.text()};
    made.advice = {hostile.text(), hostile.text()};
    made.actions = {hostile.text()};
    made.managed_by = {hostile.text()};
    made.consequences = {hostile.text()};
    return made;
}

inline Triage hostile_triage(tests::Hostile& hostile) {
    Triage made;
    made.run = hostile.text();
    made.cluster = {hostile.text(), hostile.text(), hostile.text()};
    made.scope = {{hostile.text()}, hostile.below(2) == 0, {hostile.text()}};
    made.started_at = now;
    made.min_severity = static_cast<Severity>(hostile.below(5));
    for (std::size_t state = 0; state < kube::read_state_names.size(); ++state)
        made.reads.push_back(
            {Resource::pods, hostile.text(), static_cast<ReadState>(state), 1, hostile.text(), hostile.text()});
    // Ids of any text, and causes that may be missing or go in a circle.
    const std::string ids[] = {"a" + hostile.text(), "b" + hostile.text(), "c" + hostile.text()};
    for (const auto& id : ids) {
        made.findings.push_back(hostile_finding(hostile, id));
        if (hostile.below(2) == 0) made.findings.back().caused_by = ids[hostile.below(3)];
        if (hostile.below(4) == 0) made.snoozed[id] = now + base::hours(1);
    }
    made.record_path = hostile.text();
    made.warnings = {hostile.text()};
    return made;
}

}  // namespace salve::report::builders
