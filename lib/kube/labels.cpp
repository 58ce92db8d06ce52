#include "kube/labels.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace salve::kube {
namespace {

// A number of the last bytes and the length: texts of one list mostly differ there.
std::uint64_t end_of(std::string_view text) {
    std::uint64_t last = 0;
    const auto bytes = std::min(text.size(), sizeof(last));
    std::memcpy(&last, text.data() + (text.size() - bytes), bytes);
    return (last ^ text.size()) * 0x9E3779B97F4A7C15U >> 32;
}

}  // namespace

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
    for (const auto& [key, value] : labels) mask |= std::uint64_t{1} << (end_of(key) * 31 + end_of(value)) % 61;
    return mask;
}

}  // namespace salve::kube
