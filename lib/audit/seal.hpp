// From a journal to the bytes of a sealed record.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "audit/head.hpp"
#include "audit/journal.hpp"
#include "base/time.hpp"

namespace salve::audit {

struct Place {
    std::int64_t seq = 1;
    std::optional<Head> prev;  // nothing for the first record
    std::string signer;        // keyid of the key that signs it; empty: it is not signed
    base::Time sealed_at;
    bool clock_went_back = false;  // the record before it is dated later: told, and the order is by number all the same
};

struct SealedBytes {
    std::string bytes;  // canonical JSON and one LF; its SHA-256 is the record's digest
    std::string kind;   // of the run, for the name
};

// The record of the journal: its folded lines, its own digest and torn bytes, and the place in the chain. `status`
// replaces what the document says where the run could not say it itself (a dead run: abandoned, interrupted, unknown).
// Error(invalid_record) with the reason if the result is not what run.schema.json allows: what verify would refuse is
// never published.
SealedBytes seal(Journal journal, const Place& place, const std::optional<std::string>& status = std::nullopt);

}  // namespace salve::audit
