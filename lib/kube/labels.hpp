// Label selectors, and what can be ruled out before labels are compared.
#pragma once
#include <cstdint>

#include "kube/meta.hpp"

namespace salve::kube {

using Labels = base::TextMap;

// Whether the labels satisfy the selector; an unknown operator matches nothing.
bool matches(const LabelSelector& selector, const Labels& labels);
bool matches(const Labels& selector, const Labels& labels);
bool matches(const SelectorRequirement& requirement, const Labels& labels);

// One bit for each label, so that most labels which do not satisfy a selector can be told from a number: its mask has a
// bit that theirs lacks.
std::uint64_t label_mask(const Labels& labels);
inline bool may_match(std::uint64_t selector, std::uint64_t labels) { return (selector & ~labels) == 0; }

}  // namespace salve::kube
