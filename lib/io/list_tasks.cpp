#include "io/list_tasks.hpp"

#include <iterator>

#include "kube/replica_set_query.hpp"
#include "kube/slim.hpp"

namespace salve::io {
namespace {

using kube::Failure;
using kube::Resource;

kube::RawPath path_of(const ListTask& task, std::size_t version) {
    if (task.single) return kube::RawPath::object(task.what, task.ns, version);
    if (task.what == Resource::events && task.ns.empty()) return kube::kept_events();
    auto path =
        task.ns.empty() ? kube::RawPath::list(task.what, version) : kube::RawPath::list_in(task.what, task.ns, version);
    if (task.labels) path.labels(*task.labels);
    if (!task.left_out.empty()) path.outside_of(task.left_out);
    return path;
}

}  // namespace

std::vector<ListTask> tasks_of(const kube::Scope& scope, Lists lists) {
    std::vector<ListTask> tasks;
    for (const auto& kind : kube::resources()) {
        if (kind.on_demand || (kind.when_asked && lists == Lists::needed)) continue;
        if (kind.resource == Resource::leases) {
            tasks.push_back({kind.resource, std::string(kube::lease_namespace)});
        } else if (kind.resource == Resource::replicasets && scope.all && lists == Lists::needed) {
            tasks.push_back({kind.resource, "", false, std::string(kube::of_no_deployment), kube::without_hash()});
        } else if (scope.all || (!kind.namespaced && kind.resource != Resource::namespaces)) {
            tasks.push_back({kind.resource, ""});
        } else {
            for (const auto& ns : scope.namespaces)
                tasks.push_back({kind.resource, ns, kind.resource == Resource::namespaces});
        }
    }
    return tasks;
}

std::vector<ListTask> tasks_of_namespace(const std::string& ns, Lists lists) {
    std::vector<ListTask> tasks;
    for (const auto& task : tasks_of({{ns}, false, {}}, lists))
        if (task.ns == ns) tasks.push_back(task);
    return tasks;
}

ListRead read_task(Transport& transport, const base::Redactor& redactor, Recorder* recorder, const ListTask& task) {
    ListRead read;
    for (std::size_t version = 0; version < kube::version_count(task.what); ++version) {
        read = read_list(transport, redactor, recorder,
                         {task.what, task.ns, task.single, path_of(task, version), version, task.now});
        if (read.failure != Failure::missing_resource_type) break;
    }
    return read;
}

kube::Read ledger_line(const ListTask& task, const ListRead& read) {
    return {task.what, task.ns, read.state, read.objects, task.object, read.detail, read.answer};
}

void append(kube::Snapshot& into, kube::Snapshot&& more) {
    const auto move = [](auto& to, auto& from) {
        if (to.empty())
            to = std::move(from);
        else
            std::move(from.begin(), from.end(), std::back_inserter(to));
    };
    move(into.namespaces, more.namespaces);
    move(into.pods, more.pods);
    move(into.events, more.events);
    move(into.deployments, more.deployments);
    move(into.replica_sets, more.replica_sets);
    move(into.stateful_sets, more.stateful_sets);
    move(into.daemon_sets, more.daemon_sets);
    move(into.jobs, more.jobs);
    move(into.cron_jobs, more.cron_jobs);
    move(into.services, more.services);
    move(into.endpoint_slices, more.endpoint_slices);
    move(into.claims, more.claims);
    move(into.quotas, more.quotas);
    move(into.limit_ranges, more.limit_ranges);
    move(into.service_accounts, more.service_accounts);
    move(into.ingresses, more.ingresses);
    move(into.network_policies, more.network_policies);
    move(into.autoscalers, more.autoscalers);
    move(into.budgets, more.budgets);
    move(into.nodes, more.nodes);
    move(into.volumes, more.volumes);
    move(into.storage_classes, more.storage_classes);
    move(into.ingress_classes, more.ingress_classes);
    move(into.webhooks, more.webhooks);
    move(into.api_services, more.api_services);
    move(into.leases, more.leases);
    move(into.revisions, more.revisions);
}

}  // namespace salve::io
