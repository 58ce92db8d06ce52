#include "report/triage.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>

namespace salve::report {

Findings listed(const Triage& triage) {
    std::map<std::string_view, const Finding*> by_id;
    for (const auto& finding : triage.findings) by_id.emplace(finding.id, &finding);
    std::set<const Finding*> in;
    for (const auto& finding : triage.findings) {
        if (std::max(finding.severity, finding.severity_alone) < triage.min_severity) continue;
        // Up the causes, until one that is already in: a circle ends there too.
        for (const Finding* at = &finding; in.insert(at).second && at->caused_by;) {
            const auto cause = by_id.find(*at->caused_by);
            if (cause == by_id.end()) break;
            at = cause->second;
        }
    }
    Findings list;
    for (const auto& finding : triage.findings)
        if (in.count(&finding) != 0) list.push_back(&finding);
    return list;
}

std::optional<Time> snoozed_until(const Triage& triage, const Finding& finding) {
    const auto snooze = triage.snoozed.find(finding.id);
    if (snooze == triage.snoozed.end() || snooze->second <= triage.started_at) return std::nullopt;
    return snooze->second;
}

std::size_t Counts::total() const { return std::accumulate(by_severity.begin(), by_severity.end(), std::size_t{0}); }

Counts count(const Triage& triage) {
    Counts counts;
    for (const Finding* finding : listed(triage))
        if (!snoozed_until(triage, *finding)) ++counts.by_severity[static_cast<std::size_t>(finding->severity)];
    counts.suppressed = triage.findings.size() - counts.total();
    return counts;
}

Counts count_roots(const Triage& triage) {
    std::set<std::string_view> open;
    for (const Finding* finding : listed(triage))
        if (!snoozed_until(triage, *finding)) open.insert(finding->id);
    Counts counts;
    for (const Finding* finding : listed(triage))
        if (open.count(finding->id) != 0 && !(finding->caused_by && open.count(*finding->caused_by) != 0))
            ++counts.by_severity[static_cast<std::size_t>(finding->severity)];
    counts.suppressed = triage.findings.size() - counts.total();
    return counts;
}

bool has_problems(const Triage& triage) {
    return std::any_of(triage.findings.begin(), triage.findings.end(), [&](const Finding& finding) {
        return finding.severity >= triage.min_severity && !snoozed_until(triage, finding);
    });
}

bool answered(const kube::Read& read) {
    return read.state == kube::ReadState::ok || read.state == kube::ReadState::absent;
}

bool complete(const Triage& triage) {
    return !triage.reads.empty() && std::all_of(triage.reads.begin(), triage.reads.end(), answered);
}

}  // namespace salve::report
