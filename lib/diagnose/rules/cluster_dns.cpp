// TAXONOMY 1.12: the cluster's DNS does not answer. It is judged by its own workload in kube-system, and by what others
// say in their logs; kube-system is read for it when they give reason to.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/policy_match.hpp"
#include "diagnose/resolver.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"
#include "diagnose/unready.hpp"

namespace salve::diagnose::rules {
namespace {

using Name = ResolverFailure::Name;

constexpr std::size_t owners_that_prove = 3;
constexpr std::size_t most_quoted = 5;

constexpr Mode modes[] = {
    {.id = "dns.cluster-down",
     .category = Category::dns,
     .severity = Severity::critical,
     .summary = "The cluster's DNS does not answer, so no pod can find another by name.",
     .needs =
         "The workload labelled k8s-app=kube-dns in kube-system has no ready pod (also when it was scaled to 0) and "
         "nobody else stands behind its Service; or, where kube-system could not be read, the logs of at least "
         "three workloads that names which exist do not resolve.",
     .not_when = "Its pods are just starting, the name is that of no Service, or a NetworkPolicy keeps the pods from "
                 "port 53.",
     .advice = "Bring the DNS pods in kube-system back (scale the Deployment up, or repair its pods); then the others "
               "recover by themselves."},
};

using ByOwner = std::map<kube::ObjectRef, std::vector<const ResolverFailure*>>;

// A failure that a working DNS would not give: the name exists, or the resolver did not answer at all.
bool accuses_dns(const ResolverFailure& failure) {
    return failure.name == Name::service || (failure.name == Name::external && failure.timed_out);
}

ByOwner by_owner(const World& world, const std::vector<ResolverFailure>& failures) {
    ByOwner owners;
    for (const auto& failure : failures)
        if (accuses_dns(failure)) owners[world.owner(*failure.pod).ref].push_back(&failure);
    return owners;
}

void add_failures(Finding& finding, const ByOwner& owners) {
    std::set<std::string> hosts;
    std::size_t quoted_lines = 0;
    for (const auto& [owner, failures] : owners) {
        if (owner.kind != "Pod") finding.affected.push_back({owner, ""});
        for (const auto* failure : failures) {
            finding.affected.push_back({failure->pod->meta.ref(), ""});
            hosts.insert(failure->host.empty() ? "a name" : failure->host);
        }
        if (quoted_lines++ < most_quoted) finding.evidence.push_back(failures.front()->evidence);
    }
    std::sort(finding.affected.begin(), finding.affected.end());
    if (owners.empty()) return;
    finding.summary +=
        fmt::format("; {} workload{} cannot resolve {}: {}", owners.size(), owners.size() == 1 ? "" : "s",
                    fmt::join(hosts, ", "), quoted(owners.begin()->second.front()->evidence.text));
}

// Since when nobody is ready, where that is said. At zero replicas the condition says Available.
bool just_started(const World& world, const ClusterDns& dns) {
    return std::all_of(dns.workloads.begin(), dns.workloads.end(), [&](const kube::Workload* workload) {
        const auto pods = world.pods_of(workload->meta.ref());
        return workload->desired > 0 && !pods.empty() &&
               std::none_of(pods.begin(), pods.end(), [&](const Pod* pod) { return is_overdue(world, *pod); }) &&
               std::any_of(pods.begin(), pods.end(), [](const Pod* pod) { return !pod->meta.deleted; });
    });
}

std::optional<Finding> by_workload(const World& world, const ClusterDns& dns, const ByOwner& owners) {
    if (dns.workloads.empty() || !dns.service || dns.ready > 0 || !dns.seen || just_started(world, dns))
        return std::nullopt;
    const auto& workload = *dns.workloads.front();
    auto finding = object_finding(modes[0], workload.meta.ref());
    finding.summary = fmt::format("The cluster's DNS is down: {} {} in {} has no ready pod ({} wanted{})",
                                  workload.meta.kind, workload.meta.name, workload.meta.ns, workload.desired,
                                  workload.desired == 0 ? ": it was scaled to 0" : "");
    finding.evidence.push_back(
        from_field(workload.meta.ref(), Source::status, "status.readyReplicas",
                   fmt::format("{}: {} ready of {} replicas", workload.meta.name, workload.ready, workload.desired)));
    finding.evidence.push_back(from_field(dns.service->meta.ref(), Source::status, "endpoints",
                                          fmt::format("Service {}: 0 ready endpoints", dns.service->meta.name)));
    finding.affected.push_back({dns.service->meta.ref(), ""});
    add_failures(finding, owners);
    finding.summary += ".";
    if (workload.desired == 0)
        finding.advice = {
            fmt::format("Scale it up again: kubectl -n {} scale {}/{} --replicas=2; the others recover by "
                        "themselves.",
                        workload.meta.ns, "deployment", workload.meta.name)};
    return finding;
}

// Owners whose pods a policy keeps from DNS prove nothing about it.
void drop_restricted(const World& world, ByOwner& owners) {
    std::erase_if(owners, [&](const auto& entry) {
        return std::any_of(entry.second.begin(), entry.second.end(), [&](const ResolverFailure* failure) {
            return denies_dns(world, *failure->pod).has_value();
        });
    });
}

std::optional<Finding> by_logs(const World& world, const ClusterDns& dns, ByOwner owners) {
    // Seen, its own workload tells; a DNS without the usual label is known by the logs only.
    if (dns.ready > 0 || (dns.seen && !dns.workloads.empty())) return std::nullopt;
    drop_restricted(world, owners);
    if (owners.size() < owners_that_prove) return std::nullopt;
    kube::ObjectRef service{"v1", "Service", "kube-system", "kube-dns", ""};
    auto finding = object_finding(modes[0], dns.service ? dns.service->meta.ref() : service);
    finding.confidence = Confidence::possible;
    finding.summary = "Names that exist do not resolve: the cluster's DNS does not answer";
    add_failures(finding, owners);
    finding.summary += ".";
    finding.missing_evidence.emplace_back("namespace kube-system: whether the DNS pods (coredns) are ready");
    return finding;
}

std::vector<Finding> match(const World& world) {
    const auto dns = find_cluster_dns(world);
    const auto& failures = resolver_failures(world);
    const auto owners = by_owner(world, failures);
    std::vector<Finding> found;
    if (auto finding = by_workload(world, dns, owners))
        found.push_back(std::move(*finding));
    else if (auto possible = by_logs(world, dns, owners))
        found.push_back(std::move(*possible));
    return found;
}

std::vector<ReadWanted> reads(const World& world) {
    if (find_cluster_dns(world).seen) return {};
    const auto& failures = resolver_failures(world);
    const bool reason = std::any_of(failures.begin(), failures.end(),
                                    [](const ResolverFailure& failure) { return failure.name != Name::absent; });
    if (!reason) return {};
    return {{.what = ReadWanted::What::name_space, .ns = "kube-system", .name = "", .rank = 0}};
}

}  // namespace

extern const Rule cluster_dns;
const Rule cluster_dns{.id = "cluster_dns", .modes = modes, .match = match, .reads = reads};

}  // namespace salve::diagnose::rules
