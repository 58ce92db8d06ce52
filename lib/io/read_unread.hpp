// The lists that were left out at first and that a judgement has asked for since (kube::Unread).
#pragma once
#include "io/collect.hpp"

namespace salve::io {

// What of it has not been read and can be: not what lies outside of the scope and was not read for a cause there. The
// pointers are those of `wanted`.
kube::Unread readable(const kube::Snapshot& snapshot, kube::Unread wanted);

// Reads it and adds the objects, each list with its line in the ledger. wanted: by a World of this very snapshot. What
// fails is a gap like any other: it is not asked for again.
void read_unread(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                 const kube::Unread& wanted, kube::Snapshot& into);

// For a recording, which is for questions that nobody has asked yet: reads the lists that were left out and that nobody
// asked for, into options.recorder alone. Neither facts nor ledger know of them.
void record_rest(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                 const kube::Snapshot& known);

}  // namespace salve::io
