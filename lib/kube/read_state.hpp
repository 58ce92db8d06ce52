// The words of the evidence ledger (CLI.md section 3).
#pragma once
#include "base/names.hpp"

namespace salve::kube {

// How a read ended. Only ok lets a rule conclude that something is not there.
enum class ReadState { ok, forbidden, timeout, truncated, absent, error };
inline constexpr base::Names<ReadState, 6> read_state_names{{{ReadState::ok, "ok"},
                                                             {ReadState::forbidden, "forbidden"},
                                                             {ReadState::timeout, "timeout"},
                                                             {ReadState::truncated, "truncated"},
                                                             {ReadState::absent, "absent"},
                                                             {ReadState::error, "error"}}};

}  // namespace salve::kube
