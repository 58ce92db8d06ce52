// The chain as the policy sees it: what was tried, decided and snoozed (policy/history.hpp).
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/time.hpp"
#include "policy/history.hpp"

namespace salve::audit {

// Adds what one record tells; records come from the oldest to the newest. Of a rejection the plan's record must have
// come before. What is not of the expected shape tells nothing: the records were verified by others.
void add_to(policy::History& history, const nlohmann::json& document);

// Whether a record of that kind, sealed at that time, can tell anything that counts at `now`: plans for a day and an
// hour, which is longer than any plan lives; approvals, rejections, snoozes and changes for as long as a snooze may
// last.
bool may_tell(std::string_view kind, base::Time sealed_at, base::Time now);

// A snooze lasts so long at most.
inline constexpr auto longest_snooze = base::hours(720);

}  // namespace salve::audit
