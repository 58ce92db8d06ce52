// Where an object stands, as the key of an index: made without a copy of either name.
#pragma once
#include <functional>
#include <string_view>
#include <tuple>

#include "kube/meta.hpp"

namespace salve::kube {

// Views: what they were taken from must outlive it. ns is empty for cluster-scoped objects.
struct Place {
    std::string_view ns, name;
    auto operator<=>(const Place&) const = default;
};

struct PlaceHash {
    std::size_t operator()(const Place& place) const {
        const std::hash<std::string_view> hash;
        return hash(place.ns) * 31 + hash(place.name);
    }
};

inline Place place(const Meta& meta) { return {meta.ns, meta.name}; }

}  // namespace salve::kube
