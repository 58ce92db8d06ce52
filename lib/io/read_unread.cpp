#include "io/read_unread.hpp"

#include <algorithm>

#include "io/parallel.hpp"
#include "io/replica_set_lists.hpp"
#include "kube/newest.hpp"

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

std::vector<ListTask> tasks_of(const Snapshot& snapshot, const kube::Unread& wanted) {
    std::vector<ListTask> tasks;
    for (const auto& [what, ns] : wanted.lists) {
        auto task = task_for(snapshot, what, ns);
        if (std::none_of(tasks.begin(), tasks.end(),
                         [&](const ListTask& one) { return one.what == task.what && one.ns == task.ns; }))
            tasks.push_back(std::move(task));
    }
    return tasks;
}

std::vector<ReplicaSetList> lists_of(const Snapshot& snapshot, const kube::Unread& wanted) {
    std::vector<const kube::Workload*> deployments;
    for (const auto& [uid, deployment] : wanted.replica_sets_of) deployments.push_back(deployment);
    std::vector<kube::ReplicaSetQuery> queries;
    if (!deployments.empty()) queries = kube::replica_set_queries(snapshot.deployments, deployments);
    const std::vector<std::string> hashes(wanted.hashes.begin(), wanted.hashes.end());
    if (auto query = kube::replica_sets_by_hash(hashes); query.labels) queries.push_back(std::move(query));
    return replica_set_lists(queries);
}

// A list of ReplicaSets may hold some that are there already.
void add(Snapshot& into, const ListTask& task, ListRead&& read) {
    if (task.what == Resource::replicasets) return io::add(into, {task, {}, std::move(read)});
    into.reads.push_back(ledger_line(task, read));
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
    const auto tasks = tasks_of(into, wanted);
    auto lists = lists_of(into, wanted);
    into.replica_sets_read.hashes.insert(wanted.hashes.begin(), wanted.hashes.end());
    std::vector<ListRead> reads(tasks.size());
    run_parallel(tasks.size() + lists.size(), options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        const bool list = at >= tasks.size();
        auto read = read_task(transport, redactor, options.recorder, list ? lists[at - tasks.size()].task : tasks[at]);
        (list ? lists[at - tasks.size()].read : reads[at]) = std::move(read);
    });
    for (std::size_t i = 0; i < tasks.size(); ++i) add(into, tasks[i], std::move(reads[i]));
    for (auto& list : lists) io::add(into, std::move(list));
    into.taken_at = std::max(into.taken_at, kube::newest_time(into));
}

void record_rest(Transport& transport, const base::Redactor& redactor, const CollectOptions& options,
                 const Snapshot& known) {
    auto tasks = io::tasks_of(known.scope, Lists::all);
    std::erase_if(tasks, [&](const ListTask& task) { return has_line(known, task.what, task.ns); });
    run_parallel(tasks.size(), options.parallel, [&](std::size_t at) {
        if (options.cancel && options.cancel->requested()) throw Interrupted();
        read_task(transport, redactor, options.recorder, tasks[at]);
    });
}

}  // namespace salve::io
