// A Service without (enough) endpoints is the consequence of what is wrong with the pods that it selects, or with what
// refuses to make them (TAXONOMY 0.6). The same for an APIService and a webhook, whose backend is a Service.
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

// The workloads whose pods the Service would select, also while they have none.
std::vector<const kube::Workload*> workloads_behind(const World& world, const kube::Service& service) {
    std::vector<const kube::Workload*> found;
    for (const auto* workload : world.workloads())
        if (workload->meta.ns == service.meta.ns && kube::matches(service.selector, workload->pod_template.labels))
            found.push_back(workload);
    return found;
}

std::optional<std::size_t> cause_of(const World& world, std::span<const Finding> findings, const FindingIndex& index,
                                    const kube::Service& service) {
    if (service.selector.empty()) return std::nullopt;
    std::vector<std::size_t> causes;
    const auto take = [&](const std::vector<std::size_t>& about) {
        for (const auto at : about)
            if (is_pod_fault(findings[at]) || is_of(findings[at], {"node.notready"})) causes.push_back(at);
    };
    for (const auto* pod : world.pods_matching(service.meta.ns, service.selector)) take(index.about(pod->meta.ref()));
    if (causes.empty())
        for (const auto* workload : workloads_behind(world, service)) take(index.about(workload->meta.ref()));
    return worst(findings, causes);
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (std::size_t at = 0; at < findings.size(); ++at) {
        const auto& object = findings[at].root.object;
        if (object.kind != "Service" || !is_of(findings[at], {"svc.no-endpoints.none-ready", "svc.partial-endpoints"}))
            continue;
        const auto service = world.service(object.ns, object.name);
        if (!service) continue;
        if (const auto cause = cause_of(world, findings, index, *service))
            edges.push_back(edge_between(findings, *cause, at));
    }
    return edges;
}

}  // namespace

extern const Link pods_of_service;
const Link pods_of_service{.id = "pods_of_service", .match = match};

}  // namespace salve::diagnose::links
