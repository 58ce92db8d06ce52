// Findings as text, for tests that compare them.
#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

#include "diagnose/finding.hpp"

namespace salve::test {

// Everything that a reader could see of the findings.
inline std::string words_of(const std::vector<diagnose::Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += fmt::format("{}/{}/{}/{} {} {} {} n={} {}\n", finding.root.object.kind, finding.root.object.ns,
                            finding.root.object.name, finding.root.container, finding.mode->id,
                            static_cast<int>(finding.severity), static_cast<int>(finding.confidence), finding.instances,
                            finding.summary);
        for (const auto& subject : finding.affected)
            text += fmt::format("  {} {}\n", subject.object.name, subject.container);
        for (const auto& evidence : finding.evidence) text += fmt::format("  {} {}\n", evidence.path, evidence.text);
        for (const auto* words : {&finding.advice, &finding.actions, &finding.missing_evidence})
            for (const auto& word : *words) text += "  " + word + "\n";
    }
    return text;
}

}  // namespace salve::test
