// One cause with fifty pods is one finding (TAXONOMY 0.5).
#pragma once
#include "diagnose/finding.hpp"

namespace salve::diagnose {

// How much evidence one finding carries at most; the instances beyond it are still counted and named in `affected`.
inline constexpr std::size_t max_evidence = 12;

// Merges the findings with the same root, container and mode. The summary and the leading evidence come from the
// strongest instance: highest confidence, then severity, then first by name. Findings without evidence are dropped: no
// evidence, no finding. The order of the input does not matter. The result is sorted by root and mode.
std::vector<Finding> fold(std::vector<Finding> findings);

}  // namespace salve::diagnose
