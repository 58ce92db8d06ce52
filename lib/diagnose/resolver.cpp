#include "diagnose/resolver.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/probe_text.hpp"
#include "diagnose/routes.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::Pod;
using kube::Resource;
using kube::World;
using Name = ResolverFailure::Name;

const std::string dns_namespace = "kube-system";

bool has(std::string_view text, const re2::RE2& pattern) {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

Name name_of(const World& world, const Pod& pod, const Endpoint& endpoint, std::optional<base::Time> at) {
    const auto named = service_of(world, pod.meta.ns, endpoint);
    if (!named) return endpoint.host.find('.') == std::string::npos ? Name::absent : Name::external;
    // A Service that was made after the failure proves nothing.
    if (!named->service || (at && named->service->meta.created > *at)) return Name::absent;
    return Name::service;
}

std::optional<ResolverFailure> failure_in(const World& world, const Pod& pod, const ContainerStatus& status,
                                          const kube::Log& log) {
    std::vector<const kube::LogLine*> lines;
    for (const auto& line : log.lines)
        if (!is_missing_log_text(line.text)) lines.push_back(&line);
    const auto verdict = classify_log(lines);
    if (!verdict.line || (verdict.found != LogClass::dns && !is_resolver_timeout(verdict.line->text)))
        return std::nullopt;
    // A log that goes on with other work after the failure has got over it.
    if (status.ready && verdict.line != lines.back() && class_of_line(lines.back()->text) != LogClass::dns)
        return std::nullopt;
    const bool timed_out = is_resolver_timeout(verdict.line->text);
    const auto endpoint = verdict.endpoint ? verdict.endpoint : endpoint_in(verdict.line->text);
    if (!endpoint && !timed_out) return std::nullopt;
    // Python's urllib does not say which name it asked for.
    return ResolverFailure{&pod, endpoint ? endpoint->host : "", timed_out,
                           endpoint ? name_of(world, pod, *endpoint, verdict.line->at) : Name::external,
                           from_log(pod, status.name, log.previous, *verdict.line)};
}

// Logs of a past life count only while the container still fails.
bool fails_now(const World& world, const ContainerStatus& status) {
    if (!status.ready) return true;
    const auto& end = status.last.terminated;
    return end && end->exit_code != 0 && end->finished && world.now() - *end->finished < crash_window;
}

std::optional<ResolverFailure> failure_of(const World& world, const Pod& pod, const ContainerStatus& status) {
    for (const bool previous : {false, true}) {
        if (previous && !fails_now(world, status)) continue;
        const auto* log = world.log(pod.meta.ns, pod.meta.name, status.name, previous);
        if (!log) continue;
        if (auto failure = failure_in(world, pod, status, *log)) return failure;
    }
    if (status.ready) return std::nullopt;
    for (const auto probe : {ProbeText::Probe::readiness, ProbeText::Probe::liveness, ProbeText::Probe::startup}) {
        const auto event = newest_probe_event(world, pod, status.name, probe, world.now() - base::minutes(10));
        if (!event || class_of_line(event->text.literal) != LogClass::dns) continue;
        if (const auto endpoint = endpoint_in(event->text.literal))
            return ResolverFailure{&pod, endpoint->host, is_resolver_timeout(event->text.literal),
                                   name_of(world, pod, *endpoint, event->event->last), from_event(*event->event)};
    }
    return std::nullopt;
}

std::vector<ResolverFailure> find_resolver_failures(const World& world) {
    std::vector<ResolverFailure> found;
    if (world.logs().empty() && world.facts().events.empty()) return found;
    for (const auto* pod : world.unsettled())
        for (const auto& status : pod->statuses)
            if (auto failure = failure_of(world, *pod, status)) {
                found.push_back(std::move(*failure));
                break;
            }
    return found;
}

}  // namespace

bool is_resolver_timeout(std::string_view line) {
    static const re2::RE2 pattern(
        R"((?i)temporary failure in name resolution|\bEAI_AGAIN\b|try again.{0,20}(?:lookup|resol)|resolving timed out|)"
        R"(lookup \S+(?: on \S+)?: .*(?:i/o timeout|connection refused)|:53: (?:i/o timeout|read: connection refused)|)"
        R"(no servers could be reached|timeout while contacting dns|dns (?:lookup|query|request|resolution).{0,20}tim(?:ed? ?out)|)"
        R"(resolution timed out|resolv\w*.{0,40}timed? ?out|can't find \S+: no answer|temporary failure resolving)");
    return has(line, pattern);
}

const std::vector<ResolverFailure>& resolver_failures(const World& world) { return world.once(find_resolver_failures); }

ClusterDns find_cluster_dns(const World& world) {
    ClusterDns dns;
    std::set<const Pod*> ready;
    const auto take = [&](const std::vector<const Pod*>& pods) {
        for (const auto* pod : pods)
            if (kube::is_ready(*pod)) ready.insert(pod);
    };
    const auto is_dns = [](const kube::Meta& meta) {
        if (meta.ns != dns_namespace) return false;
        const auto label = meta.labels.find("k8s-app");
        return label != meta.labels.end() && label->second == "kube-dns";
    };
    for (const auto* workload : world.workloads()) {
        if (!is_dns(workload->meta)) continue;
        dns.workloads.push_back(workload);
        take(world.pods_of(workload->meta.ref()));
    }
    for (const auto& service : world.facts().services) {
        if (!is_dns(service.meta) || !has_selector(service)) continue;
        // Metrics Services carry the label too.
        const bool serves = std::any_of(service.ports.begin(), service.ports.end(),
                                        [](const kube::ServicePort& port) { return port.port == 53; });
        if (!serves) continue;
        if (!dns.service || service.meta.name < dns.service->meta.name) dns.service = &service;
        take(backing_pods(world, service));
    }
    dns.ready = static_cast<int>(ready.size());
    dns.seen = true;
    for (const auto what : {Resource::deployments, Resource::daemonsets, Resource::pods, Resource::services})
        dns.seen &= world.seen(what, dns_namespace);
    return dns;
}

}  // namespace salve::diagnose
