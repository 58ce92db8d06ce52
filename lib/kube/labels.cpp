#include "kube/labels.hpp"

#include <algorithm>

#include "base/end_hash.hpp"

namespace salve::kube {
bool matches(const Labels& selector, const Labels& labels) {
    return std::all_of(selector.begin(), selector.end(), [&](const auto& wanted) {
        const auto at = labels.find(wanted.first);
        return at != labels.end() && at->second == wanted.second;
    });
}

bool matches(const LabelSelector& selector, const Labels& labels) {
    if (!matches(selector.match_labels, labels)) return false;
    return std::all_of(selector.match_expressions.begin(), selector.match_expressions.end(), [&](const auto& wanted) {
        const auto at = labels.find(wanted.key);
        const bool exists = at != labels.end();
        const bool listed =
            exists && std::find(wanted.values.begin(), wanted.values.end(), at->second) != wanted.values.end();
        if (wanted.op == "In") return listed;
        if (wanted.op == "NotIn") return !listed;
        if (wanted.op == "Exists") return exists;
        if (wanted.op == "DoesNotExist") return !exists;
        return false;
    });
}

std::uint64_t label_mask(const Labels& labels) {
    std::uint64_t mask = 0;
    for (const auto& [key, value] : labels)
        mask |= std::uint64_t{1} << (base::end_hash(key) * 31 + base::end_hash(value)) % 61;
    return mask;
}

}  // namespace salve::kube
