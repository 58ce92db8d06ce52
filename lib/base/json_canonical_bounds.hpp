// What has a canonical spelling, for the one that writes it and the one that reads it (base/json.hpp).
#pragma once
#include <cstddef>
#include <cstdint>

namespace salve::base::canonical_bounds {

inline constexpr std::size_t deepest = 64;                             // levels
inline constexpr std::int64_t greatest = (std::int64_t{1} << 53) - 1;  // what every JSON reader can hold exactly

}  // namespace salve::base::canonical_bounds
