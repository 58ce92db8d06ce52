// Which lists to ask for when the ReplicaSets of some Deployments of a large cluster are wanted and those of all others
// are not: a Deployment's ReplicaSets carry the labels of its selector, so one list with "key in (value, ...)" holds
// those of many.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kube/workload.hpp"

namespace salve::kube {

struct ReplicaSetQuery {
    std::string ns;                       // empty: every namespace
    std::optional<LabelSelector> labels;  // for RawPath::labels; nothing: the whole list
    std::vector<std::string> left_out;    // for RawPath::outside_of: namespaces where the labels bring only others
    std::vector<const Workload*> of;      // the Deployments whose ReplicaSets it holds whole, beside others
    std::string about;                    // for the ledger (Read::object); empty for a whole list
};

// Together they hold the ReplicaSets of every wanted Deployment. Where most of all are wanted, one whole list; else by
// the label that the fewest other Deployments share, and for selectors that give no such label by namespace.
std::vector<ReplicaSetQuery> replica_set_queries(std::span<const Workload> all,
                                                 std::span<const Workload* const> wanted);

// Those with one of these labels pod-template-hash.
ReplicaSetQuery replica_sets_by_hash(std::span<const std::string> hashes);

// Those that no Deployment made: the Deployment controller labels its own.
LabelSelector without_hash();

}  // namespace salve::kube
