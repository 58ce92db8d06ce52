#include "diagnose/pending_pods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::Node;
using kube::World;

constexpr std::size_t longest_reason = 200;  // extenders may say anything, at any length
constexpr std::size_t most_reasons = 8;

bool is_resource(Blocker blocker) {
    return blocker == Blocker::insufficient_cpu || blocker == Blocker::insufficient_memory ||
           blocker == Blocker::insufficient_resource;
}

// Whether the nodes or claims of now contradict the reason: the message is as old as the last try (TAXONOMY 6.10).
bool is_outdated(const World& world, const PendingPod& pending, const SchedulerReason& reason) {
    const auto& ns = pending.pod->meta.ns;
    const auto any_node = [&](auto&& test) { return std::any_of(pending.nodes.begin(), pending.nodes.end(), test); };
    const auto& spec = pending.pod->spec;
    switch (reason.blocker) {
        case Blocker::cordoned:
            return !pending.nodes.empty() && !any_node([](const Node* node) { return node->unschedulable; });
        case Blocker::taint:
            return !pending.nodes.empty() &&
                   !any_node([&](const Node* node) { return !untolerated(spec, *node).empty(); });
        case Blocker::node_affinity:
            // What a scheduler's own profile adds stands in no object that is read.
            return !pending.nodes.empty() && reason.text.find("scheduler-enforced") == std::string::npos &&
                   !any_node([&](const Node* node) { return !matches_node(spec, *node); });
        case Blocker::no_nodes:
            return !pending.nodes.empty();
        case Blocker::claim_missing:
            return world.claim(ns, reason.detail).found != nullptr;
        case Blocker::claim_awaited:
            return world.claim(ns, reason.detail).found || world.now() - pending.pod->meta.created < creating_stuck;
        case Blocker::unbound_claim: {
            if (!world.seen(kube::Resource::persistentvolumeclaims, ns)) return false;
            const auto claims = claims_of(*pending.pod);
            return std::none_of(claims.begin(), claims.end(), [&](const std::string& name) {
                const auto claim = world.claim(ns, name);
                return claim && claim->phase != "Bound";
            });
        }
        default:
            return false;
    }
}

// How surely a reason is the one to clear: lower leads. What no node can ever meet comes before what is merely full;
// what keeps the pod off nodes that it was never meant for comes last, for on the others something else blocks.
int rank(const PendingPod& pending, const SchedulerReason& reason) {
    const bool proven = pending.proof(reason) != nullptr;
    switch (reason.blocker) {
        case Blocker::insufficient_resource:
            return proven ? 0 : 4;
        case Blocker::node_affinity:
            return proven ? 1 : 7;
        case Blocker::volume_zone:
            return proven ? 2 : 6;
        case Blocker::insufficient_cpu:
        case Blocker::insufficient_memory:
        case Blocker::topology_spread:
            return proven ? 3 : 4;
        case Blocker::taint:
            return is_control_plane_taint(reason.detail) ? 8 : 4;
        case Blocker::other:
            return 5;
        default:
            return 4;
    }
}

// Of equal rank the reason of most nodes leads; then taints and cordons, which no change of the pod clears, come after
// the rest; then the order of the message.
SchedulerReason choose_lead(const PendingPod& pending) {
    const auto& reasons = pending.message.reasons;
    const auto key = [&](const SchedulerReason& reason) {
        const bool of_node = reason.blocker == Blocker::taint || reason.blocker == Blocker::cordoned;
        return std::make_tuple(rank(pending, reason), -reason.nodes, of_node);
    };
    return *std::min_element(reasons.begin(), reasons.end(),
                             [&](const auto& a, const auto& b) { return key(a) < key(b); });
}

std::string shortened(std::string_view text) {
    if (text.size() <= longest_reason) return std::string(text);
    auto end = longest_reason;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
    return std::string(text.substr(0, end)) + "...";
}

std::vector<std::string> missing(const World& world, const PendingPod& pending) {
    std::vector<std::string> lines;
    if (!world.seen(kube::Resource::nodes, ""))
        lines.emplace_back("nodes (could not be read: labels, taints and room of the nodes are unknown)");
    else if (!world.seen(kube::Resource::pods, "") && is_resource(pending.lead.blocker))
        lines.push_back(fmt::format("pods of other namespaces (only {} was read: free room of the nodes is unknown)",
                                    pending.pod->meta.ns));
    return lines;
}

void add_events(const World& world, const PendingPod& pending, Finding& finding) {
    const kube::Event* failed = nullptr;
    const kube::Event* autoscaler = nullptr;
    for (const auto* event : world.events(*pending.pod)) {
        if (event->reason == "FailedScheduling") failed = event;
        if (event->reason == "TriggeredScaleUp" || event->reason == "NotTriggerScaleUp") autoscaler = event;
    }
    if (failed) {
        finding.evidence.push_back(from_event(*failed));
        finding.last_seen = failed->last;
    }
    if (!autoscaler) return;
    finding.evidence.push_back(from_event(*autoscaler));
    finding.advice.emplace_back(
        autoscaler->reason == "TriggeredScaleUp"
            ? "The cluster autoscaler is adding a node for this pod: wait for it to join."
            : "The cluster autoscaler says that no node group it may grow would take this pod.");
}

std::vector<PendingPod> find_unschedulable(const World& world) {
    std::vector<PendingPod> found;
    const auto nodes = all_nodes(world);
    if (nodes.empty() && world.seen(kube::Resource::nodes, "")) return found;  // pod.pending.no-nodes says it all
    for (const auto* pod : world.unsettled()) {
        if (!waits_for_a_node(world, *pod, pending_grace)) continue;
        const auto* condition = kube::find_condition(pod->conditions, "PodScheduled");
        if (!condition || condition->status != "False" || condition->reason != "Unschedulable") continue;
        if (is_preempting(world, *pod)) continue;
        PendingPod pending{pod, condition, parse_scheduler_message(condition->message), nodes, {}, {}};
        auto& reasons = pending.message.reasons;
        std::erase_if(reasons, [&](const auto& reason) { return is_outdated(world, pending, reason); });
        if (reasons.empty()) continue;
        pending.placement = &placement_of(world, *pod);
        pending.lead = choose_lead(pending);
        found.push_back(std::move(pending));
    }
    return found;
}

}  // namespace

const Proof* PendingPod::proof(const SchedulerReason& reason) const {
    for (const auto& proof : placement->proofs)
        if (proof.blocker == reason.blocker && (!is_resource(reason.blocker) || proof.resource == reason.detail))
            return &proof;
    return nullptr;
}

bool PendingPod::blocked_beyond_lead() const {
    const auto* of_lead = proof(lead);
    return std::any_of(placement->proofs.begin(), placement->proofs.end(),
                       [&](const Proof& proof) { return &proof != of_lead; });
}

bool waits_for_a_node(const World& world, const Pod& pod, base::Duration grace) {
    return never_bound(pod) && world.now() - pod.meta.created >= grace;
}

bool is_preempting(const World& world, const Pod& pod) {
    return !pod.nominated_node.empty() && world.now() - pod.meta.created < creating_stuck;
}

const std::vector<PendingPod>& unschedulable_pods(const World& world) { return world.once(find_unschedulable); }

std::string heading(const PendingPod& pending) {
    std::vector<std::string> words;
    for (const auto& reason : pending.message.reasons) {
        const auto text = shortened(reason.text);
        words.push_back(reason.nodes > 0 ? fmt::format("{} {}", reason.nodes, text) : text);
    }
    auto line = "Cannot be scheduled: " + some_of(words, most_reasons);
    if (pending.message.nodes) line += fmt::format(" (0/{} nodes fit)", *pending.message.nodes);
    return line;
}

void complete(const World& world, const PendingPod& pending, Finding& finding) {
    std::vector<Evidence> own;
    own.swap(finding.evidence);
    finding.evidence.push_back(from_condition(pending.pod->meta.ref(), *pending.condition));
    finding.evidence.insert(finding.evidence.end(), own.begin(), own.end());
    const auto* of_lead = pending.proof(pending.lead);
    for (const auto& proof : pending.placement->proofs) {
        finding.evidence.insert(finding.evidence.end(), proof.evidence.begin(), proof.evidence.end());
        if (&proof == of_lead) continue;
        finding.summary += pending.message.has(proof.blocker) ? " Also, " : " Beyond what the scheduler says, ";
        finding.summary += proof.words + ".";
    }
    finding.first_seen = pending.condition->last_transition.value_or(pending.pod->meta.created);
    add_events(world, pending, finding);
    for (auto& line : missing(world, pending)) finding.missing_evidence.push_back(std::move(line));
}

}  // namespace salve::diagnose
