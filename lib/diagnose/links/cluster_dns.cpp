// Programs that cannot resolve names while the cluster's DNS has no pod.
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

bool affects(const Finding& dns, const Finding& finding) {
    const auto names = [&](const ObjectRef& object) {
        return std::any_of(dns.affected.begin(), dns.affected.end(),
                           [&](const Subject& subject) { return subject.object.same_name(object); });
    };
    return names(finding.root.object) ||
           std::any_of(finding.affected.begin(), finding.affected.end(), [&](const Subject& subject) {
               return subject.object.kind != "Service" && names(subject.object);
           });
}

std::vector<Edge> match(const World&, std::span<const Finding> findings) {
    std::vector<Edge> edges;
    for (std::size_t dns = 0; dns < findings.size(); ++dns) {
        if (!is_of(findings[dns], {"dns.cluster-down"})) continue;
        for (std::size_t at = 0; at < findings.size(); ++at) {
            const auto& finding = findings[at];
            // The DNS workload's own pods: what is wrong with them is the cause, not the consequence.
            if (is_pod_fault(finding) && finding.root.object.same_name(findings[dns].root.object))
                edges.push_back(edge_between(findings, at, dns));
            else if (at != dns && finding.category_or_mode() == Category::dns && affects(findings[dns], finding))
                edges.push_back({dns, at, findings[dns].evidence.front(), true});  // one cause, however many programs
        }
    }
    return edges;
}

}  // namespace

extern const Link cluster_dns;
const Link cluster_dns{.id = "cluster_dns", .match = match};

}  // namespace salve::diagnose::links
