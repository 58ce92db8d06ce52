// Pieces of the actions that end one pod: which one, and the draft that they share.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "plan/action.hpp"

namespace salve::plan {

// One pod as the world has it and as it is now.
struct PodAt {
    const kube::Pod* pod = nullptr;
    const json* live = nullptr;
};

// The pods that the finding shows in, by name, each once.
std::vector<const kube::Pod*> shown_pods(const Situation& situation);

// A kind of controller whose pods the action leaves alone, and why.
struct NotOf {
    std::string_view kind, reason;
};
// The pod that is to be ended so that its controller makes another: one of them as chosen_pod() chooses, that has not
// ended, for a fault that a new pod may not have, and of a controller of which it is known how it replaces a pod.
std::variant<PodAt, Declined> pod_to_replace(const Situation& situation, std::span<const NotOf> not_of);

// The one of them that --set pod=NAME names, else the only one; and the object to be read for it.
std::variant<PodAt, Declined> chosen_pod(const Situation& situation);
std::vector<kube::ObjectRef> chosen_pod_ref(const Situation& situation);

// The pod's phase and whether it is Ready, as it is now.
std::string phase_of(const json& live);
bool is_ready(const json& live);

// Ends that pod, if it still has its uid: target, request, precondition, what goes with it and what comes instead.
Draft end_pod_draft(const PodAt& pod, kube::WriteVerb verb);

// The controller of the pod, in words: "ReplicaSet web-5d9"; empty without one.
std::string controller_words(const kube::Pod& pod);

// Checks that the replacement is well (V3).
std::vector<Check> replacement_checks();

}  // namespace salve::plan
