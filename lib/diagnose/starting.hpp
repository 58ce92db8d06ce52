// Pods that are bound to a node and none of whose containers has started: what the volume, sandbox and creating rules
// share.
#pragma once
#include "diagnose/finding.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// Whether the pod is bound, Pending, without a sandbox (condition PodReadyToStartContainers is not True) and every
// container waits in ContainerCreating or PodInitializing or has no state yet. Only then do volume and sandbox events
// say something about the present.
bool not_started(const kube::Pod& pod);

// The same, but for the sandbox: bound, Pending, and every container waits.
bool waits_whole(const kube::Pod& pod);

// Since when the pod has had its sandbox, and so its volumes; nothing while it has none or the kubelet does not say.
std::optional<Time> sandbox_since(const kube::Pod& pod);

// When the scheduler bound the pod (condition PodScheduled), else its creation.
Time bound_at(const kube::Pod& pod);

// The message without "(combined from similar events): " (client-go tools/record/events_cache.go).
std::string_view event_text(const kube::Event& event);

// Whether the event can still speak for a pod that has not started: it is of this binding, and repeated in the last
// five minutes or not more than that older than the newest Warning event of the pod. (Mounts are tried again at least
// every 123 s, but the recorder drops repeats beyond its budget: TAXONOMY 3.2.)
bool still_speaks(const kube::World& world, const kube::Pod& pod, const kube::Event& event);

// What a status says of a pod that has not started: the first waiting container, else the phase.
Evidence starting_evidence(const kube::Pod& pod);

// "on node N", or "" when the pod has no node.
std::string on_node(const kube::Pod& pod);

// The node of a pod as an object, with its uid where the node list was read.
ObjectRef node_ref(const kube::World& world, const kube::Pod& pod);

// At most 240 bytes of a long text, its end kept: the decisive part of nested errors stands last. Cuts at a character.
std::string tail_of(std::string_view text);

}  // namespace salve::diagnose
