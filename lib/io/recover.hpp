// Settles what dead runs left behind (SAFETY 1.4): reads their journals, the chain and the cluster, seals one record
// for each, and never sends anything.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "audit/reconcile.hpp"
#include "audit/record.hpp"
#include "io/read_object.hpp"
#include "io/seal.hpp"

namespace salve::io {

// How an object of a dead run's cluster is read. document: the record of that run, which names its cluster.
using ReadTarget = std::function<ObjectRead(const nlohmann::json& document, const kube::ObjectRef& target)>;

struct RecoverOptions {
    base::Time now;
    const audit::SigningKey* key = nullptr;
    bool immutable = false;
    bool leave_unknown = false;  // seal a run as unknown although the cluster does not tell what became of a step
    std::string boot_id;         // of this machine, and its monotonic clock at `now`
    std::int64_t monotonic_us = 0;
};

struct Recovered {
    audit::Reconciliation facts;
    std::string kept;                 // why the journal is still there; empty: it is settled and gone
    std::optional<base::Time> retry;  // when the question can be answered at the earliest
    std::vector<std::string> warnings;
};

// One process at a time settles what is left in a folder, as long as it keeps the result; taken before find_journals().
// Error(locked) while another one holds it.
UniqueFd lock_recovery(const RunsFolder& runs);

// One dead journal. The caller holds lock_recovery. Idempotent: a journal whose record was sealed already is only
// dropped, and killed anywhere it can be called again. One that cannot be read, or of which no record can be made, is
// set aside under a name that is no journal's, with a warning. Errors as seal_journal.
Recovered recover_journal(const RunsFolder& runs, const FoundJournal& journal, const ReadTarget& read,
                          const RecoverOptions& options);

// As above for a journal that was kept elsewhere, because it could not be sealed (keep_elsewhere). The shorter one of
// the same run, if it is still in the folder, is dropped. Error(invalid_record) for what is no journal of a run.
Recovered recover_kept(const RunsFolder& runs, std::string_view text, const ReadTarget& read,
                       const RecoverOptions& options);

}  // namespace salve::io
