#include "kube/rights.hpp"

namespace salve::kube {
namespace {

using A = Access;
using R = Resource;
using S = Subresource;

// TAXONOMY 3.6. kubectl patch, annotate and create --from read the object first: hence get.
constexpr ChangeRule rules[] = {
    {R::deployments, S::none, {A::get, A::patch}, 2, true, false},
    {R::daemonsets, S::none, {A::get, A::patch}, 2, true, false},
    {R::statefulsets, S::none, {A::get, A::patch}, 2, true, true},
    {R::pods, S::none, {A::get, A::remove}, 2, false, false},
    {R::pods, S::eviction, {A::create}, 1, false, false},
    {R::cronjobs, S::none, {A::get, A::patch}, 2, true, false},
    {R::jobs, S::none, {A::get, A::patch}, 2, true, false},
    {R::jobs, S::none, {A::create}, 1, false, false},
    {R::horizontalpodautoscalers, S::none, {A::get, A::patch}, 2, true, false},
};

// Leases belong to namespaces, but only those of the nodes are read.
bool of_cluster(const ResourceInfo& kind) { return !kind.namespaced || kind.resource == R::leases; }

std::vector<Right> reading(bool cluster) {
    std::vector<Right> rights;
    for (const auto& kind : resources()) {
        if (of_cluster(kind) != cluster) continue;
        // A namespace is looked up by its name.
        rights.push_back({kind.resource == R::namespaces ? A::get : A::list, kind.resource, S::none});
    }
    if (!cluster) rights.push_back({A::get, R::pods, S::log});
    return rights;
}

}  // namespace

std::string what_of(const Right& right) {
    const auto& kind = info(right.resource);
    std::string text(kind.plural);
    if (!kind.group.empty()) text.append(".").append(kind.group);
    if (right.sub != S::none) text.append("/").append(base::word(subresource_names, right.sub));
    return text;
}

std::string to_text(const Right& right) {
    return std::string(base::word(access_names, right.access)) + " " + what_of(right);
}

std::vector<Right> reading_in_namespace() { return reading(false); }
std::vector<Right> reading_of_cluster() { return reading(true); }

std::optional<std::string> place_of(const Right& right, const std::string& ns) {
    if (right.resource == R::leases) return "kube-node-lease";
    if (!info(right.resource).namespaced) return {};
    return ns;
}

std::span<const ChangeRule> change_rules() { return rules; }

std::vector<Right> changing_rights(bool statefulsets) {
    std::vector<Right> rights;
    for (const auto& rule : rules)
        if (!rule.optional || statefulsets)
            for (const auto access : rule.verbs()) rights.push_back({access, rule.resource, rule.sub});
    return rights;
}

}  // namespace salve::kube
