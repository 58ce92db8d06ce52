// Why a container died: the classification of TAXONOMY 1.6, shared by main containers (rules/crash), init containers,
// sidecars and the pods of Jobs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "diagnose/rule.hpp"

namespace salve::diagnose {

using kube::ContainerStatus;
using kube::Pod;

// The last life that is over: state.terminated, else lastState.terminated; null if there is none. Reading it in this
// order gives the same life whether the pod is read just after the death, in back-off, or during the next try.
const kube::Terminated* last_life(const ContainerStatus& status);

// Whether that life ended in a way that belongs to this family: not a StartError or ContainerCannotRun, not a container
// that its postStart hook had killed (events FailedPostStartHook inside that life), not a pod that was evicted,
// rejected or deleted.
bool crash_is_ours(const World& world, const Pod& pod, const ContainerStatus& status);

// Whether a main container (or a sidecar) is failing now: in back-off, just ended, or in a try that has not yet
// outlived the one that failed. A container that has recovered is not (TAXONOMY 1.6 entry; DIFFERENCES "crash entry").
bool is_crashing(const World& world, const Pod& pod, const ContainerStatus& status);

// Whether the pod got past its init containers (condition Initialized). Before that, an init container or a sidecar
// that dies blocks the start; after it, a dying sidecar leaves the other containers running.
bool is_initialized(const Pod& pod);

// Whether memory, a probe or the runtime ended the last life (pod.crashloop.oom, node-oom, liveness, startup-probe,
// pod.container.status-unknown): no log is needed to tell.
bool is_killed_from_outside(const World& world, const Pod& pod, const ContainerStatus& status);

struct CrashVerdict {
    const Mode* mode = nullptr;  // a row of crash_modes or start_modes
    Confidence confidence = Confidence::confirmed;
    std::optional<Category> category;  // where the facts place it elsewhere than the mode does
    std::optional<ObjectRef> root;     // where not the pod's owner is to blame (the node that ran out of memory)
    // What happened, to stand after the subject `container "app" `: `was OOMKilled at its memory limit of 48Mi (exit
    // code 137, ran 4s, 3 restarts)`. No full stop.
    std::string what;
    std::vector<Evidence> evidence;  // decisive first, never empty
    std::vector<std::string> missing_evidence;
    std::vector<std::string> advice;   // complete: stands for the mode's
    std::vector<std::string> actions;  // complete: only those whose condition the facts prove
    std::optional<base::Time> seen;    // the end of that life
};

// Judges last_life(): the first row of the table that its facts prove. Nothing when there is no such life or
// crash_is_ours() is false. The entry condition (is_crashing, or an init container that has not completed) is the
// caller's. A life that ended with exit code 0 is judged too (pod.crashloop.exit0, or a probe's kill).
std::optional<CrashVerdict> classify_crash(const World& world, const Pod& pod, const ContainerStatus& status);

// Adds the logs that classify_crash reads for that container and that the facts do not hold: the previous one when it
// has restarted, and the current one. rank is that of the first; the second follows.
void want_crash_logs(std::vector<LogWanted>& out, const Pod& pod, const ContainerStatus& status, int rank);

}  // namespace salve::diagnose
