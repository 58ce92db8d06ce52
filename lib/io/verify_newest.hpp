// A quick look at the end of a chain, for who does not want to wait for all of it.
#pragma once
#include <cstdint>
#include <optional>

#include "audit/chain.hpp"
#include "io/runs_folder.hpp"

namespace salve::io {

struct NewestProof {
    std::optional<audit::Fault> fault;
    std::int64_t records = 0, proven = 0;  // that are there, and the newest of them that hold
};

// The newest `most` records (at least one) as verify_runs proves all, signatures aside; what the oldest of them names
// as its predecessor is believed. Error(usage) when a file cannot be read.
NewestProof verify_newest(const RunsFolder& runs, std::size_t most);

}  // namespace salve::io
