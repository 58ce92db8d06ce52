#include "io/replica_set_lists.hpp"

#include <algorithm>
#include <set>

namespace salve::io {
namespace {

void keep_asked_for(const kube::Snapshot& known, const ReplicaSetList& list, std::vector<kube::Workload>& sets) {
    std::set<std::string_view> there;
    for (const auto& set : known.replica_sets) there.insert(set.meta.uid);
    const bool by_owner = !list.of.empty() && list.task.labels;
    std::erase_if(sets, [&](const kube::Workload& set) {
        if (there.contains(set.meta.uid)) return true;
        const auto* controller = set.meta.controller();
        return by_owner && (!controller || std::find(list.of.begin(), list.of.end(), controller->uid) == list.of.end());
    });
}

}  // namespace

std::vector<ReplicaSetList> replica_set_lists(const std::vector<kube::ReplicaSetQuery>& queries) {
    std::vector<ReplicaSetList> lists;
    for (const auto& query : queries) {
        ReplicaSetList list;
        list.task = {kube::Resource::replicasets, query.ns, false, query.about, query.labels, query.left_out};
        for (const auto* deployment : query.of) list.of.push_back(deployment->meta.uid);
        lists.push_back(std::move(list));
    }
    return lists;
}

void add(kube::Snapshot& into, ReplicaSetList&& list) {
    into.reads.push_back(ledger_line(list.task, list.read));
    for (const auto& uid : list.of) into.replica_sets_read.deployments[uid] = list.read.state;
    keep_asked_for(into, list, list.read.facts.replica_sets);
    append(into, std::move(list.read.facts));
}

}  // namespace salve::io
