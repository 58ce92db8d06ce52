// Reads a cluster: the lists of TAXONOMY 3.1, at most four at a time, each ending in the ledger; then logs on demand.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "base/redact.hpp"
#include "diagnose/rule.hpp"
#include "io/cancel.hpp"
#include "io/list_tasks.hpp"
#include "io/recording.hpp"
#include "io/transport.hpp"
#include "kube/snapshot.hpp"

namespace salve::io {

// done of total "lists" or "logs"; called from several threads, one at a time.
using Progress = std::function<void(std::string_view what, std::size_t done, std::size_t total)>;

struct CollectOptions {
    kube::Scope scope;             // namespaces are validated names, sorted, without repeats; or all
    std::string context;           // for the snapshot; empty in a cluster
    base::Time now;                // the local clock when the collection starts
    unsigned parallel = 4;         // processes at once (SAFETY 3.7)
    Lists lists = Lists::all;      // needed: who judges the snapshot goes on with read_unread
    Recorder* recorder = nullptr;  // gets every answer, redacted; null when nothing is to be saved
    Progress progress;
    const Cancel* cancel = nullptr;
};

// The facts and the ledger. taken_at is options.now, or the newest time that the cluster itself wrote if that is later:
// a local clock that is behind must not make ages negative. Error(cluster_unreadable): unreachable, unauthorised, a
// namespace that does not exist, or nothing of the scope could be read. Error(usage): the context does not exist. A
// list that fails for its own reasons is a line in the ledger, not an error.
kube::Snapshot collect(Transport& transport, const base::Redactor& redactor, const CollectOptions& options);

// Reads these logs into the snapshot, each with a line in the ledger. A log that does not exist is `absent`.
void collect_logs(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                  const std::vector<diagnose::LogWanted>& wanted, kube::Snapshot& into);

// Whether that log was asked for already, with whatever result.
bool was_read(const kube::Snapshot& snapshot, const diagnose::LogWanted& wanted);

}  // namespace salve::io
