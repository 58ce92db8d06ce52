#include "diagnose/pod_mounts.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "diagnose/starting.hpp"

namespace salve::diagnose {
namespace {

using kube::Event;
using kube::Pod;
using kube::Volume;
using kube::World;

constexpr auto attach_grace = base::minutes(2);  // TAXONOMY 1.3: normal for 1-2 minutes when a pod moves

struct Gathered {
    PodMountFailure failure;
    Time first;
};
using Key = std::tuple<MountFault, std::string, std::string, std::string>;  // fault, volume, object, key

// The attach-detach controller reports a Multi-Attach error only once, so it counts until the volume is attached.
bool is_attached_since(const World& world, const Pod& pod, const Event& event) {
    const auto events = world.events(pod);
    return std::any_of(events.begin(), events.end(), [&](const Event* other) {
        return other->reason == "SuccessfulAttachVolume" && other->last > event.last;
    });
}

bool counts(const World& world, const Pod& pod, const Event& event, MountFault fault) {
    // With the sandbox came the volumes: what was said before is over. What is said since is not: the condition may be
    // stale.
    if (const auto since = sandbox_since(pod); since && event.last <= *since + base::seconds(5)) return false;
    if (fault == MountFault::multi_attach) return event.last >= bound_at(pod) && !is_attached_since(world, pod, event);
    if (fault == MountFault::attach && is_attached_since(world, pod, event)) return false;
    return still_speaks(world, pod, event);
}

Volume::Source source_of(MountFault fault) {
    return fault == MountFault::secret_missing || fault == MountFault::secret_key_missing ? Volume::Source::secret
                                                                                          : Volume::Source::config_map;
}

// The volume itself or, of a projected one, its sources.
std::vector<const Volume*> sources(const Volume& volume) {
    std::vector<const Volume*> all{&volume};
    for (const auto& source : volume.projected) all.push_back(&source);
    return all;
}

// Whether every reference to the missing object in that volume is optional. A volume that is not in the spec (a
// PersistentVolume with a secret of its own) blocks.
bool is_optional(const Pod& pod, const MountFailure& failure) {
    const auto* volume = volume_of(pod, failure.volume);
    if (!volume || failure.object.empty()) return false;
    bool optional = false;
    for (const auto* source : sources(*volume))
        if (source->source == source_of(failure.fault) && source->object == failure.object) {
            if (!source->optional) return false;
            optional = true;
        }
    return optional;
}

std::map<Key, Gathered> gather(const World& world, const Pod& pod) {
    std::map<Key, Gathered> all;
    for (const auto* event : world.events(pod))  // newest last
        for (auto& what : mount_failures(event->reason, event_text(*event))) {
            if (!counts(world, pod, *event, what.fault) || is_optional(pod, what)) continue;
            Key key{what.fault, what.volume, what.object, what.key};
            // Texts of failing mounts and attaches carry request ids: one finding per volume, the newest text.
            const auto at = all.find(key);
            const auto first = at == all.end() ? event->first : std::min(at->second.first, event->first);
            all.insert_or_assign(std::move(key), Gathered{{std::move(what), event, nullptr}, first});
        }
    return all;
}

}  // namespace

std::vector<PodMountFailure> pod_mount_failures(const World& world, const Pod& pod) {
    const Event* timeout = nullptr;
    std::vector<PodMountFailure> causes, timeouts;
    bool waits_for_attach = false, specific = false;
    for (auto& [key, gathered] : gather(world, pod)) {
        const auto fault = gathered.failure.what.fault;
        const bool attaching = fault == MountFault::multi_attach || fault == MountFault::attach;
        if (fault == MountFault::timeout) {
            if (!timeout || timeout->last < gathered.failure.event->last) {
                timeout = gathered.failure.event;
                timeouts.assign(1, gathered.failure);
            }
        } else if (attaching && world.now() - gathered.first < attach_grace) {
            waits_for_attach = true;
        } else {
            specific = specific || fault != MountFault::mount;
            causes.push_back(gathered.failure);
        }
    }
    if (causes.empty()) return waits_for_attach ? std::vector<PodMountFailure>{} : timeouts;
    for (auto& cause : causes) cause.timeout = timeout;
    return causes;
}

const Volume* volume_of(const Pod& pod, std::string_view name) {
    for (const auto& volume : pod.spec.volumes)
        if (volume.name == name) return &volume;
    return nullptr;
}

std::string claim_behind(const World& world, const Pod& pod, std::string_view volume) {
    for (const auto& candidate : pod.spec.volumes) {
        if (candidate.source != Volume::Source::claim) continue;
        if (candidate.name == volume) return candidate.object;
        const auto claim = world.claim(pod.meta.ns, candidate.object);
        if (claim && claim->volume == volume) return candidate.object;
    }
    return "";
}

std::vector<std::string> objects_with_key(const Pod& pod, const MountFailure& failure) {
    std::vector<std::string> names;
    const auto* volume = volume_of(pod, failure.volume);
    if (!volume) return names;
    for (const auto* source : sources(*volume)) {
        const auto& keys = source->keys;
        if (source->source == source_of(failure.fault) && !source->optional &&
            std::find(keys.begin(), keys.end(), failure.key) != keys.end() &&
            std::find(names.begin(), names.end(), source->object) == names.end())
            names.push_back(source->object);
    }
    return names;
}

std::vector<const Pod*> pods_named_in(const World& world, const Pod& pod, std::string_view detail) {
    static const re2::RE2 list(R"(already used by pod\(s\) ([a-z0-9., -]+))");
    static const re2::RE2 name(R"(([a-z0-9][a-z0-9.-]*))");
    std::vector<const Pod*> pods;
    std::string names;
    if (!re2::RE2::PartialMatch(detail, list, &names)) return pods;
    re2::StringPiece rest(names);
    for (std::string one; re2::RE2::FindAndConsume(&rest, name, &one);)
        if (const auto found = world.pod(pod.meta.ns, one)) pods.push_back(found.found);
    return pods;
}

}  // namespace salve::diagnose
