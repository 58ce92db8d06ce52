// One life of a container that is over, and the words and evidence that every verdict on it shares.
#pragma once
#include <string>

#include "diagnose/build.hpp"
#include "diagnose/crash.hpp"

namespace salve::diagnose {

struct Life {
    const World& world;
    const Pod& pod;
    const ContainerStatus& status;
    const kube::Terminated& end;
    const kube::Container* spec;  // null when the pod's spec does not have it
};

// How long it lasted, where both ends are known.
std::optional<base::Duration> length_of(const Life& life);
// "exit code 139 SIGSEGV, ran 4s, 3 restarts".
std::string end_words(const Life& life);
// "state.terminated" or "lastState.terminated": where the life stands.
std::string_view end_path(const Life& life);
// "OOMKilled: exit code 137".
Evidence end_evidence(const Life& life);
// Whether the event is about that container and its span of time meets the life (seconds of slack: events and statuses
// are rounded to seconds, and a kill is announced before the grace period).
bool event_in(const Life& life, const kube::Event& event);
// The pod's owner is a Deployment that was read: only there the catalog can change limits and probes.
bool owner_is_deployment(const Life& life);

// A verdict with the mode's advice, no actions, and the end as its only evidence.
CrashVerdict verdict_of(const Life& life, const Mode& mode, Confidence confidence, std::string what);

// The kill of a liveness or startup probe, or nothing (crash_probe.cpp).
std::optional<CrashVerdict> probe_kill(const Life& life);
// A non-zero end that only the exit code and the log explain (crash_log.cpp).
CrashVerdict logged_end(const Life& life);

}  // namespace salve::diagnose
