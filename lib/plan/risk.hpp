// How much can go wrong with a change.
#pragma once
#include "base/names.hpp"

namespace salve::plan {

enum class Risk { low, medium, high };
inline constexpr base::Names<Risk, 3> risk_names{{{Risk::low, "low"}, {Risk::medium, "medium"}, {Risk::high, "high"}}};

}  // namespace salve::plan
