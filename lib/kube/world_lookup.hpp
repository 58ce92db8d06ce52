// How World looks into its indexes. Not for use outside of it.
#pragma once

namespace salve::kube {

// The pointer that stands there, or null.
template <typename Index>
auto find(const Index& index, const typename Index::key_type& wanted) -> typename Index::mapped_type {
    const auto at = index.find(wanted);
    return at == index.end() ? nullptr : at->second;
}

// The list that stands there, or an empty one.
template <typename Index>
const auto& list_of(const Index& index, const typename Index::key_type& wanted) {
    static const typename Index::mapped_type none;
    const auto at = index.find(wanted);
    return at == index.end() ? none : at->second;
}

}  // namespace salve::kube
