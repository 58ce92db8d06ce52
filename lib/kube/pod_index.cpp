#include "kube/pod_index.hpp"

#include <algorithm>

namespace salve::kube {
namespace {

bool before(const Pod* a, const Pod* b) { return place(a->meta) < place(b->meta); }

}  // namespace

PodIndex::PodIndex(const std::vector<Pod>& pods) {
    pods_.reserve(pods.size());
    for (const auto& pod : pods) pods_.push_back(&pod);
    // Most lists come in this order. Of pods with one name the first is found.
    if (!std::is_sorted(pods_.begin(), pods_.end(), before)) std::stable_sort(pods_.begin(), pods_.end(), before);
    masks_.reserve(pods_.size());
    Range* range = nullptr;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        const auto& labels = pods_[i]->meta.labels;
        const bool as_before = i > 0 && labels == pods_[i - 1]->meta.labels;
        masks_.push_back(as_before ? masks_.back() : label_mask(labels));
        if (i == 0 || pods_[i]->meta.ns != pods_[i - 1]->meta.ns) {
            range = &namespaces_[pods_[i]->meta.ns];
            range->begin = i;
        }
        range->end = i + 1;
    }
}

PodIndex::Range PodIndex::range_of(std::string_view ns) const {
    const auto at = namespaces_.find(ns);
    return at == namespaces_.end() ? Range{} : at->second;
}

const Pod* PodIndex::find(std::string_view ns, std::string_view name) const {
    const auto range = range_of(ns);
    const auto first = pods_.begin() + static_cast<std::ptrdiff_t>(range.begin);
    const auto last = pods_.begin() + static_cast<std::ptrdiff_t>(range.end);
    const auto at = std::lower_bound(first, last, name,
                                     [](const Pod* pod, std::string_view wanted) { return pod->meta.name < wanted; });
    return at != last && (*at)->meta.name == name ? *at : nullptr;
}

std::vector<const Pod*> PodIndex::matching(std::string_view ns, const Labels& labels) const {
    std::vector<const Pod*> found;
    const auto range = range_of(ns);
    const auto wanted = label_mask(labels);
    for (auto i = range.begin; i < range.end; ++i)
        if (may_match(wanted, masks_[i]) && matches(labels, pods_[i]->meta.labels)) found.push_back(pods_[i]);
    return found;
}

}  // namespace salve::kube
