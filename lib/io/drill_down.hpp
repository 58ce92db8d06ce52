// Reads beyond the lists of the scope, each because a finding asked for it (diagnose::ReadWanted).
#pragma once
#include "io/collect.hpp"

namespace salve::io {

// Makes these reads and adds what they hold to the snapshot, each with its lines in the ledger. None of them is an
// error of the run: what fails is a gap, and the judgement that needed it says so. The scope stays what was asked for.
void drill_down(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                const std::vector<diagnose::ReadWanted>& wanted, kube::Snapshot& into);

// Whether that was read already, with whatever result, or lies within the scope.
bool was_read(const kube::Snapshot& snapshot, const diagnose::ReadWanted& wanted);

}  // namespace salve::io
