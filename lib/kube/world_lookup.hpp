// How World makes its indexes and looks into them. Not for use outside of it.
#pragma once
#include <vector>

#include "kube/place.hpp"

namespace salve::kube {

// The pointer that stands there, or null.
template <typename Index>
auto find(const Index& index, const typename Index::key_type& wanted) -> typename Index::mapped_type {
    const auto at = index.find(wanted);
    return at == index.end() ? nullptr : at->second;
}

template <typename Index, typename T>
void by_name(Index& index, const std::vector<T>& objects) {
    index.reserve(objects.size());
    for (const auto& object : objects) index.emplace(place(object.meta), &object);
}

template <typename Index, typename T>
void by_uid(Index& index, const std::vector<T>& objects) {
    index.reserve(index.size() + objects.size());
    for (const auto& object : objects) index.emplace(object.meta.uid, &object);
}

// The list that stands there, or an empty one.
template <typename Index>
const auto& list_of(const Index& index, const typename Index::key_type& wanted) {
    static const typename Index::mapped_type none;
    const auto at = index.find(wanted);
    return at == index.end() ? none : at->second;
}

}  // namespace salve::kube
