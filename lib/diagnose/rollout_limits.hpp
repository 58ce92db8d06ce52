// Ages of the workload modes (TAXONOMY 1.10 and section 5).
#pragma once
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {

inline constexpr auto default_progress_deadline = base::minutes(10);  // progressDeadlineSeconds when it is not written
inline constexpr auto unavailable_grace = base::minutes(5);           // pods that are not ready without a hard error
inline constexpr auto update_grace = base::minutes(10);               // sts.update-stuck without a hard error
inline constexpr auto scaled_recently = base::hours(1);               // a scale to zero that somebody has just made
inline constexpr auto observe_grace = base::seconds(60);              // observedGeneration behind the generation

}  // namespace salve::diagnose
