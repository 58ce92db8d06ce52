#include "kube/labels.hpp"

#include <algorithm>

#include "base/end_hash.hpp"

namespace salve::kube {

// A handful of labels: to compare their names' addresses is faster than to look one up by its letters.
bool matches(const Labels& selector, const Labels& labels) {
    return std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
        const auto at =
            std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == wanted.first; });
        return at != labels.end() && at->second == wanted.second;
    });
}

bool matches(const SelectorRequirement& requirement, const Labels& labels) {
    const auto at = labels.find(requirement.key);
    const bool exists = at != labels.end();
    const auto& values = requirement.values;
    const bool listed = exists && std::find(values.begin(), values.end(), at->second) != values.end();
    if (requirement.op == "In") return listed;
    if (requirement.op == "NotIn") return !listed;
    if (requirement.op == "Exists") return exists;
    if (requirement.op == "DoesNotExist") return !exists;
    return false;
}

bool matches(const LabelSelector& selector, const Labels& labels) {
    return matches(selector.match_labels, labels) &&
           std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(),
                       [&](const auto& requirement) { return matches(requirement, labels); });
}

std::uint64_t label_mask(const Labels& labels) {
    std::uint64_t mask = 0;
    for (const auto& [key, value] : labels)
        mask |= std::uint64_t{1} << (base::end_hash(key) * 31 + base::end_hash(value)) % 61;
    return mask;
}

}  // namespace salve::kube
