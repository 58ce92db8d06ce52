// TAXONOMY 1.11: claims that had a volume and are in trouble with it. Texts:
// pkg/controller/volume/persistentvolume/pv_controller.go (ClaimLost), expand/expand_controller.go (ExternalExpanding),
// pkg/volume/util/operationexecutor/operation_generator.go (VolumeResizeFailed, FileSystemResizeFailed).
#include <fmt/format.h>

#include <algorithm>

#include "base/quantity.hpp"
#include "diagnose/claims.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/placement_proofs.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "pvc.lost",
     .category = Category::storage_claim,
     .severity = Severity::critical,
     .summary = "The volume behind a bound claim is gone, or is bound to another claim: data is at risk.",
     .needs = "status.phase Lost.",
     .not_when = "The claim was never bound (Pending), or is being deleted and nobody uses it.",
     .advice = "Change nothing before it is known where the data is: find out who removed the volume and whether the "
               "storage behind it still exists; a volume over that storage, or a backup, brings it back."},
    {.id = "pvc.resize-stuck",
     .category = Category::storage_claim,
     .severity = Severity::medium,
     .summary = "A claim asks for more than its volume has, and growing it fails or does not go on.",
     .needs = "Condition ControllerResizeError or NodeResizeError, an event that the resize failed, or more than five "
              "minutes of FileSystemResizePending (while a pod runs with it), Resizing or ExternalExpanding.",
     .not_when = "The capacity has reached the request, or no pod uses the claim and only the file system is to grow.",
     .advice = "Read the error; where only the file system is left to grow, it grows when the volume is mounted anew, "
               "which means a new pod."},
    {.id = "pvc.terminating-in-use",
     .category = Category::storage_claim,
     .severity = Severity::medium,
     .summary = "A claim was deleted while pods use it; it goes when the last of them ends.",
     .needs = "deletionTimestamp, the finalizer kubernetes.io/pvc-protection, and a placed pod that mounts the claim.",
     .not_when = "The pods are being deleted too, or the whole namespace is.",
     .advice =
         "A deletion cannot be taken back: copy the data or make sure of the volume (reclaim policy Retain) before "
         "any of these pods ends. Never remove the finalizer."},
};

constexpr std::size_t most_named = 5;
constexpr auto resize_patience = base::minutes(5);
constexpr auto still_retried = base::minutes(15);

std::string pods_words(const std::vector<const Pod*>& pods) {
    std::vector<std::string> names;
    names.reserve(pods.size());
    for (const auto* pod : pods) names.push_back(pod->meta.name);
    return fmt::format("pod{} {}", names.size() == 1 ? "" : "s", some_of(names, most_named));
}

Evidence phase_of(const PersistentVolumeClaim& claim) {
    return from_field(claim.meta.ref(), Source::status, "status.phase",
                      fmt::format("{}: {}", claim.meta.name, claim.phase));
}

void say_volume(const World& world, Finding& finding, const PersistentVolumeClaim& claim) {
    if (claim.volume.empty()) {
        finding.evidence.push_back(from_field(claim.meta.ref(), Source::spec, "spec.volumeName", "no volumeName"));
        return;
    }
    finding.evidence.push_back(
        from_field(claim.meta.ref(), Source::spec, "spec.volumeName", "volumeName: " + claim.volume));
    const auto volume = world.volume(claim.volume);
    if (volume.absent())
        finding.summary += fmt::format("; PersistentVolume {} does not exist", claim.volume);
    else if (volume && !volume->claim_name.empty() &&
             (volume->claim_ns != claim.meta.ns || volume->claim_name != claim.meta.name ||
              (!volume->claim_uid.empty() && volume->claim_uid != claim.meta.uid)))
        finding.summary += fmt::format("; PersistentVolume {} belongs to {}claim {}/{}", claim.volume,
                                       volume->claim_name == claim.meta.name ? "an earlier " : "", volume->claim_ns,
                                       volume->claim_name);
    else if (volume.unknown())
        finding.missing_evidence.emplace_back("persistentvolumes (could not be read: whether the volume still exists)");
}

std::optional<Finding> lost(const World& world, const PersistentVolumeClaim& claim) {
    if (claim.phase != "Lost") return std::nullopt;
    const auto users = users_of_claim(world, claim);
    if (claim.meta.deleted && users.empty()) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "pvc.lost"), claim.meta.ref());
    finding.evidence.push_back(phase_of(claim));
    finding.summary = fmt::format("Claim {} is Lost", claim.meta.name);
    for (const char* reason : {"ClaimMisbound", "ClaimLost"})
        if (const auto* event = newest_event(world, claim, reason)) {
            finding.evidence.push_back(from_event(*event));
            auto text = event->message;
            if (text.ends_with('.')) text.pop_back();
            finding.summary += ": " + excerpt(text);
            finding.first_seen = event->first;
            break;
        }
    say_volume(world, finding, claim);
    finding.summary += ".";
    add_users(world, finding, users);
    return finding;
}

// A claim that asks for no more than it has is done, whatever stands in old conditions.
bool wants_more(const PersistentVolumeClaim& claim) {
    const auto at = claim.capacity.find("storage");
    if (at == claim.capacity.end()) return false;
    const auto has = base::parse_quantity(at->second), wants = base::parse_quantity(claim.requested);
    return has && wants && *has < *wants;
}

struct Stuck {
    const kube::Condition* condition = nullptr;
    const kube::Event* event = nullptr;
};

bool lasts(const World& world, const kube::Condition& condition) {
    return condition.last_transition && world.now() - *condition.last_transition >= resize_patience;
}

std::optional<Stuck> resize_problem(const World& world, const PersistentVolumeClaim& claim) {
    Stuck stuck;
    for (const char* reason : {"ExternalExpanding", "FileSystemResizeFailed", "VolumeResizeFailed"})
        if (const auto* event = newest_event(world, claim, reason); event && world.now() - event->last <= still_retried)
            stuck.event = event;
    const auto condition = [&](const char* type) -> const kube::Condition* {
        const auto* found = kube::find_condition(claim.conditions, type);
        return found && found->status == "True" ? found : nullptr;
    };
    for (const char* type : {"NodeResizeError", "ControllerResizeError"})
        if (const auto* found = condition(type)) stuck.condition = found;
    if (stuck.condition) return stuck;
    const bool failed = stuck.event && stuck.event->type == "Warning";
    const auto* file_system = condition("FileSystemResizePending");
    const auto* resizing = condition("Resizing");
    stuck.condition = file_system ? file_system : resizing;
    if (failed) return stuck;
    const auto users = users_of_claim(world, claim);
    const bool runs = std::any_of(users.begin(), users.end(), [](const Pod* pod) { return pod->phase == "Running"; });
    if (file_system) return runs && lasts(world, *file_system) ? std::optional(stuck) : std::nullopt;
    if (resizing) return lasts(world, *resizing) ? std::optional(stuck) : std::nullopt;
    // The event comes once, so its age is that of the wait.
    if (const auto* waits = newest_event(world, claim, "ExternalExpanding");
        waits && world.now() - waits->first >= resize_patience) {
        stuck.event = waits;
        return stuck;
    }
    return std::nullopt;
}

std::optional<Finding> resize_stuck(const World& world, const PersistentVolumeClaim& claim) {
    if (claim.phase != "Bound" || claim.meta.deleted || !wants_more(claim)) return std::nullopt;
    const auto stuck = resize_problem(world, claim);
    if (!stuck) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "pvc.resize-stuck"), claim.meta.ref());
    if (stuck->condition) finding.evidence.push_back(from_condition(claim.meta.ref(), *stuck->condition));
    if (stuck->event) finding.evidence.push_back(from_event(*stuck->event));
    const auto& has = claim.capacity.at("storage");
    finding.evidence.push_back(from_field(claim.meta.ref(), Source::status, "status.capacity.storage",
                                          fmt::format("capacity: {}, requested: {}", has, claim.requested)));
    std::string why = stuck->condition ? stuck->condition->type.str() : stuck->event->reason;
    const auto text = stuck->event && (stuck->event->type == "Warning" || !stuck->condition) ? stuck->event->message
                      : stuck->condition                                                     ? stuck->condition->message
                                                                                             : std::string();
    if (!text.empty()) why += ": " + excerpt(text, 400);
    if (why.ends_with('.')) why.pop_back();
    finding.summary = fmt::format("Claim {} asks for {} and has {}; {}", claim.meta.name, claim.requested, has, why);
    const auto users = users_of_claim(world, claim);
    for (const auto* pod : users) finding.affected.push_back({pod->meta.ref(), ""});  // they run on: owners are well
    if (!users.empty()) finding.summary += fmt::format("; used by {}", pods_words(users));
    finding.summary += ".";
    finding.first_seen = stuck->condition ? stuck->condition->last_transition : stuck->event->first;
    return finding;
}

// What becomes of the data once the claim is gone.
std::string fate_words(const World& world, const PersistentVolumeClaim& claim, Finding& finding) {
    const auto volume = world.volume(claim.volume);
    if (!volume) return "";
    finding.evidence.push_back(from_field(volume->meta.ref(), Source::spec, "spec.persistentVolumeReclaimPolicy",
                                          "persistentVolumeReclaimPolicy: " + volume->reclaim_policy));
    if (volume->reclaim_policy == "Delete")
        return fmt::format("; volume {} has reclaim policy Delete, so its data goes with the claim", volume->meta.name);
    if (volume->reclaim_policy == "Retain")
        return fmt::format("; volume {} has reclaim policy Retain and stays", volume->meta.name);
    return "";
}

std::optional<Finding> terminating(const World& world, const PersistentVolumeClaim& claim) {
    constexpr const char* finalizer = "kubernetes.io/pvc-protection";
    if (!claim.meta.deleted || claim.phase == "Lost" || is_going(world, claim.meta.ns)) return std::nullopt;
    if (world.now() - *claim.meta.deleted < terminating_grace) return std::nullopt;
    const auto& held = claim.meta.finalizers;
    if (std::find(held.begin(), held.end(), finalizer) == held.end()) return std::nullopt;
    auto users = users_of_claim(world, claim);
    std::erase_if(users, [](const Pod* pod) { return pod->spec.node_name.empty() || pod->meta.deleted; });
    if (users.empty()) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "pvc.terminating-in-use"), claim.meta.ref());
    const auto at = base::to_rfc3339(*claim.meta.deleted);
    finding.evidence.push_back(from_field(claim.meta.ref(), Source::status, "metadata.deletionTimestamp",
                                          "deletionTimestamp: " + at, claim.meta.deleted));
    finding.evidence.push_back(from_field(claim.meta.ref(), Source::spec, "metadata.finalizers", finalizer));
    for (const auto* pod : users) {
        finding.evidence.push_back(
            from_field(pod->meta.ref(), Source::spec, "spec.volumes.claimName", claim.meta.name));
        finding.affected.push_back({pod->meta.ref(), ""});  // they run: their owners are well
    }
    finding.summary = fmt::format("Claim {} was deleted {} ago and is still used by {} ({} holds it)", claim.meta.name,
                                  base::to_words(world.now() - *claim.meta.deleted), pods_words(users), finalizer);
    finding.summary += fate_words(world, claim, finding) + ".";
    finding.first_seen = claim.meta.deleted;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto& claim : world.facts().claims)
        for (const auto judge : {lost, resize_stuck, terminating})
            if (auto finding = judge(world, claim)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule claim_bound;
const Rule claim_bound{.id = "claim_bound", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
