// What changed (TAXONOMY 0.12): the newest revision of a workload against the one before it.
#pragma once
#include <vector>

#include "diagnose/rule.hpp"

namespace salve::diagnose {

// The older templates that would show what changed, for findings that began with the newest revision.
std::vector<ReadWanted> change_reads(const World& world, const std::vector<Finding>& findings);

// Sets finding.change and adds each change as evidence, where the finding is about pods of a revision of less than a
// day ago and began after it. Nothing where the older template could not be read: a change is never guessed.
void add_change(const World& world, Finding& finding);

}  // namespace salve::diagnose
