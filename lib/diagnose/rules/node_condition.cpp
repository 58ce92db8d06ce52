// TAXONOMY 1.9: what a node's conditions say is wrong with it. Texts: pkg/kubelet/nodestatus/setters.go,
// pkg/controller/nodelifecycle/node_lifecycle_controller.go.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/eviction_text.hpp"
#include "diagnose/failed_pod.hpp"
#include "diagnose/node_health.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Condition;
using kube::Node;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "node.notready.kubelet-silent",
     .category = Category::node,
     .severity = Severity::critical,
     .summary = "The node's kubelet no longer reports: the machine, its network or the kubelet is down.",
     .needs = "Condition Ready=Unknown of the node (NodeStatusUnknown, \"Kubelet stopped posting node status.\").",
     .not_when = "The kubelet itself reports that it is not ready (node.notready.kubelet-reports).",
     .advice = "Is the machine up and reachable? Look at the kubelet there (systemctl status kubelet, its log), and at "
               "the way from the node to the API server. Its pods may still run, unobserved."},
    {.id = "node.notready.kubelet-reports",
     .category = Category::node,
     .severity = Severity::critical,
     .summary = "The node's kubelet answers and says that the node is not ready.",
     .needs = "Condition Ready=False of the node (KubeletNotReady), whose message says what is missing.",
     .not_when = "The node has just joined, or its kubelet has just been started.",
     .advice = "The message says what is missing; look there on the node."},
    {.id = "node.pressure.memory",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The node is low on memory: the kubelet evicts pods and takes no new ones without requests.",
     .needs = "Condition MemoryPressure=True of the node.",
     .not_when = "It stays True for five minutes after the memory is free again.",
     .advice = "See which pods use more memory than they request (kubectl top pods), set requests, or move load away."},
    {.id = "node.pressure.disk",
     .category = Category::node,
     .severity = Severity::high,
     .summary =
         "The node is low on disk space or inodes: the kubelet deletes images, evicts pods and takes no new ones.",
     .needs = "Condition DiskPressure=True of the node.",
     .not_when = "It stays True for five minutes after the space is free again.",
     .advice = "See what fills the disk of the node: images, container logs, emptyDir volumes, files outside of "
               "Kubernetes."},
    {.id = "node.pressure.pid",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The node is low on process ids.",
     .needs = "Condition PIDPressure=True of the node.",
     .not_when = "It stays True for five minutes after they are free again.",
     .advice = "Find the program that leaves processes or threads behind; podPidsLimit of the kubelet bounds a pod."},
    {.id = "node.network-unavailable",
     .category = Category::node,
     .severity = Severity::high,
     .summary = "The network of the node is not set up: its pods reach nobody.",
     .needs = "Condition NetworkUnavailable=True of the node.",
     .not_when = "The node has just joined.",
     .advice = "Look at the network plugin's agent on the node, or at the route controller of the cloud provider."},
};

constexpr auto joining_grace = base::seconds(60);  // CNI and routes are set up after the node appears
constexpr auto turn_grace = base::seconds(60);     // a kubelet that restarts is not ready for some seconds
constexpr std::size_t zone_outage_percent = 55;    // TAXONOMY 1.9

bool is_settled(const World& world, const Node& node, const Condition& condition) {
    const bool joins =
        condition.type == "NetworkUnavailable" || (condition.type == "Ready" && condition.status == "False");
    if (joins && world.now() - node.meta.created < joining_grace) return false;
    static const RE2 starting("status check may not have completed yet|pleg has yet to be successful");
    return !RE2::PartialMatch(condition.message, starting) || !condition.last_transition ||
           world.now() - *condition.last_transition >= turn_grace;
}

std::string_view mode_of(const Condition& condition) {
    if (condition.type == "Ready")
        return condition.status == "Unknown" ? "node.notready.kubelet-silent"
               : condition.status == "False" ? "node.notready.kubelet-reports"
                                             : "";
    if (condition.status != "True") return "";
    if (condition.type == "MemoryPressure") return "node.pressure.memory";
    if (condition.type == "DiskPressure") return "node.pressure.disk";
    if (condition.type == "PIDPressure") return "node.pressure.pid";
    return condition.type == "NetworkUnavailable" ? "node.network-unavailable" : "";
}

// What to look at for what the kubelet reports.
std::string report_advice(const std::string& message) {
    static const RE2 network("(?i)NetworkReady=false|cni plugin not initialized|network plugin|cni config");
    static const RE2 runtime(
        "(?i)container runtime is down|PLEG is not healthy|runtime status check|RuntimeReady=false");
    static const RE2 shutdown("(?i)node is shutting down");
    static const RE2 capacity("(?i)missing node capacity");
    static const RE2 csi("(?i)CSINode");
    if (RE2::PartialMatch(message, network))
        return "The network plugin of the node has not been set up: look at its pods in kube-system or in its own "
               "namespace on that node, and at /etc/cni/net.d there.";
    if (RE2::PartialMatch(message, runtime))
        return "The container runtime of the node does not answer: look at it there (systemctl status containerd, its "
               "log, a full disk); pods that run go on, nothing new starts and nothing can be stopped.";
    if (RE2::PartialMatch(message, shutdown)) return "The machine is shutting down: find out who ordered it.";
    if (RE2::PartialMatch(message, capacity))
        return "The kubelet could not read the machine's capacity: look at its log (cAdvisor).";
    if (RE2::PartialMatch(message, csi)) return "The CSINode object of the node is missing: look at the kubelet's log.";
    return "";
}

EvictedFor evicted_for(const Condition& condition) {
    return condition.type == "MemoryPressure" ? EvictedFor::memory
           : condition.type == "DiskPressure" ? EvictedFor::disk
                                              : EvictedFor::pids;
}

// Whom it strikes: pods evicted for this pressure within the hour, else pods that the node took out of service.
bool is_struck(const World& world, const Pod& pod, const Condition& condition) {
    if (condition.type == "Ready" || condition.type == "NetworkUnavailable") {
        if (!pod.meta.deleted) return is_stranded(world, pod);
        const auto* ready = kube::find_condition(pod.conditions, "Ready");
        return condition.type == "Ready" && ready && ready->status != "True" && ready->reason.empty();
    }
    if (ending_of(pod) != Ending::evicted || world.now() - ended_at(world, pod) > restart_window) return false;
    const auto eviction = parse_eviction(pod.message);
    return eviction && eviction->what == evicted_for(condition);
}

void add_lease(const World& world, const Node& node, Finding& finding) {
    for (const auto& lease : world.leases())
        if (lease.meta.name == node.meta.name && lease.renewed)
            finding.evidence.push_back(from_field(lease.meta.ref(), Source::spec, "spec.renewTime",
                                                  "lease last renewed at " + base::to_rfc3339(*lease.renewed),
                                                  lease.renewed));
}

// Many nodes that fall silent at once are not each broken (TAXONOMY 1.9).
void add_outage(const World& world, Finding& finding) {
    const auto& nodes = world.facts().nodes;
    const auto silent = static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [](const Node& node) {
        const auto* ready = ready_condition(node);
        return ready && ready->status == "Unknown";
    }));
    if (nodes.size() >= 3 && silent * 100 >= nodes.size() * zone_outage_percent)
        finding.advice.push_back(
            fmt::format("{} of {} nodes are silent at once: look at the network between them and the API server first.",
                        silent, nodes.size()));
}

std::string sentence(const Node& node, const Condition& condition) {
    const auto literal =
        excerpt(condition.message.empty() ? condition.reason.str() : condition.reason + ": " + condition.message);
    const auto words = condition.type == "Ready" ? fmt::format("is not ready (Ready={})", condition.status)
                                                 : fmt::format("says {}={}", condition.type, condition.status);
    return with_stop(
        fmt::format("Node {} {}: {}", node.meta.name, words, literal.empty() ? "it does not say why" : literal));
}

std::optional<Finding> judge(const World& world, const Node& node, const Condition& condition) {
    const auto id = mode_of(condition);
    if (id.empty() || node.meta.deleted || !is_settled(world, node, condition)) return std::nullopt;
    auto finding = object_finding(mode_in(modes, id), node.meta.ref());
    finding.summary = sentence(node, condition);
    finding.evidence.push_back(from_condition(node.meta.ref(), condition));
    finding.first_seen = condition.last_transition;
    if (condition.type == "Ready" && condition.status == "Unknown") {
        add_lease(world, node, finding);
        add_outage(world, finding);
    } else if (const auto advice = report_advice(condition.message); condition.type == "Ready" && !advice.empty()) {
        finding.advice = {advice};
    }
    std::vector<const Pod*> struck;
    for (const auto* pod : pods_on(world, node.meta.name))
        if (is_struck(world, *pod, condition)) struck.push_back(pod);
    affect(world, finding, struck);
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<const Node*> nodes;
    for (const auto& node : world.facts().nodes) nodes.push_back(&node);
    std::sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) { return a->meta.name < b->meta.name; });
    std::vector<Finding> out;
    for (const auto* node : nodes) {
        const bool any = std::any_of(node->conditions.begin(), node->conditions.end(),
                                     [](const Condition& condition) { return !mode_of(condition).empty(); });
        if (!any) continue;
        const bool concerned = concerns_scope(world, *node);
        // A silent kubelet's other conditions are Unknown, or say what held before.
        const auto* ready = ready_condition(*node);
        for (const auto& condition : node->conditions) {
            if (ready && ready->status == "Unknown" && condition.type != "Ready") continue;
            auto finding = judge(world, *node, condition);
            if (finding && (concerned || !finding->affected.empty())) out.push_back(std::move(*finding));
        }
    }
    return out;
}

}  // namespace

extern const Rule node_condition;
const Rule node_condition{.id = "node_condition", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
