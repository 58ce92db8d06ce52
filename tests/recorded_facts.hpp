// What a triage first reads of a recorded cluster.
#pragma once
#include "base/redact.hpp"
#include "io/collect.hpp"
#include "io/recording.hpp"

namespace salve::testing {

// The facts of a recorded cluster, one list after the other.
inline kube::Snapshot facts_of(io::Transport& transport, const io::RecordingHead& head, io::Lists lists) {
    io::CollectOptions options;
    options.scope = head.scope;
    options.now = head.taken_at;
    options.parallel = 1;
    options.lists = lists;
    return io::collect(transport, base::Redactor("bench"), options);
}

}  // namespace salve::testing
