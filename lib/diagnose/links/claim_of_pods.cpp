// A claim that is not bound, lost or being deleted comes before the pods that wait for it, and a volume that is kept
// for a claim that is gone before the claim that cannot have it (TAXONOMY 0.6).
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

bool uses(const Pod& pod, const ObjectRef& claim) {
    if (pod.meta.ns != claim.ns) return false;
    return std::any_of(pod.spec.volumes.begin(), pod.spec.volumes.end(), [&](const kube::Volume& volume) {
        if (volume.source == kube::Volume::Source::claim) return volume.object == claim.name;
        return volume.source == kube::Volume::Source::ephemeral && pod.meta.name + "-" + volume.name == claim.name;
    });
}

void add_volumes(std::span<const Finding> findings, std::vector<Edge>& edges) {
    const FindingIndex index(findings);
    for (std::size_t volume = 0; volume < findings.size(); ++volume) {
        if (!is_of(findings[volume], {"pv.released-or-failed"})) continue;
        for (const auto& subject : findings[volume].affected)
            for (const auto at : index.blaming(subject.object))
                if (is_of(findings[at], {"pvc.pending"})) edges.push_back(edge_between(findings, volume, at));
    }
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    std::vector<Edge> edges;
    for (std::size_t claim = 0; claim < findings.size(); ++claim) {
        if (!is_of(findings[claim], {"pvc.pending", "pvc.lost", "pvc.terminating-in-use"})) continue;
        if (findings[claim].mode->severity < Severity::medium) continue;  // waiting for its first consumer
        const auto names = [&](const ObjectRef& object) {
            return object.kind == "PersistentVolumeClaim" &&
                   (object.same_name(findings[claim].root.object) ||
                    std::any_of(findings[claim].affected.begin(), findings[claim].affected.end(),
                                [&](const Subject& subject) { return subject.object.same_name(object); }));
        };
        for (std::size_t at = 0; at < findings.size(); ++at) {
            if (at == claim || !is_of(findings[at], {"pod.pending", "pod.volume", "pod.creating"})) continue;
            const auto pods = pods_of(world, findings[at]);
            const bool waits = std::any_of(pods.begin(), pods.end(), [&](const Pod* pod) {
                return uses(*pod, findings[claim].root.object) ||
                       std::any_of(findings[claim].affected.begin(), findings[claim].affected.end(),
                                   [&](const Subject& subject) {
                                       return subject.object.kind == "PersistentVolumeClaim" &&
                                              uses(*pod, subject.object);
                                   });
            });
            if (names(findings[at].root.object) || waits) edges.push_back(edge_between(findings, claim, at));
        }
    }
    add_volumes(findings, edges);
    return edges;
}

}  // namespace

extern const Link claim_of_pods;
const Link claim_of_pods{.id = "claim_of_pods", .match = match};

}  // namespace salve::diagnose::links
