#include "kube/replica_set_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "kube/labels.hpp"
#include "kube/names.hpp"
#include "kube/steady_index.hpp"

namespace salve::kube {
namespace {

constexpr std::size_t max_values = 100;     // of one list: the path stands in an argument and in the record
constexpr std::size_t max_left_out = 6000;  // bytes of names, with what stands around them
constexpr std::size_t most_of = 8;          // below so many the whole list is never cheaper

bool can_be_asked(const std::string& key, const std::string& value) {
    return !value.empty() && is_label_key(key) && is_label_value(value);
}

LabelSelector one_of(const std::string& key, std::vector<std::string> values) {
    return {{}, {{key, "In", std::move(values)}}};
}

// How many Deployments have each "key=value" in their selector.
std::map<std::pair<std::string, std::string>, std::size_t> shares_of(std::span<const Workload> all) {
    std::map<std::pair<std::string, std::string>, std::size_t> shares;
    for (const auto& deployment : all)
        if (deployment.selector)
            for (const auto& label : deployment.selector->match_labels) ++shares[label];
    return shares;
}

// The keys, the one that brings the fewest other Deployments along first.
std::vector<std::string> keys_by_share(std::span<const Workload> all, std::span<const Workload* const> wanted) {
    const auto shares = shares_of(all);
    struct Cost {
        std::size_t uses = 0, brought = 0;
    };
    std::map<std::string, Cost> costs;
    for (const auto* deployment : wanted) {
        if (!deployment->selector) continue;
        for (const auto& [key, value] : deployment->selector->match_labels) {
            if (!can_be_asked(key, value)) continue;
            const auto at = shares.find({key, value});
            ++costs[key].uses;
            costs[key].brought += at == shares.end() ? 1 : at->second;
        }
    }
    std::vector<std::string> keys;
    for (const auto& [key, cost] : costs) keys.push_back(key);
    std::stable_sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
        return costs[a].brought * costs[b].uses < costs[b].brought * costs[a].uses;
    });
    return keys;
}

std::string about(std::size_t deployments, const std::string& key, std::size_t part, std::size_t parts) {
    return fmt::format("of {} Deployment{} by label {}{}", deployments, deployments == 1 ? "" : "s", key,
                       parts > 1 ? fmt::format(", part {} of {}", part + 1, parts) : "");
}

// The Deployments by the value of that label in their selectors; they are taken out of `wanted`.
std::map<std::string, std::vector<const Workload*>> take_with(const std::string& key,
                                                              std::vector<const Workload*>& wanted) {
    std::map<std::string, std::vector<const Workload*>> taken;
    std::erase_if(wanted, [&](const Workload* deployment) {
        if (!deployment->selector) return false;
        const auto at = deployment->selector->match_labels.find(key);
        if (at == deployment->selector->match_labels.end() || !can_be_asked(key, at->second)) return false;
        taken[at->second].push_back(deployment);
        return true;
    });
    return taken;
}

std::string only_namespace(const std::vector<const Workload*>& of) {
    const auto& ns = of.front()->meta.ns;
    return std::all_of(of.begin(), of.end(), [&](const auto* one) { return one->meta.ns == ns; }) ? ns : "";
}

// Namespaces without any of these Deployments but with others that the labels bring along, the most first: a server can
// be asked to leave namespaces out, but not for some of them.
std::vector<std::string> left_out(const ReplicaSetQuery& query, std::span<const Workload> all) {
    std::set<std::string_view> wanted;
    for (const auto* deployment : query.of) wanted.insert(deployment->meta.ns);
    std::map<std::string, std::size_t> brought;
    for (const auto& deployment : all)
        if (!wanted.contains(deployment.meta.ns) && is_namespace(deployment.meta.ns) &&
            matches(*query.labels, deployment.pod_template.labels))
            ++brought[deployment.meta.ns];
    std::vector<std::string> names;
    for (const auto& [ns, count] : brought) names.push_back(ns);
    std::stable_sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return brought[a] > brought[b]; });
    constexpr std::string_view around = ",metadata.namespace!=";
    std::size_t bytes = 0;
    std::erase_if(names, [&](const auto& ns) { return (bytes += around.size() + ns.size()) > max_left_out; });
    std::sort(names.begin(), names.end());
    return names;
}

void add_by_label(const std::string& key, const std::map<std::string, std::vector<const Workload*>>& by_value,
                  std::span<const Workload> all, std::vector<ReplicaSetQuery>& queries) {
    const auto parts = (by_value.size() + max_values - 1) / max_values;
    auto at = by_value.begin();
    for (std::size_t part = 0; part < parts; ++part) {
        ReplicaSetQuery query;
        std::vector<std::string> values;
        for (; at != by_value.end() && values.size() < max_values; ++at) {
            values.push_back(at->first);
            query.of.insert(query.of.end(), at->second.begin(), at->second.end());
        }
        query.labels = one_of(key, std::move(values));
        query.ns = only_namespace(query.of);
        if (query.ns.empty()) query.left_out = left_out(query, all);
        query.about = about(query.of.size(), key, part, parts);
        queries.push_back(std::move(query));
    }
}

}  // namespace

std::vector<ReplicaSetQuery> replica_set_queries(std::span<const Workload> all,
                                                 std::span<const Workload* const> wanted) {
    if (wanted.size() > most_of && wanted.size() * 2 > all.size())
        return {{"", std::nullopt, {}, {wanted.begin(), wanted.end()}, ""}};
    std::vector<ReplicaSetQuery> queries;
    std::vector<const Workload*> left(wanted.begin(), wanted.end());
    for (const auto& key : keys_by_share(all, wanted)) add_by_label(key, take_with(key, left), all, queries);
    std::map<std::string, std::vector<const Workload*>> by_ns;
    for (const auto* deployment : left) by_ns[deployment->meta.ns].push_back(deployment);
    for (auto& [ns, of] : by_ns) queries.push_back({ns, std::nullopt, {}, std::move(of), ""});
    return queries;
}

ReplicaSetQuery replica_sets_by_hash(std::span<const std::string> hashes) {
    const std::string key(hash_label);
    std::vector<std::string> values;
    for (const auto& hash : hashes)
        if (can_be_asked(key, hash) && values.size() < max_values) values.push_back(hash);
    if (values.empty()) return {};
    return {"", one_of(key, std::move(values)), {}, {}, "of pods whose Deployment is not there"};
}

LabelSelector without_hash() { return {{}, {{std::string(hash_label), "DoesNotExist", {}}}}; }

}  // namespace salve::kube
