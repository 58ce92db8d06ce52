#include "diagnose/node_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace salve::diagnose {
namespace {

using base::Quantity;
using kube::Node;
using kube::PodSpec;
using kube::SelectorRequirement;

// Requests beyond every bound are legal text: they stop at a bound far above any node instead of overflowing.
constexpr base::Int128 enormous = base::Int128{1} << 120;

Quantity sum_of(Quantity a, Quantity b) { return {std::min(a.nano, enormous) + std::min(b.nano, enormous)}; }

// Of one resource, which is what is asked of thousands of pods; nothing where no container names it.
std::optional<Quantity> pod_request(const PodSpec& spec, const std::string& resource) {
    const auto request_of = [&](const kube::Container& container) -> std::optional<Quantity> {
        const auto at = container.resources.requests.find(resource);
        return at == container.resources.requests.end() ? std::nullopt : base::parse_quantity(at->second);
    };
    std::optional<Quantity> sidecars, peak;
    const auto plus = [](const std::optional<Quantity>& sum, const std::optional<Quantity>& more) {
        return more ? sum_of(sum.value_or(Quantity{}), *more) : sum;
    };
    for (const auto& init : spec.init_containers) {
        const auto own = request_of(init);
        if (const auto now = plus(sidecars, own)) peak = std::max(peak.value_or(Quantity{}), *now);
        if (init.restart_policy == "Always") sidecars = plus(sidecars, own);
    }
    auto total = sidecars;
    for (const auto& container : spec.containers) total = plus(total, request_of(container));
    return peak ? std::max(total.value_or(Quantity{}), *peak) : total;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool compares(const SelectorRequirement& requirement, std::string_view label) {
    if (requirement.values.size() != 1) return false;
    const auto have = to_integer(label), bound = to_integer(requirement.values.front());
    if (!have || !bound) return false;
    return requirement.op == "Gt" ? *have > *bound : *have < *bound;
}

bool satisfies_all(const std::vector<SelectorRequirement>& all, const base::TextMap& labels) {
    return std::all_of(all.begin(), all.end(), [&](const auto& one) { return satisfies(one, labels); });
}

bool is_bytes(std::string_view resource) {
    return resource == "memory" || resource == "ephemeral-storage" || resource == "storage" ||
           resource.substr(0, 10) == "hugepages-";
}

}  // namespace

Amounts pod_requests(const PodSpec& spec) {
    Amounts amounts;
    for (const auto* containers : {&spec.init_containers, &spec.containers})
        for (const auto& container : *containers)
            for (const auto& [resource, quantity] : container.resources.requests)
                if (!amounts.contains(resource))
                    if (const auto amount = pod_request(spec, resource)) amounts.emplace(resource, *amount);
    return amounts;
}

std::string amount_words(std::string_view resource, Quantity amount) {
    if (is_bytes(resource)) return base::to_words_bytes(base::to_units(amount));
    const auto milli = base::to_milli(amount);
    if (milli % 1000 != 0) return fmt::format("{}m", milli);
    return fmt::format("{}", milli / 1000);
}

bool tolerates(const PodSpec& spec, const kube::Taint& taint) {
    return std::any_of(spec.tolerations.begin(), spec.tolerations.end(), [&](const kube::Toleration& toleration) {
        if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
        if (toleration.key.empty()) return toleration.op == "Exists";
        if (toleration.key != taint.key) return false;
        return toleration.op == "Exists" || toleration.value == taint.value;
    });
}

std::vector<const kube::Taint*> untolerated(const PodSpec& spec, const Node& node) {
    std::vector<const kube::Taint*> found;
    for (const auto& taint : node.taints)
        if ((taint.effect == "NoSchedule" || taint.effect == "NoExecute") && !tolerates(spec, taint))
            found.push_back(&taint);
    return found;
}

bool is_condition_taint(std::string_view key) {
    return key == "node.kubernetes.io/not-ready" || key == "node.kubernetes.io/unreachable" ||
           key == "node.kubernetes.io/memory-pressure" || key == "node.kubernetes.io/disk-pressure" ||
           key == "node.kubernetes.io/pid-pressure" || key == "node.kubernetes.io/network-unavailable" ||
           key == "node.kubernetes.io/unschedulable" || key == "node.kubernetes.io/out-of-service" ||
           key == "node.cloudprovider.kubernetes.io/uninitialized" ||
           key == "node.cloudprovider.kubernetes.io/shutdown";
}

bool is_control_plane_taint(std::string_view key) {
    return key == "node-role.kubernetes.io/control-plane" || key == "node-role.kubernetes.io/master";
}

std::string requirement_words(const SelectorRequirement& requirement) {
    if (requirement.op == "Exists") return requirement.key;
    if (requirement.op == "DoesNotExist") return "no " + requirement.key;
    if (requirement.op == "In" && requirement.values.size() == 1)
        return fmt::format("{}={}", requirement.key, requirement.values.front());
    return fmt::format("{} {} ({})", requirement.key, requirement.op, fmt::join(requirement.values, ", "));
}

bool satisfies(const SelectorRequirement& requirement, const base::TextMap& labels) {
    if (requirement.op != "Gt" && requirement.op != "Lt") return kube::matches(requirement, labels);
    const auto at = labels.find(requirement.key);
    return at != labels.end() && compares(requirement, at->second);
}

bool matches_node(const PodSpec& spec, const Node& node) {
    if (!kube::matches(spec.node_selector, node.meta.labels)) return false;
    if (spec.node_affinity.empty()) return true;
    const base::TextMap fields{{"metadata.name", node.meta.name}};
    return std::any_of(spec.node_affinity.begin(), spec.node_affinity.end(), [&](const kube::NodeSelectorTerm& term) {
        if (term.expressions.empty() && term.fields.empty()) return false;  // an empty term matches nothing (API)
        return satisfies_all(term.expressions, node.meta.labels) && satisfies_all(term.fields, fields);
    });
}

std::vector<SelectorRequirement> node_requirements(const PodSpec& spec) {
    std::vector<SelectorRequirement> all;
    for (const auto& [key, value] : spec.node_selector) all.push_back({key, "In", {value}});
    for (const auto& term : spec.node_affinity) all.insert(all.end(), term.expressions.begin(), term.expressions.end());
    return all;
}

bool volume_reaches(const kube::PersistentVolume& volume, const Node& node) {
    if (volume.node_affinity.empty()) return true;
    return std::any_of(volume.node_affinity.begin(), volume.node_affinity.end(),
                       [&](const auto& term) { return satisfies_all(term, node.meta.labels); });
}

bool is_meant_for(const PodSpec& spec, const Node& node) {
    if (!matches_node(spec, node)) return false;
    const auto taints = untolerated(spec, node);
    return std::all_of(taints.begin(), taints.end(), [](const auto* taint) { return is_condition_taint(taint->key); });
}

NodeRoom::NodeRoom(const kube::World& world) : facts_(world.facts()), complete_(world.seen(kube::Resource::pods, "")) {}

NodeRoom::ByNode NodeRoom::left_of(const std::string& resource) const {
    const auto used = used_of(resource);
    ByNode left;
    for (const auto& node : facts_.nodes) {
        auto& amount = left[node.meta.name] = allocatable(node, resource);
        if (const auto at = used.find(node.meta.name); at != used.end())
            amount.nano = std::min(amount.nano, enormous) - std::min(at->second.nano, enormous);
    }
    return left;
}

NodeRoom::ByNode NodeRoom::used_of(const std::string& resource) const {
    ByNode used;
    const PodSpec* before = nullptr;  // most pods stand beside others of the same containers
    std::optional<Quantity> requested;
    for (const auto& pod : facts_.pods) {
        if (pod.spec.node_name.empty() || pod.phase == "Succeeded" || pod.phase == "Failed") continue;
        const auto& spec = pod.spec;
        if (!before || before->containers != spec.containers || before->init_containers != spec.init_containers)
            requested = pod_request(spec, resource);
        before = &spec;
        auto amount = requested;
        if (resource == "pods") amount = sum_of(amount.value_or(Quantity{}), *base::parse_quantity("1"));
        if (!amount) continue;
        auto& sum = used[pod.spec.node_name];
        sum = sum_of(sum, *amount);
    }
    return used;
}

Quantity NodeRoom::allocatable(const Node& node, const std::string& resource) {
    const auto at = node.allocatable.find(resource);
    if (at == node.allocatable.end()) return {};
    return base::parse_quantity(at->second).value_or(Quantity{});
}

Quantity NodeRoom::free(const Node& node, const std::string& resource) const {
    auto known = left_.find(resource);
    if (known == left_.end()) known = left_.emplace(resource, left_of(resource)).first;
    const auto left = known->second.find(node.meta.name);
    return left == known->second.end() ? allocatable(node, resource) : left->second;
}

}  // namespace salve::diagnose
