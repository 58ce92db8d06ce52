// A namespace that is being deleted waits for the objects in it that cannot go.
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

std::vector<Edge> match(const World&, std::span<const Finding> findings) {
    std::vector<Edge> edges;
    for (std::size_t at = 0; at < findings.size(); ++at) {
        if (!is_of(findings[at], {"ns.terminating"})) continue;
        for (std::size_t held = 0; held < findings.size(); ++held)
            if (findings[held].root.object.ns == findings[at].root.object.name &&
                is_of(findings[held], {"pod.terminating", "pvc.terminating-in-use"}))
                edges.push_back(edge_between(findings, held, at));
    }
    return edges;
}

}  // namespace

extern const Link content_of_namespace;
const Link content_of_namespace{.id = "content_of_namespace", .match = match};

}  // namespace salve::diagnose::links
