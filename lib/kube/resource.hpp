// The kinds that salve reads, with the API versions to try in turn (TAXONOMY 3.1 and 3.4). The one list: collection,
// recordings, the ledger, RBAC manifests and tests read it. Secrets and ConfigMaps are not in it, and must never be.
#pragma once
#include <array>
#include <span>
#include <string_view>

namespace salve::kube {

enum class Resource {
    namespaces,
    pods,
    events,
    deployments,
    replicasets,
    statefulsets,
    daemonsets,
    jobs,
    cronjobs,
    services,
    endpointslices,
    persistentvolumeclaims,
    resourcequotas,
    limitranges,
    serviceaccounts,
    ingresses,
    networkpolicies,
    horizontalpodautoscalers,
    poddisruptionbudgets,
    nodes,
    persistentvolumes,
    storageclasses,
    ingressclasses,
    validatingwebhookconfigurations,
    mutatingwebhookconfigurations,
    apiservices,
    leases,
    controllerrevisions,
    logs,  // pods/log: not a list, but a read like the others
};

struct ResourceInfo {
    Resource resource;
    std::string_view plural, kind, group;      // group "" is core
    std::array<std::string_view, 3> versions;  // newest first; empty ones end the list
    bool namespaced;
    bool optional = false;    // a cluster may lack it, or a careful administrator may not grant it
    bool on_demand = false;   // read only where a finding asks for it
    bool when_asked = false;  // listed once a judgement looks at it (World::unread): most runs never need it
};

// Every resource but logs, in the order of the enum.
std::span<const ResourceInfo> resources();

// The table's row; for logs a row with plural "pods/log".
const ResourceInfo& info(Resource resource);

// The row of that kind ("Deployment") or plural ("deployments"), or null.
const ResourceInfo* info_of_kind(std::string_view kind);
const ResourceInfo* info_of_plural(std::string_view plural);

}  // namespace salve::kube
