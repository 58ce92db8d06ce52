// Pods that no node may take for what nodes are, not for their room: TAXONOMY 1.2, taints, cordons and node affinity,
// and what no other mode names.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/pending_pods.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Node;
using kube::World;

constexpr std::size_t most_named = 5;

constexpr Mode modes[] = {
    {"pod.pending.taint",
     Category::scheduling_taint,
     Severity::high,
     "The nodes that the pod could use carry taints that it does not tolerate.",
     "PodScheduled=False Unschedulable with \"untolerated taint\" (before 1.21: \"had taint ... that the pod didn't "
     "tolerate\").",
     "Taints that Kubernetes sets for a condition of the node (not-ready, disk-pressure) are symptoms of the node. The "
     "control-plane taint is normal.",
     "Remove the taint when the work that it stands for is done, or give the pod a toleration if it belongs there.",
     {}},
    {"pod.pending.cordoned",
     Category::node,
     Severity::medium,
     "The nodes that the pod could use are cordoned.",
     "PodScheduled=False Unschedulable with \"node(s) were unschedulable\", and a node with spec.unschedulable.",
     "Maintenance that is planned: find out who cordoned the node before anything else.",
     "Ask who cordoned the node; and uncordon it when the maintenance is over.",
     {}},
    {"pod.pending.node-affinity",
     Category::scheduling_affinity,
     Severity::high,
     "No node has the labels that the pod's nodeSelector or node affinity asks for, or those that have are closed.",
     "PodScheduled=False Unschedulable with \"didn't match Pod's node affinity/selector\" (before 1.22: \"node "
     "selector\").",
     "Nodes that the pod was never meant for say the same while another reason blocks the ones that it was.",
     "Compare the selector with kubectl get nodes --show-labels: correct the selector, or put the label back on a "
     "node.",
     {}},
    {"pod.pending.unschedulable",
     Category::scheduling_affinity,
     Severity::medium,
     "The scheduler finds no node, for a reason that no other mode names (a scheduler extender, a claimed device, a "
     "claim that is being deleted).",
     "PodScheduled=False Unschedulable.",
     "A reason with a mode of its own in the same message leads instead.",
     "Read the scheduler's message: kubectl describe pod.",
     {}},
};

std::vector<const Node*> allowed_by_labels(const PendingPod& pending) {
    std::vector<const Node*> nodes;
    for (const auto* node : pending.nodes)
        if (matches_node(pending.pod->spec, *node)) nodes.push_back(node);
    return nodes;
}

// Root on the nodes when opening them is all that the pod needs; further nodes are affected.
Finding finding_on_nodes(const World& world, const PendingPod& pending, const Mode& mode,
                         const std::vector<const Node*>& nodes) {
    auto finding = pod_finding_on(world, mode, nodes.front()->meta.ref(), *pending.pod);
    for (std::size_t i = 1; i < nodes.size(); ++i) finding.affected.push_back({nodes[i]->meta.ref(), ""});
    std::sort(finding.affected.begin(), finding.affected.end());
    return finding;
}

// The nodes whose taints and cordons matter: all of them where the labels leave none, for then they hide just that.
std::vector<const Node*> nodes_in_question(const PendingPod& pending) {
    auto allowed = allowed_by_labels(pending);
    return allowed.empty() ? pending.nodes : allowed;
}

struct TaintedNode {
    const Node* node;
    const kube::Taint* taint;
};

std::vector<TaintedNode> tainted_nodes(const PendingPod& pending) {
    std::vector<TaintedNode> found;
    for (const auto* node : nodes_in_question(pending))
        for (const auto* taint : untolerated(pending.pod->spec, *node))
            if (taint->key != "node.kubernetes.io/unschedulable") found.push_back({node, taint});
    return found;
}

// One node, or nodes that are closed for their condition, are to be repaired. Several nodes with a taint of somebody's
// own, or a pod that picks its nodes by label, lack a toleration.
bool blames_node(const PendingPod& pending, const std::vector<TaintedNode>& tainted) {
    if (tainted.empty() || !pending.proof(pending.lead) || pending.blocked_beyond_lead()) return false;
    const bool condition =
        std::all_of(tainted.begin(), tainted.end(), [](const auto& one) { return is_condition_taint(one.taint->key); });
    const bool one_node =
        std::all_of(tainted.begin(), tainted.end(), [&](const auto& one) { return one.node == tainted.front().node; });
    return condition || (one_node && node_requirements(pending.pod->spec).empty());
}

Finding judge_taint(const World& world, const PendingPod& pending, const Mode& mode) {
    const auto tainted = tainted_nodes(pending);
    std::vector<const Node*> nodes;
    std::vector<std::string> words;
    for (const auto& [node, taint] : tainted) {
        if (nodes.empty() || nodes.back() != node) nodes.push_back(node);
        words.push_back(fmt::format("{} on {}", taint_words(*taint), node->meta.name));
    }
    auto finding = blames_node(pending, tainted) ? finding_on_nodes(world, pending, mode, nodes)
                                                 : pod_finding(world, mode, *pending.pod);
    finding.summary = heading(pending);
    if (!words.empty()) finding.summary += "; not tolerated: " + some_of(words, most_named);
    finding.summary += ".";
    if (std::any_of(tainted.begin(), tainted.end(), [](const auto& one) { return is_condition_taint(one.taint->key); }))
        finding.summary += " Kubernetes sets this taint for a condition of the node: the node is the fault.";
    if (is_control_plane_taint(pending.lead.detail))
        finding.summary += " On control-plane nodes this taint is normal: the pod needs another node.";
    if (!pending.proof(pending.lead))
        for (std::size_t i = 0; i < std::min(tainted.size(), most_named); ++i)
            finding.evidence.push_back(taint_evidence(*tainted[i].node, *tainted[i].taint));
    return finding;
}

Finding judge_cordoned(const World& world, const PendingPod& pending, const Mode& mode) {
    std::vector<const Node*> nodes;
    std::vector<std::string> names;
    for (const auto* node : nodes_in_question(pending))
        if (node->unschedulable) {
            nodes.push_back(node);
            names.push_back(node->meta.name);
        }
    const bool all = pending.proof(pending.lead) && !pending.blocked_beyond_lead();
    auto finding = all ? finding_on_nodes(world, pending, mode, nodes) : pod_finding(world, mode, *pending.pod);
    finding.summary = heading(pending);
    if (!names.empty()) {
        finding.summary += "; cordoned: " + some_of(names, most_named);
        finding.advice = {fmt::format(
            "Find out who cordoned it and why; when the maintenance is over: kubectl uncordon {}.", names.front())};
    }
    finding.summary += ".";
    if (!pending.proof(pending.lead))
        for (std::size_t i = 0; i < std::min(nodes.size(), most_named); ++i)
            finding.evidence.push_back(
                from_field(nodes[i]->meta.ref(), Source::spec, "spec.unschedulable", "unschedulable: true"));
    return finding;
}

Finding judge_affinity(const World& world, const PendingPod& pending, const Mode& mode) {
    auto finding = pod_finding(world, mode, *pending.pod);
    finding.summary = heading(pending);
    std::vector<std::string> asked;
    for (const auto& requirement : node_requirements(pending.pod->spec))
        asked.push_back(requirement_words(requirement));
    if (const auto* proof = pending.proof(pending.lead)) {
        finding.summary += "; " + proof->words;
    } else if (!asked.empty()) {
        finding.summary += "; it asks for " + some_of(asked, most_named);
        finding.evidence.push_back(from_field(pending.pod->meta.ref(), Source::spec, "spec.nodeSelector, spec.affinity",
                                              some_of(asked, asked.size())));
        std::vector<std::string> names;
        for (const auto* node : allowed_by_labels(pending)) names.push_back(node->meta.name);
        if (!names.empty()) finding.summary += "; nodes that have it: " + some_of(names, most_named);
    }
    finding.summary += ".";
    return finding;
}

Finding judge_rest(const World& world, const PendingPod& pending, const Mode& mode) {
    const auto claim = pending.lead.blocker == Blocker::claim_unusable
                           ? world.claim(pending.pod->meta.ns, pending.lead.detail)
                           : kube::Lookup<kube::PersistentVolumeClaim>{};
    auto finding =
        claim ? pod_finding_on(world, mode, claim->meta.ref(), *pending.pod) : pod_finding(world, mode, *pending.pod);
    if (pending.lead.blocker == Blocker::claim_unusable) finding.category = Category::storage_claim;
    finding.summary = heading(pending) + ".";
    if (claim)
        finding.evidence.push_back(from_field(claim->meta.ref(), Source::status, "status.phase",
                                              fmt::format("{}: {}", claim->meta.name, claim->phase)));
    return finding;
}

using Judge = Finding (*)(const World&, const PendingPod&, const Mode&);

std::pair<std::string_view, Judge> judge_of(Blocker blocker) {
    switch (blocker) {
        case Blocker::taint:
            return {"pod.pending.taint", judge_taint};
        case Blocker::cordoned:
            return {"pod.pending.cordoned", judge_cordoned};
        case Blocker::node_affinity:
            return {"pod.pending.node-affinity", judge_affinity};
        case Blocker::other:
        case Blocker::claim_unusable:
            return {"pod.pending.unschedulable", judge_rest};
        default:
            return {"", nullptr};
    }
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& pending : unschedulable_pods(world)) {
        const auto [id, judge] = judge_of(pending.lead.blocker);
        if (!judge) continue;
        auto finding = judge(world, pending, mode_in(modes, id));
        complete(world, pending, finding);
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace

extern const Rule pod_pending_placement = {"pod_pending_placement", modes, match};

}  // namespace salve::diagnose::rules
