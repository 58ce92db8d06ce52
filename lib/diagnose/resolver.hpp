// What the logs and probes of pods say about names that do not resolve: for the DNS and NetworkPolicy rules.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "diagnose/finding.hpp"
#include "diagnose/log_facts.hpp"
#include "kube/world.hpp"

namespace salve::diagnose {

struct ResolverFailure {
    const kube::Pod* pod = nullptr;
    std::string host;        // empty: the text does not say which (then name is external)
    bool timed_out = false;  // the resolver did not answer; else it may have said that there is no such name
    // Whether the name should resolve: it is a Service that exists, or lies outside of the cluster (then unknown).
    enum class Name { service, external, absent } name = Name::absent;
    Evidence evidence;
};

// The last line of each container's log (present or previous) that says so, of containers that still fail or whose log
// ends with it, and the present probe failures that do. By pod.
// It lives as long as the World.
const std::vector<ResolverFailure>& resolver_failures(const kube::World& world);

// Whether the line says that the resolver did not answer (and not that the name is unknown).
bool is_resolver_timeout(std::string_view line);

// The workloads of kube-system that carry the cluster's DNS (label k8s-app=kube-dns), and whether it serves.
struct ClusterDns {
    std::vector<const kube::Workload*> workloads;
    const kube::Service* service = nullptr;
    int ready = 0;      // pods behind the Service or of the workloads that are ready
    bool seen = false;  // whether kube-system was read whole enough to say so
};
ClusterDns find_cluster_dns(const kube::World& world);

}  // namespace salve::diagnose
