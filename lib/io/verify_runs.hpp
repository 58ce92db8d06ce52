// The proof of a runs folder, one record at a time.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.hpp"
#include "audit/head_note.hpp"
#include "io/runs_folder.hpp"

namespace salve::io {

struct RunsProof {
    std::optional<audit::Fault> fault;           // the first bad record; nothing is known of those after it
    std::optional<audit::Fault> first_unsigned;  // the chain holds, and a signature that should be there is not
    audit::Head newest;                          // seq 0: there is none
    std::string first_sha256;
    std::int64_t signed_count = 0;
    std::vector<std::string> alive, dead;  // run ids of the journals
    std::vector<std::string> strays;       // files that are no part of the chain
};

// Error(usage) when a file cannot be read. A run that seals meanwhile does not disturb: records that come later than
// the first look at the folder are not looked at.
RunsProof verify_runs(const RunsFolder& runs, const audit::Demand& demand,
                      const std::optional<audit::HeadNote>& expected = std::nullopt);

}  // namespace salve::io
