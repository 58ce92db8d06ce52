// The seal: from a journal to a record in the chain (SAFETY 1.4, W7 and W8). Only one process at a time seals in a
// folder; journals do not wait for one another.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.hpp"
#include "audit/signature.hpp"
#include "io/runs_folder.hpp"

namespace salve::io {

struct SealOptions {
    base::Time now;
    const audit::SigningKey* key = nullptr;  // signs the record
    std::optional<std::string> status;       // see audit::seal
    bool immutable = false;                  // chattr +i where the file system and our rights allow it
    // Whether it is an error that the disk took the record, and would neither flush its name nor take it back; else a
    // warning: of a run that changed nothing it is better than none.
    bool must_last = true;
};

struct Sealed {
    audit::RecordName name;
    std::string path, digest;
    std::vector<std::string> warnings;
};

// Publishes the journal's record with the next number, mode 0444, never over an existing file, and moves HEAD; that
// HEAD could not be moved is a warning. The journal stays.
// Error(locked) when others have held the seal lock for thirty seconds (ten are too few for sixty runs at once on two
// busy cores); Error(audit_unwritable) with the reason when the disk refuses, when a tail is missing, or when the
// newest record is not what its name says: a chain that is broken is not continued, since that would hide the break.
Sealed seal_journal(const RunsFolder& runs, audit::Journal journal, const SealOptions& options);

// Error as seal_journal's, if nothing could be sealed now: for a run that may not find that out at its end. A HEAD that
// lags is brought up.
void require_sealable(const RunsFolder& runs);

// The number of the newest record, 0 without one.
std::int64_t newest_seq(const RunsFolder& runs);

}  // namespace salve::io
