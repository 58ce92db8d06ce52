// TAXONOMY 1.9: nodes that are closed on purpose, of another version, or whose kubelet cannot be reached for logs.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/node_fit.hpp"
#include "diagnose/node_health.hpp"
#include "diagnose/pending_pods.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Node;
using re2::RE2;

constexpr Mode modes[] = {
    {.id = "node.cordoned",
     .category = Category::node,
     .severity = Severity::info,
     .summary = "The node is cordoned: it takes no new pods.",
     .needs =
         "spec.unschedulable of the node, and either all namespaces were asked for or a pod that fits nowhere else "
         "could use the node (then medium).",
     .not_when = "The cordon alone keeps a pod pending: pod.pending.cordoned says so.",
     .advice = "Ask who cordoned the node; uncordon it when the maintenance is over."},
    {.id = "node.kubelet-unreachable",
     .category = Category::node,
     .severity = Severity::medium,
     .summary = "The API server does not reach the kubelet of a node that is ready: logs, exec and port-forward fail.",
     .needs =
         "Reading a log failed with an error of the connection to the kubelet (port 10250), and condition Ready of "
         "the node is True.",
     .not_when = "The node is not ready (node.notready.*).",
     .advice = "Is port 10250 of the node open to the API server (firewall, security group)? \"remote error: tls: "
               "internal error\" means that the kubelet has no serving certificate: look for pending requests "
               "(kubectl get csr)."},
    {.id = "node.version-skew",
     .category = Category::node,
     .severity = Severity::low,
     .summary = "The node's kubelet is of a version that the API server's does not go with.",
     .needs = "status.nodeInfo.kubeletVersion newer than the server, or more than three minor versions older (two "
              "before 1.28).",
     .not_when = "An upgrade is under way and within those bounds.",
     .advice = "Upgrade the node's kubelet; a kubelet newer than the API server is not supported at all."},
};

// ---- cordoned

struct Cordons {
    std::map<std::string, std::vector<const PendingPod*>> blocking;  // by node: pods with another mode
    std::set<std::string> claimed;                                   // by pod.pending.cordoned
};

Cordons cordons_of(const std::vector<PendingPod>& pending) {
    Cordons found;
    for (const auto& one : pending) {
        const bool leads = one.lead.blocker == Blocker::cordoned;
        if (!one.message.has(Blocker::cordoned) || (!leads && one.proof(one.lead))) continue;
        for (const auto* node : one.nodes) {
            if (!node->unschedulable || !matches_node(one.pod->spec, *node)) continue;
            if (leads)
                found.claimed.insert(node->meta.name);
            else
                found.blocking[node->meta.name].push_back(&one);
        }
    }
    return found;
}

std::optional<Finding> cordoned(const World& world, const Node& node, const Cordons& cordons) {
    if (!node.unschedulable || cordons.claimed.contains(node.meta.name)) return std::nullopt;
    const auto blocked = cordons.blocking.find(node.meta.name);
    const bool blocks = blocked != cordons.blocking.end();
    if (!blocks && !world.facts().scope.all) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "node.cordoned"), node.meta.ref());
    finding.evidence.push_back(from_field(node.meta.ref(), Source::spec, "spec.unschedulable", "unschedulable: true"));
    finding.summary = fmt::format("Node {} is cordoned (spec.unschedulable: true).", node.meta.name);
    if (!blocks) return finding;
    finding.severity = Severity::medium;
    finding.confidence = Confidence::probable;
    std::vector<const Pod*> pods;
    for (const auto* one : blocked->second) pods.push_back(one->pod);
    affect(world, finding, pods);
    const auto& first = *blocked->second.front();
    finding.evidence.push_back(from_condition(first.pod->meta.ref(), *first.condition));
    finding.summary += fmt::format(" {} pod{} that the other nodes do not take could use it.", pods.size(),
                                   pods.size() == 1 ? "" : "s");
    return finding;
}

// ---- version skew

std::optional<int> minor_of(const std::string& version) {
    static const RE2 pattern(R"(v?1\.(\d{1,4})(?:\D.*)?)");
    int minor = 0;
    return RE2::FullMatch(version, pattern, &minor) ? std::optional(minor) : std::nullopt;
}

std::optional<Finding> skewed(const World& world, const Node& node) {
    constexpr int three_since = 28;
    const auto& server_version = world.facts().cluster.server_version;
    const auto server = minor_of(server_version), kubelet = minor_of(node.kubelet_version);
    if (!server || !kubelet) return std::nullopt;
    const int allowed = *server >= three_since ? 3 : 2;
    const bool newer = *kubelet > *server;
    if ((!newer && *server - *kubelet <= allowed) || !concerns_scope(world, node)) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "node.version-skew"), node.meta.ref());
    finding.evidence.push_back(from_field(node.meta.ref(), Source::status, "status.nodeInfo.kubeletVersion",
                                          "kubeletVersion: " + node.kubelet_version));
    finding.summary = fmt::format("Node {} runs kubelet {} and the API server is {}: {}.", node.meta.name,
                                  node.kubelet_version, server_version,
                                  newer ? std::string("a kubelet must not be newer than the server")
                                        : fmt::format("more than {} minor versions older", allowed));
    return finding;
}

// ---- kubelet not reachable

bool is_connection_error(const std::string& detail) {
    static const RE2 kubelet("containerLogs|:10250");
    static const RE2 error(
        "i/o timeout|connection refused|no route to host|tls: internal error|TLS handshake timeout|"
        "context deadline exceeded|Client.Timeout|x509:|connection reset|error dialing backend|dial tcp");
    return RE2::PartialMatch(detail, kubelet) && RE2::PartialMatch(detail, error);
}

std::vector<Finding> unreachable(const World& world) {
    std::vector<Finding> out;
    for (const auto& read : world.reads()) {
        if (read.what != kube::Resource::logs || read.state == kube::ReadState::ok) continue;
        if (!is_connection_error(read.detail)) continue;
        const auto pod = world.pod(read.ns, read.object.substr(0, read.object.find('/')));
        if (!pod || pod->spec.node_name.empty() || health_of(world, *pod) != NodeHealth::well) continue;
        const auto node = world.node(pod->spec.node_name);
        auto finding = pod_finding_on(world, mode_in(modes, "node.kubelet-unreachable"), node->meta.ref(), *pod);
        finding.evidence.push_back(from_field(pod->meta.ref(), Source::log, "log", read.detail));
        finding.evidence.push_back(from_condition(node->meta.ref(), *ready_condition(*node)));
        finding.confidence = Confidence::probable;
        finding.summary = fmt::format("Logs of pods on node {} cannot be read although it is ready: {}.",
                                      node->meta.name, excerpt(read.detail));
        finding.first_seen = std::nullopt;
        out.push_back(std::move(finding));
    }
    return out;
}

std::vector<Finding> match(const World& world) {
    auto out = unreachable(world);
    const auto& pending = unschedulable_pods(world);
    const auto cordons = cordons_of(pending);
    std::vector<const Node*> nodes;
    for (const auto& node : world.facts().nodes) nodes.push_back(&node);
    std::sort(nodes.begin(), nodes.end(), [](const Node* a, const Node* b) { return a->meta.name < b->meta.name; });
    for (const auto* node : nodes) {
        if (auto finding = cordoned(world, *node, cordons)) out.push_back(std::move(*finding));
        if (auto finding = skewed(world, *node)) out.push_back(std::move(*finding));
    }
    return out;
}

}  // namespace

extern const Rule node_state;
const Rule node_state{.id = "node_state", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
