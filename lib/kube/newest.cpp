#include "kube/newest.hpp"

#include <algorithm>

namespace salve::kube {

Time newest_time(const Snapshot& snapshot) {
    Time newest;
    const auto see_created = [&](const auto&... lists) {
        const auto each = [&](const auto& list) {
            for (const auto& object : list) newest = std::max(newest, object.meta.created);
        };
        (each(lists), ...);
    };
    see_created(snapshot.namespaces, snapshot.pods, snapshot.events, snapshot.deployments, snapshot.replica_sets,
                snapshot.stateful_sets, snapshot.daemon_sets, snapshot.jobs, snapshot.cron_jobs, snapshot.services,
                snapshot.endpoint_slices, snapshot.claims, snapshot.quotas, snapshot.limit_ranges,
                snapshot.service_accounts, snapshot.ingresses, snapshot.network_policies, snapshot.autoscalers,
                snapshot.budgets, snapshot.nodes, snapshot.volumes, snapshot.storage_classes, snapshot.ingress_classes,
                snapshot.webhooks, snapshot.api_services, snapshot.leases, snapshot.revisions);
    return newest;
}

}  // namespace salve::kube
