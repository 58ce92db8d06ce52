// Questions about PersistentVolumeClaims that several rules ask: who uses one, what its events say, how to name it.
#pragma once
#include <re2/re2.h>

#include "diagnose/build.hpp"

namespace salve::diagnose {

using kube::PersistentVolumeClaim;

// Every pod that mounts the claim, by name; also the pod whose generic ephemeral volume it is. Pods that have ended are
// not among them: they hold no volume any more.
std::vector<const Pod*> users_of_claim(const kube::World& world, const PersistentVolumeClaim& claim);

// Names those pods and their owners as affected.
void add_users(const kube::World& world, Finding& finding, std::span<const Pod* const> users);

// The newest event of that reason about the claim whose message the pattern is found in, or null.
const kube::Event* newest_event(const kube::World& world, const PersistentVolumeClaim& claim, std::string_view reason,
                                const re2::RE2* message = nullptr);

// Whether the claim waits for a pod to be placed before it gets a volume: its class binds WaitForFirstConsumer, and no
// volume is named and no node chosen yet.
bool waits_for_consumer(const kube::World& world, const PersistentVolumeClaim& claim);

// The StatefulSet whose claim template made it ("<template>-<set>-<ordinal>"), or null. Any ordinal counts: claims
// beyond spec.replicas wait for the set to be scaled up again.
const kube::Workload* set_of_claim(const kube::World& world, const PersistentVolumeClaim& claim);

// Whether a pod template of the namespace names the claim, or its StatefulSet exists. `sleeps` is set where all who
// name it are scaled to 0, suspended or ended.
struct TemplateUse {
    bool named = false, sleeps = true;
};
TemplateUse template_use(const kube::World& world, const PersistentVolumeClaim& claim);

// "claim data for 64Mi of class fast is Pending"
std::string claim_words(const PersistentVolumeClaim& claim);

// "; volumes of that class: pv-a 4Mi Available", that there are none, or "" where they could not be read.
std::string volumes_words(const kube::World& world, const PersistentVolumeClaim& claim);

// Whether the namespace is being deleted, and with it everything in it.
bool is_going(const kube::World& world, std::string_view ns);

}  // namespace salve::diagnose
