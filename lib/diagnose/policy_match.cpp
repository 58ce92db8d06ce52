#include "diagnose/policy_match.hpp"

#include <algorithm>
#include <charconv>

namespace salve::diagnose {
namespace {

using kube::LabelSelector;
using kube::NetworkPolicy;
using kube::NetworkPolicyPeer;
using kube::NetworkPolicyPort;
using kube::NetworkPolicyRule;
using kube::Pod;
using kube::World;

constexpr int dns_port = 53;

std::vector<const NetworkPolicy*> policies_of(const World& world, const Pod& pod, bool egress) {
    std::vector<const NetworkPolicy*> found;
    for (const auto& policy : world.network_policies(pod.meta.ns))
        if (policy.meta.ns == pod.meta.ns && (egress ? policy.egress : policy.ingress) &&
            kube::matches(policy.pods, pod.meta.labels))
            found.push_back(&policy);
    std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->meta.name < b->meta.name; });
    return found;
}

// Nothing: the labels of that namespace are not known.
std::optional<base::TextMap> labels_of(const World& world, const std::string& ns) {
    if (const auto found = world.name_space(ns)) return found->meta.labels;
    return std::nullopt;
}

bool admits_namespace(const World& world, const LabelSelector& selector, const std::string& ns) {
    if (auto labels = labels_of(world, ns)) return kube::matches(selector, *labels);
    // Every namespace has this label (KEP-2161); of others nothing is known.
    const base::TextMap known{{"kubernetes.io/metadata.name", ns}};
    for (const auto& [key, value] : selector.match_labels)
        if (known.contains(key) && known.at(key) != value) return false;
    return true;
}

// An address may be behind any block: a peer with a block counts as everybody.
bool admits_peer(const World& world, const NetworkPolicyPeer& peer, const std::string& policy_ns, const Pod& other) {
    if (!peer.cidr.empty()) return true;
    if (peer.namespaces) {
        if (!admits_namespace(world, *peer.namespaces, other.meta.ns)) return false;
    } else if (other.meta.ns != policy_ns) {
        return false;
    }
    return !peer.pods || kube::matches(*peer.pods, other.meta.labels);
}

bool admits_port(const NetworkPolicyPort& allowed, int port) {
    if (allowed.port.empty()) return true;
    int number = 0;
    const auto* end = allowed.port.data() + allowed.port.size();
    const auto [at, error] = std::from_chars(allowed.port.data(), end, number);
    if (error != std::errc{} || at != end) return true;  // a name: what it means depends on the pod
    return port >= number && port <= allowed.end_port.value_or(number);
}

bool admits_ports(const NetworkPolicyRule& rule, std::optional<int> port) {
    return rule.ports.empty() || !port || std::any_of(rule.ports.begin(), rule.ports.end(), [&](const auto& allowed) {
               return admits_port(allowed, *port);
           });
}

// The policies are a union: one rule of one of them suffices.
template <typename Admits>
std::optional<Denial> denied(std::vector<const NetworkPolicy*> policies, bool egress, Admits admits) {
    if (policies.empty()) return std::nullopt;
    for (const auto* policy : policies)
        for (const auto& rule : egress ? policy->egress_rules : policy->ingress_rules)
            if (admits(*policy, rule)) return std::nullopt;
    return Denial{std::move(policies)};
}

bool seen(const World& world, const std::string& ns) { return world.seen(kube::Resource::networkpolicies, ns); }

// A peer through which DNS in kube-system may be reached. Its pods' labels are those of every distribution.
bool may_be_dns(const World& world, const NetworkPolicyPeer& peer) {
    if (!peer.cidr.empty()) return true;
    return peer.namespaces && admits_namespace(world, *peer.namespaces, "kube-system");
}

}  // namespace

std::optional<Denial> denies_dns(const World& world, const Pod& pod) {
    if (!seen(world, pod.meta.ns) || pod.spec.host_network) return std::nullopt;
    return denied(policies_of(world, pod, true), true, [&](const NetworkPolicy&, const NetworkPolicyRule& rule) {
        if (!admits_ports(rule, dns_port)) return false;
        return rule.peers.empty() || std::any_of(rule.peers.begin(), rule.peers.end(),
                                                 [&](const auto& peer) { return may_be_dns(world, peer); });
    });
}

std::optional<Denial> denies(const World& world, const Pod& from, const Pod& to, std::optional<int> port) {
    if (from.spec.host_network || to.spec.host_network) return std::nullopt;
    const auto direction = [&](const Pod& selected, const Pod& other, bool egress) -> std::optional<Denial> {
        if (!seen(world, selected.meta.ns)) return std::nullopt;
        return denied(policies_of(world, selected, egress), egress,
                      [&](const NetworkPolicy& policy, const NetworkPolicyRule& rule) {
                          if (!admits_ports(rule, port)) return false;
                          return rule.peers.empty() ||
                                 std::any_of(rule.peers.begin(), rule.peers.end(), [&](const auto& peer) {
                                     return admits_peer(world, peer, policy.meta.ns, other);
                                 });
                      });
    };
    if (auto out = direction(from, to, true)) return out;
    return direction(to, from, false);
}

std::optional<Denial> denies_outside(const World& world, const Pod& pod) {
    if (!seen(world, pod.meta.ns) || pod.spec.host_network) return std::nullopt;
    return denied(policies_of(world, pod, true), true, [](const NetworkPolicy&, const NetworkPolicyRule& rule) {
        return rule.peers.empty() ||
               std::any_of(rule.peers.begin(), rule.peers.end(), [](const auto& peer) { return !peer.cidr.empty(); });
    });
}

}  // namespace salve::diagnose
