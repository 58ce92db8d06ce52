// An aggregated API that does not answer takes with it the autoscalers that read metrics through it, and the deletion
// of namespaces, which must list every kind first (TAXONOMY 1.13).
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

bool follows(const Finding& api, const Finding& finding) {
    const auto& name = api.root.object.name;  // "v1beta1.metrics.k8s.io"
    const auto dot = name.find('.');
    const auto group = dot == std::string::npos ? name : name.substr(dot + 1);
    const auto says_group = [&](const Evidence& evidence) { return evidence.text.find(group) != std::string::npos; };
    const bool named = std::any_of(finding.evidence.begin(), finding.evidence.end(), says_group);
    if (is_of(finding, {"hpa.no-metrics"}))
        return named || group == "metrics.k8s.io";  // resource metrics: the message does not always name the group
    return is_of(finding, {"ns.terminating"}) && named;
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (std::size_t api = 0; api < findings.size(); ++api) {
        if (!is_of(findings[api], {"apiservice.unavailable"})) continue;
        for (std::size_t at = 0; at < findings.size(); ++at)
            if (follows(findings[api], findings[at])) edges.push_back(edge_between(findings, api, at));
        // Its own backend.
        std::vector<std::size_t> causes;
        for (const auto& service : world.facts().api_services) {
            if (service.meta.name != findings[api].root.object.name) continue;
            for (const auto at : index.blaming({"v1", "Service", service.service_ns, service.service_name, ""}))
                if (is_of(findings[at], {"svc"})) causes.push_back(at);
        }
        if (const auto cause = worst(findings, causes)) edges.push_back(edge_between(findings, *cause, api));
    }
    return edges;
}

}  // namespace

extern const Link aggregated_api;
const Link aggregated_api{.id = "aggregated_api", .match = match};

}  // namespace salve::diagnose::links
