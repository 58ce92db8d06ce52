// Pods whose volumes keep them from being placed: TAXONOMY 1.2, the modes about claims and volumes.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/claims.hpp"
#include "diagnose/pending_pods.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Pod;
using kube::World;

constexpr std::size_t most_named = 5;

constexpr Mode modes[] = {
    {"pod.pending.unbound-pvc",
     Category::storage_claim,
     Severity::high,
     "The pod waits for a PersistentVolumeClaim that is not bound to a volume.",
     "PodScheduled=False Unschedulable with \"unbound immediate PersistentVolumeClaims\", and a claim of the pod that "
     "is "
     "Pending now.",
     "The message stays for a while after the claim is bound. A Pending claim of a class with WaitForFirstConsumer "
     "waits for the pod, not the pod for it.",
     "Find out why the claim is not bound: kubectl describe pvc.",
     {}},
    {"pod.pending.pvc-missing",
     Category::storage_claim,
     Severity::high,
     "The pod names a PersistentVolumeClaim that does not exist in its namespace.",
     "PodScheduled=False Unschedulable with persistentvolumeclaim \"X\" not found.",
     "The claim of a generic ephemeral volume is made by a controller within seconds. A claim that is being deleted or "
     "has lost its volume exists.",
     "Correct claimName in the pod template, or create the claim.",
     {}},
    {"pod.pending.volume-zone",
     Category::storage_claim,
     Severity::high,
     "The pod's volume may only be used on nodes of another zone or on a node that is not available.",
     "PodScheduled=False Unschedulable with \"volume node affinity conflict\" or \"no available volume zone\".",
     "On the nodes that the volume does reach something else may block; the scheduler then reports both.",
     "Compare the volume's node affinity with the labels of the nodes: bring a node into that zone, or restore the "
     "data "
     "to a volume in a zone that has nodes.",
     {}},
    {"pod.pending.no-matching-pv",
     Category::storage_claim,
     Severity::high,
     "No volume fits the pod's claim on any node, and none can be provisioned.",
     "PodScheduled=False Unschedulable with \"didn't find available persistent volumes to bind\", \"enough free "
     "storage\" or \"bound to non-existent pv(s)\".",
     "A Pending claim with WaitForFirstConsumer alone is no fault.",
     "Create a volume with the claim's class, size and access mode that the node can reach, or ask for what exists.",
     {}},
    {"pod.pending.volume-limit",
     Category::storage_mount,
     Severity::medium,
     "Every node that the pod could use has as many volumes attached as it may.",
     "PodScheduled=False Unschedulable with \"exceed max volume count\".",
     "The limit is the CSI driver's for that kind of node (CSINode), not a quota.",
     "Spread pods with volumes over more nodes, or remove volumes that are not needed.",
     {}},
    {"pod.pending.rwop",
     Category::storage_claim,
     Severity::medium,
     "Another pod uses the pod's claim, which only one pod at a time may use (ReadWriteOncePod).",
     "PodScheduled=False Unschedulable with \"ReadWriteOncePod access mode\".",
     "During a rolling update the old pod is that other pod.",
     "Give each pod a claim of its own, or use the Recreate strategy so that the old pod goes first.",
     {}},
};

std::string_view mode_id(Blocker blocker) {
    switch (blocker) {
        case Blocker::unbound_claim:
            return "pod.pending.unbound-pvc";
        case Blocker::claim_missing:
        case Blocker::claim_awaited:
            return "pod.pending.pvc-missing";
        case Blocker::volume_zone:
            return "pod.pending.volume-zone";
        case Blocker::no_matching_volume:
            return "pod.pending.no-matching-pv";
        case Blocker::volume_limit:
            return "pod.pending.volume-limit";
        case Blocker::read_write_once_pod:
            return "pod.pending.rwop";
        default:
            return "";
    }
}

// The claims of the pod that stand in its way: not Bound, and waiting for a pod or not as the mode says.
std::vector<const kube::PersistentVolumeClaim*> unbound_claims(const World& world, const Pod& pod, Blocker blocker) {
    std::vector<const kube::PersistentVolumeClaim*> found, rest;
    for (const auto& name : claims_of(pod)) {
        const auto claim = world.claim(pod.meta.ns, name);
        if (!claim || claim->phase == "Bound") continue;
        const bool fits = waits_for_consumer(world, *claim) == (blocker == Blocker::no_matching_volume);
        (fits ? found : rest).push_back(claim.found);
    }
    // A class that could not be read leaves its claims under suspicion.
    return found.empty() ? rest : found;
}

// A claim that names its volume is bound to that one or to none (pv_controller.go): what its events and the volume say.
std::string prebound_words(const World& world, const kube::PersistentVolumeClaim& claim, Finding& finding) {
    if (claim.volume.empty()) return "";
    finding.evidence.push_back(
        from_field(claim.meta.ref(), Source::spec, "spec.volumeName", "volumeName: " + claim.volume));
    for (const char* reason : {"VolumeMismatch", "FailedBinding"})
        if (const auto* event = newest_event(world, claim, reason)) {
            finding.evidence.push_back(from_event(*event));
            auto text = event->message;
            if (text.ends_with('.')) text.pop_back();
            return "; " + text;
        }
    const auto volume = world.volume(claim.volume);
    return volume.absent() ? fmt::format("; it names volume {}, which does not exist", claim.volume)
                           : "; it names volume " + claim.volume;
}

Finding judge_claim(const World& world, const PendingPod& pending, const Mode& mode) {
    const auto& pod = *pending.pod;
    const auto claims = unbound_claims(world, pod, pending.lead.blocker);
    if (claims.empty()) {
        auto finding = pod_finding(world, mode, pod);
        finding.summary =
            heading(pending) + fmt::format("; claims of the pod: {}.", some_of(claims_of(pod), most_named));
        if (!world.seen(kube::Resource::persistentvolumeclaims, pod.meta.ns))
            finding.missing_evidence.emplace_back(
                "persistentvolumeclaims (could not be read: which claim blocks is unknown)");
        return finding;
    }
    const auto& first = *claims.front();
    auto finding = pod_finding_on(world, mode, first.meta.ref(), pod);
    std::vector<std::string> words;
    for (const auto* claim : claims) {
        words.push_back(claim_words(*claim));
        finding.evidence.push_back(from_field(claim->meta.ref(), Source::status, "status.phase",
                                              fmt::format("{}: {}", claim->meta.name, claim->phase)));
    }
    finding.summary = heading(pending) + fmt::format("; {}", some_of(words, most_named));
    if (pending.lead.blocker == Blocker::no_matching_volume) finding.summary += volumes_words(world, first);
    finding.summary += prebound_words(world, first, finding) + ".";
    finding.advice = {fmt::format("Find out why the claim is not bound: kubectl describe pvc -n {} {}.", pod.meta.ns,
                                  first.meta.name)};
    if (pending.lead.blocker == Blocker::no_matching_volume) finding.advice.emplace_back(mode.advice);
    return finding;
}

Finding judge_missing(const World& world, const PendingPod& pending, const Mode& mode) {
    const auto& pod = *pending.pod;
    auto finding = pod_finding(world, mode, pod);
    if (pending.lead.blocker == Blocker::claim_awaited) {
        finding.summary = fmt::format("Cannot be scheduled: the claim {} of its ephemeral volume is still not made.",
                                      pending.lead.detail);
        finding.advice = {
            "See the events of the pod for why the claim is refused: a quota, or a class that is missing."};
        return finding;
    }
    finding.summary = fmt::format("Cannot be scheduled: persistentvolumeclaim \"{}\" not found in namespace {}",
                                  pending.lead.detail, pod.meta.ns);
    std::vector<std::string> claims;
    for (const auto& claim : world.facts().claims)
        if (claim.meta.ns == pod.meta.ns) claims.push_back(fmt::format("{} ({})", claim.meta.name, claim.phase));
    if (!claims.empty()) finding.summary += "; there is " + some_of(claims, most_named);
    finding.summary += ".";
    for (const auto& volume : pod.spec.volumes)
        if (volume.source == kube::Volume::Source::claim && volume.object == pending.lead.detail)
            finding.evidence.push_back(from_field(pod.meta.ref(), Source::spec,
                                                  "spec.volumes[" + volume.name + "].persistentVolumeClaim.claimName",
                                                  volume.object));
    return finding;
}

// The placed pods that use the claim.
std::vector<std::string> users_of(const World& world, const std::string& ns, const std::string& claim) {
    std::vector<std::string> users;
    for (const auto& pod : world.facts().pods) {
        if (pod.meta.ns != ns || pod.spec.node_name.empty() || pod.phase == "Succeeded" || pod.phase == "Failed")
            continue;
        const auto names = claims_of(pod);
        if (std::find(names.begin(), names.end(), claim) != names.end())
            users.push_back(fmt::format("{} is used by {} on {}", claim, pod.meta.name, pod.spec.node_name));
    }
    return users;
}

Finding judge_rest(const World& world, const PendingPod& pending, const Mode& mode) {
    auto finding = pod_finding(world, mode, *pending.pod);
    finding.summary = heading(pending);
    const auto claims = claims_of(*pending.pod);
    if (const auto* proof = pending.proof(pending.lead))
        finding.summary += "; " + proof->words;
    else if (!claims.empty())
        finding.summary += "; claims of the pod: " + some_of(claims, most_named);
    if (pending.lead.blocker == Blocker::read_write_once_pod)
        for (const auto& claim : claims)
            for (const auto& use : users_of(world, pending.pod->meta.ns, claim)) finding.summary += "; " + use;
    finding.summary += ".";
    for (const auto& claim : claims)
        finding.evidence.push_back(from_field(pending.pod->meta.ref(), Source::spec, "spec.volumes.claimName", claim));
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& pending : unschedulable_pods(world)) {
        const auto id = mode_id(pending.lead.blocker);
        if (id.empty()) continue;
        const auto& mode = mode_in(modes, id);
        const auto blocker = pending.lead.blocker;
        auto finding = blocker == Blocker::unbound_claim || blocker == Blocker::no_matching_volume
                           ? judge_claim(world, pending, mode)
                       : blocker == Blocker::claim_missing || blocker == Blocker::claim_awaited
                           ? judge_missing(world, pending, mode)
                           : judge_rest(world, pending, mode);
        complete(world, pending, finding);
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace

extern const Rule pod_pending_storage = {"pod_pending_storage", modes, match};

}  // namespace salve::diagnose::rules
