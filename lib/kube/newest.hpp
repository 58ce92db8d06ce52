// The newest time that the API server itself wrote: a lower bound for "now" when the local clock is behind (TAXONOMY
// 0.11).
#pragma once
#include "kube/snapshot.hpp"

namespace salve::kube {

// Over the creation times of all objects, which the server sets; the epoch for an empty snapshot. Times that nodes
// write (container states, events' own times) are not counted: one node whose clock is ahead would turn a recent
// restart into history.
Time newest_time(const Snapshot& snapshot);

}  // namespace salve::kube
