// The sentences that the formats for people share. Every function returns one line of visible text (base::visible; line
// ends and tabs of the cluster are spaces), not yet wrapped and not yet escaped for any markup.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/triage.hpp"

namespace salve::report {

std::string one_line(std::string_view hostile);

// A name as it is, if it is one that Kubernetes allows; else in quotes.
std::string name_words(std::string_view name);

// "demo", "demo, shop", "12 namespaces" or "all namespaces"; with targets "deploy/web in demo".
std::string place(const kube::Scope& scope);

// "2 problems in demo: 1 critical, 1 high; 14 of 14 reads ok", or that nothing is wrong, as far as was seen.
std::string verdict(const Triage& triage);

// "Deployment web, container app"; with the namespace ("shop/web") when the scope has more than one.
std::string subject_words(const kube::Scope& scope, const diagnose::Subject& subject);

// "1 pod", "3 endpointslices", "2 Rollout objects" for an unknown kind.
std::string count_of(std::size_t n, std::string_view kind);

// "3 pods: a, b, c" for each kind, without the root itself; at most `names` names of each. Empty: only the root.
std::string affected_words(const kube::Scope& scope, const Finding& finding, std::size_t names);

// "4m, since 2026-11-21T07:56:00Z, last seen 30s ago": as much of it as is known.
std::string since_words(const Triage& triage, const Finding& finding);

// "2026-11-21T08:00:00Z": to the second.
std::string time_words(Time time);

// "" for confirmed, else how sure it is and what it rests on.
std::string_view doubt_words(diagnose::Confidence confidence);

// The worst of these findings for somebody who waits, a line each, at most `width` columns wide; empty where none is at
// or above min_severity. They are not the result: logs are still to be read.
std::vector<std::string> first_look(const kube::Scope& scope, const std::vector<Finding>& findings,
                                    diagnose::Severity min_severity, int width);

// What was asked for and not seen: one entry for each state and kind, in the order of the enums.
struct Gap {
    kube::ReadState state;
    std::string what;                  // "networkpolicies.networking.k8s.io (list) in demo": the right that it takes
    std::vector<std::string> details;  // the errors, each once
};
std::vector<Gap> gaps(const Triage& triage);
std::string_view gap_words(kube::ReadState state);  // "forbidden", "timed out", ...

// The conclusions of listed findings that a gap blocks, each once, with the first finding that lacks it.
struct MissingEvidence {
    const Finding* finding;
    std::string text;
};
std::vector<MissingEvidence> missing_evidence(const Triage& triage);

// What is left out and how to see it: findings below min_severity, snoozed ones.
std::vector<std::string> left_out(const Triage& triage);

// "cluster kind-demo, Kubernetes v1.32.2, read at 2026-11-21T08:00:00Z".
std::string source_words(const Triage& triage);

}  // namespace salve::report
