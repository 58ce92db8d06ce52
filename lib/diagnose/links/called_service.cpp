// An app that fails because it calls a Service which has no endpoint, sends to a port that nobody serves, or whose pods
// fail: the Service's own fault, or that of its pods, comes first. In any namespace: one outside of the scope is read.
#include <algorithm>

#include "diagnose/calls.hpp"
#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

// What fails when a call fails. Other modes have a cause of their own, whatever their log says besides.
bool may_call(const Finding& finding) {
    return is_of(finding, {"pod.crashloop.dependency", "pod.crashloop.auth-dependency", "pod.crashloop.app-error",
                           "pod.crashloop.unknown", "pod.crashloop.liveness", "pod.crashloop.startup-probe",
                           "pod.init.failed", "pod.init.waiting", "pod.sidecar.failed", "pod.notready.readiness",
                           "pod.restarts.flapping", "pod.log.errors", "job", "cronjob.last-failed"});
}

// What the Service itself, or an Ingress to it, is found to lack; else what is wrong with the pods behind it. Not the
// caller's own finding, when it calls itself.
std::vector<std::size_t> causes_at(const World& world, std::span<const Finding> findings, const FindingIndex& index,
                                   const kube::Service& service, const Finding& caller) {
    std::vector<std::size_t> causes;
    for (const auto at : index.blaming(service.meta.ref()))
        if (is_of(findings[at], {"svc"}) && findings[at].mode->severity >= Severity::medium) causes.push_back(at);
    if (!causes.empty()) return causes;
    const auto pods = world.pods_matching(service.meta.ns, service.selector);
    const bool serves = std::any_of(pods.begin(), pods.end(), [](const Pod* pod) { return kube::is_ready(*pod); });
    for (const auto* pod : pods)
        for (const auto at : index.about(pod->meta.ref()))
            if (is_pod_fault(findings[at]) && &findings[at] != &caller && (!serves || !kube::is_ready(*pod)))
                causes.push_back(at);
    return causes;
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (std::size_t at = 0; at < findings.size(); ++at) {
        if (!may_call(findings[at])) continue;
        for (const auto& call : calls_of(world, findings[at])) {
            if (!call.target.service) continue;
            auto causes = causes_at(world, findings, index, *call.target.service, findings[at]);
            std::erase(causes, at);
            if (const auto cause = worst(findings, causes)) {
                auto edge = edge_between(findings, *cause, at);
                if (call.proof.front().source == Source::spec) edge.evidence = call.proof.front();
                edges.push_back(std::move(edge));
            }
        }
    }
    return edges;
}

// The namespaces of Services that were called and lie outside of what was read.
std::vector<ReadWanted> reads(const World& world, std::span<const Finding> findings) {
    std::vector<ReadWanted> wanted;
    for (const auto& finding : findings) {
        if (!may_call(finding)) continue;
        for (const auto& call : calls_of(world, finding))
            if (call.target.service.unknown())
                wanted.push_back(
                    {ReadWanted::What::name_space, call.target.ns, "", -static_cast<int>(finding.severity)});
    }
    return wanted;
}

}  // namespace

extern const Link called_service;
const Link called_service{.id = "called_service", .match = match, .reads = reads};

}  // namespace salve::diagnose::links
