// Which actions may be exchanged with one another, and how they change places.
#pragma once
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace salve::plan {

// Only of the same object and the same risk. A step beside which another such action stands needs a person's approval
// (alternatives_close), and a model may put one before the other. For whatever has a target and a risk.
template <typename A, typename B>
bool interchangeable(const A& a, const B& b) {
    return a.risk == b.risk && a.target.object.same_name(b.target.object);
}

// Sorts what is the same to `same`, an equivalence, among itself: each such group keeps the places that it had, and
// what is equal to `before` its order.
template <typename T, typename Same, typename Before>
void sort_within_groups(std::vector<T>& items, Same same, Before before) {
    std::vector<bool> placed(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (placed[i]) continue;
        std::vector<std::size_t> places;
        for (std::size_t j = i; j < items.size(); ++j)
            if (!placed[j] && same(items[i], items[j])) places.push_back(j);
        std::vector<T> members;
        members.reserve(places.size());
        for (const auto place : places) members.push_back(std::move(items[place]));
        std::stable_sort(members.begin(), members.end(), before);
        for (std::size_t k = 0; k < places.size(); ++k) {
            items[places[k]] = std::move(members[k]);
            placed[places[k]] = true;
        }
    }
}

}  // namespace salve::plan
