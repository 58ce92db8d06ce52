// Reads the ReplicaSets of some Deployments of a whole cluster (kube/replica_set_query.hpp).
#pragma once
#include "io/list_tasks.hpp"
#include "kube/replica_set_query.hpp"

namespace salve::io {

// One list, and the Deployments (uids) whose ReplicaSets it holds whole. No uids: it was asked for by hash.
struct ReplicaSetList {
    ListTask task;
    std::vector<std::string> of;
    ListRead read;  // once it was read
};

std::vector<ReplicaSetList> replica_set_lists(const std::vector<kube::ReplicaSetQuery>& queries);

// Adds what was asked for, and the list's line in the ledger. What a label brought along is dropped: of those
// Deployments not everything is known. What is there already stays as it is.
void add(kube::Snapshot& into, ReplicaSetList&& list);

}  // namespace salve::io
