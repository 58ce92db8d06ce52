#include "kube/newest.hpp"

#include <algorithm>

namespace salve::kube {

Time newest_time(const Snapshot& snapshot) {
    Time newest;
    const auto see = [&](std::optional<Time> time) {
        if (time) newest = std::max(newest, *time);
    };
    for (const auto& event : snapshot.events) see(event.last);
    for (const auto& pod : snapshot.pods) {
        see(pod.meta.created);
        for (const auto& status : pod.statuses)
            for (const auto* state : {&status.state, &status.last}) {
                if (state->running) see(state->running->started);
                if (state->terminated) see(state->terminated->finished);
            }
    }
    for (const auto* list :
         {&snapshot.deployments, &snapshot.replica_sets, &snapshot.stateful_sets, &snapshot.daemon_sets})
        for (const auto& workload : *list) see(workload.meta.created);
    return newest;
}

}  // namespace salve::kube
