// The newest time that the cluster itself wrote: a lower bound for "now" when the local clock is behind (TAXONOMY
// 0.11).
#pragma once
#include "kube/snapshot.hpp"

namespace salve::kube {

// Over creation times, events and container states; the epoch for an empty snapshot. Deletion times are not counted:
// they lie ahead.
Time newest_time(const Snapshot& snapshot);

}  // namespace salve::kube
