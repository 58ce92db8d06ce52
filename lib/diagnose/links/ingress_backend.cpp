// An Ingress whose backend has no endpoint is the consequence of what is found about that Service.
#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (const auto& ingress : world.facts().ingresses)
        for (const auto at : index.blaming(ingress.meta.ref())) {
            if (!is_of(findings[at], {"ingress.backend-unready"})) continue;
            std::vector<std::size_t> causes;
            for (const auto& backend : ingress.backends)
                for (const auto cause : index.blaming({"v1", "Service", ingress.meta.ns, backend.service, ""}))
                    if (is_of(findings[cause], {"svc"})) causes.push_back(cause);
            if (const auto cause = worst(findings, causes)) edges.push_back(edge_between(findings, *cause, at));
        }
    return edges;
}

}  // namespace

extern const Link ingress_backend;
const Link ingress_backend{.id = "ingress_backend", .match = match};

}  // namespace salve::diagnose::links
