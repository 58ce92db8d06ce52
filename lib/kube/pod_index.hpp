// The pods of a snapshot by place, and which of them a selector means.
#pragma once
#include <cstdint>
#include <span>
#include <unordered_map>

#include "kube/labels.hpp"
#include "kube/place.hpp"
#include "kube/pod.hpp"

namespace salve::kube {

class PodIndex {
public:
    // Keeps references: the pods must outlive it and not change.
    explicit PodIndex(const std::vector<Pod>& pods);

    std::span<const Pod* const> all() const { return pods_; }  // by namespace, then by name
    const Pod* find(std::string_view ns, std::string_view name) const;
    // Those of the namespace that have all these labels, by name.
    std::vector<const Pod*> matching(std::string_view ns, const Labels& labels) const;

private:
    struct Range {
        std::size_t begin = 0, end = 0;
    };
    Range range_of(std::string_view ns) const;

    std::vector<const Pod*> pods_;
    std::vector<std::uint64_t> masks_;  // beside pods_, of their labels
    std::unordered_map<std::string_view, Range> namespaces_;
};

}  // namespace salve::kube
