// The words of the evidence ledger (CLI.md section 3).
#pragma once
#include <cstdint>
#include <string>

#include "base/names.hpp"
#include "base/time.hpp"

namespace salve::kube {

// How a read ended. Only ok lets a rule conclude that something is not there.
enum class ReadState { ok, forbidden, timeout, truncated, absent, error };
inline constexpr base::Names<ReadState, 6> read_state_names{{{ReadState::ok, "ok"},
                                                             {ReadState::forbidden, "forbidden"},
                                                             {ReadState::timeout, "timeout"},
                                                             {ReadState::truncated, "truncated"},
                                                             {ReadState::absent, "absent"},
                                                             {ReadState::error, "error"}}};

// What the transport measured of one answer, JSON or not: whence it came and what its bytes were, for the record.
struct RawAnswer {
    std::string argv_sha256;  // of kubectl's arguments, each followed by a NUL
    std::string sha256;       // of all bytes as they came; empty for logs, whose raw bytes may hold secrets
    std::uint64_t bytes = 0;
    base::Time at;  // when it was asked for
    bool operator==(const RawAnswer&) const = default;
};

}  // namespace salve::kube
