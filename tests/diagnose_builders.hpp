// Findings for the tests of the engine; the small clusters are those of starting_builders.hpp.
#pragma once
#include <fmt/format.h>

#include "diagnose/build.hpp"
#include "unit/diagnose/starting_builders.hpp"

namespace salve::test {

using namespace starting_test;

using diagnose::Confidence;
using diagnose::Edge;
using diagnose::Finding;
using diagnose::Mode;
using diagnose::Severity;
using diagnose::Source;
using diagnose::Subject;

inline constexpr Mode broken_mode{"test.broken", diagnose::Category::other, Severity::high, "It is broken.",
                                  "A field.",    "It is not broken.",       "Mend it.",     {"rollout.restart"}};
inline constexpr Mode slow_mode{"test.slow", diagnose::Category::other, Severity::medium, "It is slow.",
                                "A field.",  "It is not slow.",         "Wait."};

inline diagnose::Evidence evidence_of(const std::string& text, Source source = Source::status,
                                      const std::string& path = "status.phase") {
    diagnose::Evidence one;
    one.source = source;
    one.path = path;
    one.text = text;
    return one;
}

// A finding about an object of the namespace "shop", with one piece of evidence; the mode's severity.
inline Finding finding_of(const Mode& mode, const std::string& kind, const std::string& name,
                          const std::string& container = "") {
    Finding finding;
    finding.mode = &mode;
    finding.severity = mode.severity;
    finding.root = {meta("v1", kind, "shop", name).ref(), container};
    finding.summary = name + " is bad";
    finding.evidence = {evidence_of(name)};
    return finding;
}

inline Subject pod_subject(const std::string& name, const std::string& container = "") {
    return {meta("v1", "Pod", "shop", name).ref(), container};
}

inline void make_ready(Pod& pod) {
    pod.phase = "Running";
    pod.conditions = {condition("Ready", "True")};
}

}  // namespace salve::test
