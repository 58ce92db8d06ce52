// The result of one triage, as every writer gets it. Writers lay it out and compute nothing; what they share is here.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "diagnose/finding.hpp"
#include "kube/snapshot.hpp"

namespace salve::report {

using base::Duration;
using base::Time;
using diagnose::Finding;
using diagnose::Severity;

struct Triage {
    std::string run;  // id of the record, empty: none was written
    kube::ClusterInfo cluster;
    kube::Scope scope;
    Time started_at;           // "now" of every age that is printed
    std::int64_t mono_us = 0;  // how long it took
    std::vector<kube::Read> reads;
    std::vector<Finding> findings;  // all of them, ranked; ids are unique, mode is never null
    Severity min_severity = Severity::medium;
    std::map<std::string, Time> snoozed;  // finding id -> until when it is muted; a time that has passed mutes nothing
    std::string record_path;              // empty: no record was written
    std::vector<std::string> warnings;    // for people; not in the JSON document
};

using Findings = std::vector<const Finding*>;

// The findings that are reported, in their order: those at or above min_severity and, whatever their severity, the
// causes of those, so that caused_by never names a finding that the reader cannot see.
Findings listed(const Triage& triage);

// Until when the finding is muted; nothing when it is not. A snoozed finding stays in the list, marked.
std::optional<Time> snoozed_until(const Triage& triage, const Finding& finding);

// Listed findings that are not snoozed, by severity; suppressed are all others. Together they are all findings.
struct Counts {
    std::array<std::size_t, 5> by_severity{};  // index: Severity
    std::size_t suppressed = 0;
    std::size_t of(Severity severity) const { return by_severity[static_cast<std::size_t>(severity)]; }
    std::size_t total() const;  // without the suppressed
};
Counts count(const Triage& triage);

// The same for what is to be repaired: without those that follow from another finding that is listed and not snoozed.
Counts count_roots(const Triage& triage);

// Exit code 1 (CLI.md section 2): a finding at or above min_severity that is not snoozed.
bool has_problems(const Triage& triage);

// Is everything known that was asked for? A kind that the cluster does not serve is known to be absent; no reads at
// all is not complete.
bool complete(const Triage& triage);

// The read has told what it was made for: ok, or the kind is not served.
bool answered(const kube::Read& read);

}  // namespace salve::report
