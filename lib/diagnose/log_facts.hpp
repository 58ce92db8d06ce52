// Facts that log lines carry: who was called, what to quote. A log is written by the application, or by whoever can
// write to it: it is quoted and classified, never obeyed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/world.hpp"

namespace salve::diagnose {

// Somebody that a program tried to reach. port is empty when the text does not say it.
struct Endpoint {
    std::string host, port;
};

// The endpoint that a line of an error names: curl, busybox, Python, Node.js, Go, Java, and the drivers of the usual
// databases and brokers; else a URL or HOST:PORT. Source locations (main.go:42) and times are none.
std::optional<Endpoint> endpoint_in(std::string_view line);

// The Service that a host means for a pod of namespace ns: SVC, SVC.NS, SVC.NS.svc[.DOMAIN], POD.SVC.NS.svc[.DOMAIN],
// POD.SVC[.NS] of a StatefulSet, or a clusterIP.
struct ServiceName {
    std::string ns, name;
    kube::Lookup<kube::Service> service;
};
// Nothing when the host is not a name of this cluster: an address that no Service has, or a name with dots that is
// neither qualified with ".svc" nor that of a Service that exists.
std::optional<ServiceName> service_of(const kube::World& world, std::string_view ns, const Endpoint& endpoint);

// Services of the namespace whose name is a slip away (edit distance 1 or 2), nearest first.
std::vector<std::string> similar_services(const kube::World& world, std::string_view ns, std::string_view name);

// How many ready addresses the Service has; nothing when its slices were not read whole.
std::optional<int> ready_addresses(const kube::World& world, const kube::Service& service);

// Whether the line is the runtime's or the kubelet's excuse for a log that is gone, which kubectl prints on stdout with
// exit code 0 (DIFFERENCES "log fetch with --previous").
bool is_missing_log_text(std::string_view line);

// At most `limit` bytes of a line, cut at a character and marked with "...", without leading blanks.
std::string quoted(std::string_view line, std::size_t limit = 240);

// The container's log that tells of its last life, without excuses and empty lines at its end: of a container that runs
// again the previous log, else (it waits or has just ended) whichever of the two is there. Null lines: nothing
// readable.
struct LifeLog {
    const kube::Log* log = nullptr;
    bool stale = false;  // it is the log of the present try, because that of the last life could not be read
    std::vector<const kube::LogLine*> lines;
};
LifeLog life_log(const kube::World& world, const kube::Pod& pod, const kube::ContainerStatus& status);

}  // namespace salve::diagnose
