// An app that fails because it calls a Service which has no endpoint, sends to a port that nobody serves, or whose pods
// fail: the Service's own fault, or that of its pods, comes first. In any namespace: one outside of the scope is read.
#include <algorithm>

#include "diagnose/calls.hpp"
#include "diagnose/link_build.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::links {
namespace {

// What fails when a call fails. Other modes have a cause of their own, whatever their log says besides.
bool may_call(const Finding& finding) {
    return is_of(finding, {"pod.crashloop.dependency", "pod.crashloop.auth-dependency", "pod.crashloop.app-error",
                           "pod.crashloop.unknown", "pod.crashloop.liveness", "pod.crashloop.startup-probe",
                           "pod.init.failed", "pod.init.waiting", "pod.sidecar.failed", "pod.notready.readiness",
                           "pod.restarts.flapping", "pod.log.errors", "job", "cronjob.last-failed"});
}

// What makes a Service refuse its callers. One that waits for a load balancer or has few pods does not, from within;
// and a targetPort that is only guessed to be wrong (low) proves nothing. Nobody behind it because its workload is at
// zero is on purpose, until somebody calls.
bool fails_calls(const Finding& finding) {
    if (is_of(finding, {"deploy.scaled-to-zero"})) return true;
    if (!is_of(finding, {"svc"}) || finding.mode->severity < Severity::medium) return false;
    if (is_of(finding, {"svc.lb-pending", "svc.partial-endpoints"})) return false;
    return !is_of(finding, {"svc.target-port-mismatch"}) || finding.severity >= Severity::medium;
}

// A ready pod that dies now and then proves nothing: it refuses whenever it is down.
bool serves_steadily(const World& world, const Pod& pod) {
    if (!kube::is_ready(pod)) return false;
    return std::none_of(pod.statuses.begin(), pod.statuses.end(), [&](const kube::ContainerStatus& status) {
        const auto& end = status.last.terminated;
        return status.list == kube::ContainerStatus::List::main && status.restarts > 0 && end &&
               (!end->finished || world.now() - *end->finished < crash_window);
    });
}

// What the Service itself is found to lack; else what is wrong with the pods behind it. Not the caller's own finding,
// when it calls itself.
std::vector<std::size_t> causes_at(const World& world, std::span<const Finding> findings, const FindingIndex& index,
                                   const kube::Service& service, const Finding& caller) {
    std::vector<std::size_t> causes;
    for (const auto at : index.about(service.meta.ref())) {
        const bool blamed = findings[at].root.object.same_name(service.meta.ref());
        if (fails_calls(findings[at]) && (blamed || findings[at].root.object.kind != "Service")) causes.push_back(at);
    }
    if (!causes.empty()) return causes;
    const auto pods = world.pods_matching(service.meta.ns, service.selector);
    if (std::any_of(pods.begin(), pods.end(), [&](const Pod* pod) { return serves_steadily(world, *pod); })) return {};
    for (const auto* pod : pods)
        for (const auto at : index.about(pod->meta.ref()))
            if (is_pod_fault(findings[at]) && &findings[at] != &caller) causes.push_back(at);
    return causes;
}

// The Ingress on the way, where it is what is wrong: a Service that does not exist, a port that it does not have.
std::vector<std::size_t> causes_on_the_way(std::span<const Finding> findings, const FindingIndex& index,
                                           const Call& call) {
    std::vector<std::size_t> causes;
    for (const auto& step : call.proof) {
        if (step.object.kind != "Ingress") continue;
        for (const auto at : index.blaming(step.object))
            if (is_of(findings[at], {"ingress.backend-missing", "ingress.port-mismatch"})) causes.push_back(at);
    }
    return causes;
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (std::size_t at = 0; at < findings.size(); ++at) {
        if (!may_call(findings[at])) continue;
        for (const auto& call : calls_of(world, findings[at])) {
            auto causes = causes_on_the_way(findings, index, call);
            if (causes.empty() && call.target.service)
                causes = causes_at(world, findings, index, *call.target.service, findings[at]);
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
