// What stands behind a Service: the question of the Service, Ingress and DNS rules.
#pragma once
#include <string>
#include <vector>

#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

struct ServiceState {
    enum class Kind {
        other,       // somebody else keeps its addresses, its owner is at 0, it is just starting, or it was not seen
        served,      // it has a ready pod
        unselected,  // no pod and no workload of the namespace has the labels of its selector
        unready,     // pods match, none is ready, and at least one of them should be by now
        unmade,      // a workload matches and wants pods, and has had none for longer than the grace
    };
    Kind kind = Kind::other;
    std::vector<const kube::Pod*> ready, unready;  // of the pods that can be its addresses
    std::vector<const kube::Pod*> overdue;         // of the unready ones
    std::vector<const kube::Workload*> workloads;  // where there is no pod: whose pod template matches, by name
};
// service: one of the facts'. Several rules ask.
const ServiceState& state_of(const kube::World& world, const kube::Service& service);

// Whether nobody answers behind it, for longer than a start takes.
bool is_down(const ServiceState& state);

// "app=web,tier=front", as kubectl writes selectors.
std::string selector_words(const base::TextMap& labels);

// The workload whose pods the Service most likely means: its labels differ from the selector in the fewest pairs.
struct NearWorkload {
    const kube::Workload* workload = nullptr;
    std::vector<std::string> wanted;  // the pairs of the selector that it lacks: "app=gullmap"
    std::vector<std::string> has;     // what its pods have for them: "app=gull-map"; empty where nothing is like it
};
// Nothing when no workload has a pair of the selector, or a value or key that is like it.
std::optional<NearWorkload> nearest_workload(const kube::World& world, const kube::Service& service);

}  // namespace salve::diagnose
