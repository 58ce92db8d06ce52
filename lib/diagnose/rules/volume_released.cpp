// TAXONOMY 1.11: PersistentVolumes whose claim is gone, or which could not be cleaned up. Texts:
// pkg/controller/volume/persistentvolume/pv_controller.go; external provisioners leave the phase Released and write an
// event VolumeFailedDelete.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "diagnose/claims.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/placement_proofs.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::PersistentVolume;

constexpr Mode modes[] = {
    {.id = "pv.released-or-failed",
     .category = Category::storage_claim,
     .severity = Severity::low,
     .summary = "A volume's claim is gone and the volume is kept (Retain), or removing it failed.",
     .needs = "status.phase Released with reclaim policy Retain, or with an event that its "
              "deletion failed; or phase Failed with its message. Medium when it failed or when a new claim of the "
              "same name waits.",
     .not_when = "It is being deleted, or its claim's namespace is not read.",
     .advice = "A person decides about the data: the volume is not bound again by itself while its claimRef names the "
               "old claim."},
};

constexpr std::size_t most_named = 5;

bool in_scope(const World& world, const PersistentVolume& volume) {
    const auto& scope = world.facts().scope;
    return scope.all ||
           std::find(scope.namespaces.begin(), scope.namespaces.end(), volume.claim_ns) != scope.namespaces.end();
}

const kube::Event* delete_failure(const World& world, const PersistentVolume& volume) {
    const kube::Event* newest = nullptr;
    for (const auto* event : world.events(volume.meta.uid))
        if (event->reason == "VolumeFailedDelete" || event->reason == "VolumeFailedRecycle") newest = event;
    return newest;
}

bool is_stuck(const World& world, const PersistentVolume& volume) {
    if (volume.phase == "Failed") return true;
    if (volume.phase != "Released") return false;
    // Without a word of its deleter a deletion may be under way.
    return volume.reclaim_policy == "Retain" || delete_failure(world, volume) != nullptr;
}

// A claim of the same name that was made since and waits for this volume in vain.
const PersistentVolumeClaim* waiting_heir(const World& world, const PersistentVolume& volume) {
    const auto claim = world.claim(volume.claim_ns, volume.claim_name);
    const bool waits = claim && claim->phase != "Bound" && claim->meta.uid != volume.claim_uid &&
                       (claim->volume.empty() || claim->volume == volume.meta.name) &&
                       claim->storage_class.value_or("") == volume.storage_class;
    return waits ? claim.found : nullptr;
}

void add_volume(const World& world, Finding& finding, const PersistentVolume& volume) {
    const auto ref = volume.meta.ref();
    const auto phase = fmt::format("{}: {}", volume.meta.name, volume.phase);
    finding.evidence.push_back(from_field(ref, Source::status, "status.phase", phase));
    if (!volume.message.empty())
        finding.evidence.push_back(from_field(ref, Source::status, "status.message", volume.message));
    if (const auto* event = delete_failure(world, volume)) finding.evidence.push_back(from_event(*event));
    finding.evidence.push_back(from_field(ref, Source::spec, "spec.persistentVolumeReclaimPolicy",
                                          "persistentVolumeReclaimPolicy: " + volume.reclaim_policy));
    finding.evidence.push_back(
        from_field(ref, Source::spec, "spec.claimRef", fmt::format("{}/{}", volume.claim_ns, volume.claim_name)));
}

std::string words_of(const World& world, const PersistentVolume& volume) {
    auto words = fmt::format("PersistentVolume {} ({}, reclaim policy {}) is {}", volume.meta.name, volume.capacity,
                             volume.reclaim_policy, volume.phase);
    words += fmt::format(", its claim was {}/{}", volume.claim_ns, volume.claim_name);
    const auto* event = delete_failure(world, volume);
    const auto why = !volume.message.empty() ? volume.message : event ? event->message : "";
    if (!why.empty()) words += ": " + excerpt(why, 400);
    if (words.ends_with('.')) words.pop_back();
    return words;
}

Finding describe(const World& world, const std::vector<const PersistentVolume*>& volumes) {
    const auto& first = *volumes.front();
    auto finding = object_finding(modes[0], first.meta.ref());
    finding.summary = words_of(world, first);
    if (first.phase == "Failed") finding.severity = Severity::medium;
    std::vector<std::string> others;
    for (const auto* volume : volumes) {
        add_volume(world, finding, *volume);
        if (volume == &first) continue;
        finding.affected.push_back({volume->meta.ref(), ""});
        others.push_back(fmt::format("{} {}", volume->meta.name, volume->capacity));
    }
    if (!others.empty())
        finding.summary += fmt::format("; {} more like it: {}", others.size(), some_of(others, most_named));
    if (const auto* heir = waiting_heir(world, first)) {
        finding.severity = Severity::medium;
        finding.affected.push_back({heir->meta.ref(), ""});
        add_users(world, finding, users_of_claim(world, *heir));
        finding.summary +=
            fmt::format("; claim {} was made anew and is {}: the volume still belongs to the earlier claim (claimRef)",
                        heir->meta.name, heir->phase);
        finding.advice.emplace_back(
            "If the new claim is to have the old data, remove spec.claimRef.uid and resourceVersion of the volume.");
    }
    finding.summary += ".";
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<const PersistentVolume*> volumes;
    for (const auto& volume : world.facts().volumes)
        if (!volume.meta.deleted && in_scope(world, volume) && is_stuck(world, volume)) volumes.push_back(&volume);
    std::sort(volumes.begin(), volumes.end(), [](const auto* a, const auto* b) { return a->meta.name < b->meta.name; });
    // What was merely released is told once a namespace; the rest each has its own story.
    std::map<std::string, std::vector<const PersistentVolume*>> groups;
    for (const auto* volume : volumes) {
        const bool plain =
            volume->phase == "Released" && !delete_failure(world, *volume) && !waiting_heir(world, *volume);
        groups[plain ? "ns " + volume->claim_ns + " " + volume->reclaim_policy : "pv " + volume->meta.name].push_back(
            volume);
    }
    std::vector<Finding> out;
    out.reserve(groups.size());
    for (const auto& [key, members] : groups) out.push_back(describe(world, members));
    return out;
}

}  // namespace

extern const Rule volume_released;
const Rule volume_released{.id = "volume_released", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
