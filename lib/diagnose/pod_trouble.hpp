// What a pod that is not ready says about itself: the literal that a finding about its workload carries, so that the
// symptom ("the rollout stands still") and its reason stand in one place. The pod's own mode is another rule's.
#pragma once
#include "diagnose/build.hpp"

namespace salve::diagnose {

struct PodTrouble {
    // starting: nothing is wrong yet. unready: it runs and fails its readiness probe for longer than the probe's own
    // budget. broken: a hard error of the image, the configuration, a crash, a mount, the scheduler or the kubelet.
    enum class Level { starting, unready, broken };
    const Pod* pod = nullptr;
    Level level = Level::starting;
    std::string words;               // `container "web" ErrImagePull: ... not found`, without a full stop
    std::vector<Evidence> evidence;  // decisive first, never empty
    Time since;                      // not ready since then, as far as the pod tells
};

// Of a pod that is not ready.
PodTrouble trouble_of(const kube::World& world, const Pod& pod);

// Of every pod among these that is neither ready nor being deleted nor Succeeded, the most telling first.
std::vector<PodTrouble> troubles_of(const kube::World& world, const std::vector<const Pod*>& pods);

// Whether one of them is at least at that level.
bool any_at_least(const std::vector<PodTrouble>& troubles, PodTrouble::Level level);

// "pod web-7d-x: container "web" ...; 2 more pods are not ready", or "" when there are none.
std::string trouble_words(const std::vector<PodTrouble>& troubles);

// Makes the pods affected and adds the evidence of the first few.
void add_troubles(Finding& finding, const std::vector<PodTrouble>& troubles);

// Whether any of them has not been ready for longer than that.
bool any_older_than(const kube::World& world, const std::vector<PodTrouble>& troubles, base::Duration age);

}  // namespace salve::diagnose
