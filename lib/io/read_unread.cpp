#include "io/read_unread.hpp"

#include <algorithm>

#include "io/list_tasks.hpp"
#include "io/parallel.hpp"
#include "kube/newest.hpp"
#include "kube/replica_set_query.hpp"

namespace salve::io {
namespace {

using kube::ReadState;
using kube::Resource;
using kube::Snapshot;

bool has_line(const Snapshot& snapshot, Resource what, const std::string& ns) {
    return std::any_of(snapshot.reads.begin(), snapshot.reads.end(), [&](const kube::Read& read) {
        return read.what == what && read.ns == ns && read.object.empty();
    });
}

// A list of a whole cluster costs one request where each namespace would cost one; but ReplicaSets are too many.
ListTask task_for(const Snapshot& snapshot, Resource what, const std::string& ns) {
    const auto& kind = kube::info(what);
    if (what == Resource::leases) return {what, std::string(kube::lease_namespace)};
    if (!kind.namespaced || (snapshot.scope.all && what != Resource::replicasets)) return {what, ""};
    return {what, ns};
}

bool can_be_read(const Snapshot& snapshot, const ListTask& task) {
    if (has_line(snapshot, task.what, task.ns)) return false;
    if (snapshot.scope.all || !kube::info(task.what).namespaced || task.what == Resource::leases) return true;
    // A namespace outside of the scope is read where a finding asks for all of it (drill_down).
    return !task.ns.empty() && has_line(snapshot, Resource::pods, task.ns);
}

// A list, and the Deployments whose ReplicaSets it holds whole.
struct Part {
    ListTask task;
    std::vector<std::string> of;  // uids
};

std::vector<Part> parts_of(const Snapshot& snapshot, const kube::Unread& wanted) {
    std::vector<Part> parts;
    for (const auto& [what, ns] : wanted.lists) {
        auto task = task_for(snapshot, what, ns);
        if (std::none_of(parts.begin(), parts.end(),
                         [&](const Part& part) { return part.task.what == task.what && part.task.ns == task.ns; }))
            parts.push_back({std::move(task), {}});
    }
    const auto add = [&](const kube::ReplicaSetQuery& query) {
        Part part{{Resource::replicasets, query.ns, false, query.about, query.labels, query.left_out}, {}};
        for (const auto* deployment : query.of) part.of.push_back(deployment->meta.uid);
        parts.push_back(std::move(part));
    };
    std::vector<const kube::Workload*> deployments;
    for (const auto& [uid, deployment] : wanted.replica_sets_of) deployments.push_back(deployment);
    if (!deployments.empty())
        for (const auto& query : kube::replica_set_queries(snapshot.deployments, deployments)) add(query);
    const std::vector<std::string> hashes(wanted.hashes.begin(), wanted.hashes.end());
    if (const auto query = kube::replica_sets_by_hash(hashes); query.labels) add(query);
    return parts;
}

// A list by label brings ReplicaSets along of which the others of their Deployment are not known, and the same one may
// be in two lists.
void keep_asked_for(const Snapshot& known, const Part& part, std::vector<kube::Workload>& sets) {
    std::set<std::string_view> there;
    for (const auto& set : known.replica_sets) there.insert(set.meta.uid);
    std::erase_if(sets, [&](const kube::Workload& set) {
        if (there.contains(set.meta.uid)) return true;
        const auto* controller = set.meta.controller();
        return !part.of.empty() && part.task.labels &&
               (!controller || std::find(part.of.begin(), part.of.end(), controller->uid) == part.of.end());
    });
}

void add(Snapshot& into, const Part& part, ListRead&& read) {
    into.reads.push_back(ledger_line(part.task, read));
    for (const auto& uid : part.of) into.replica_sets_read.deployments[uid] = read.state;
    if (part.task.what == Resource::replicasets) keep_asked_for(into, part, read.facts.replica_sets);
    append(into, std::move(read.facts));
}

}  // namespace

kube::Unread readable(const Snapshot& snapshot, kube::Unread wanted) {
    const auto& read = snapshot.replica_sets_read;
    std::erase_if(wanted.lists, [&](const auto& list) {
        return !can_be_read(snapshot, task_for(snapshot, list.first, list.second));
    });
    std::erase_if(wanted.replica_sets_of,
                  [&](const auto& one) { return !snapshot.scope.all || read.deployments.contains(one.first); });
    std::erase_if(wanted.hashes, [&](const auto& hash) { return read.hashes.contains(hash); });
    return wanted;
}

void read_unread(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                 const kube::Unread& wanted, Snapshot& into) {
    const auto parts = parts_of(into, wanted);
    into.replica_sets_read.hashes.insert(wanted.hashes.begin(), wanted.hashes.end());
    std::vector<ListRead> reads(parts.size());
    run_parallel(parts.size(), options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        reads[at] = read_task(transport, redactor, options.recorder, parts[at].task);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) add(into, parts[i], std::move(reads[i]));
    into.taken_at = std::max(into.taken_at, kube::newest_time(into));
}

}  // namespace salve::io
