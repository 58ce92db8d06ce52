// Questions about one container of a pod that several rule families ask.
#pragma once
#include <re2/re2.h>

#include <string>
#include <string_view>

#include "diagnose/build.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

// Whether that container is an init container with restartPolicy Always (a native sidecar, Kubernetes 1.28).
bool is_sidecar(const Pod& pod, std::string_view container);

// "spec.initContainers[1]", without a dot at the end; "spec" when the spec has no container of that name.
std::string spec_path(const Pod& pod, std::string_view container);

// The start of a sentence: `Init container "migrate" of Deployment map`, `Sidecar container ...`, `Container ... of Pod
// p`.
std::string container_of_owner(const kube::World& world, const Pod& pod, std::string_view container);

// The newest event of that reason about that container, or null; with a pattern only of those whose message it is found
// in (prefixes such as "(combined from similar events): " do not hide it).
const kube::Event* latest_event(const kube::World& world, const Pod& pod, std::string_view container,
                                std::string_view reason, const re2::RE2* message = nullptr);

// How the container ended last, and where that stands: state.terminated, else lastState.terminated.
struct LastRun {
    const kube::Terminated* terminated = nullptr;
    std::string_view path;  // "state.terminated" or "lastState.terminated"
};
LastRun last_run(const ContainerStatus& status);

// Whether the last end still counts: the container has ended, waits in back-off, or is in a try that has not yet
// outlived the failed one by a minute. A container without such an end, or one of more than crash_window ago, is not.
bool still_failing(const kube::World& world, const ContainerStatus& status);

// Evidence of a termination; the text is "REASON: exit code N" and the message where there is one.
Evidence from_termination(const Pod& pod, const ContainerStatus& status, const LastRun& run);

// A Failed pod whose work is done by others by now (TAXONOMY 0.9): its owner has all pods ready, or a newer pod of its
// Job runs or succeeded, or its CronJob succeeded since. Such a pod is litter, not a fault.
bool superseded(const kube::World& world, const Pod& pod);

// The text on one line, without white space around it, at most that many bytes (base::cut).
std::string excerpt(std::string_view text, std::size_t max_bytes = 240);

}  // namespace salve::diagnose
