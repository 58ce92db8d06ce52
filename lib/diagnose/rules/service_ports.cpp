// TAXONOMY 1.12: Services whose targetPort the pods behind them do not have.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/calls.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/log_class.hpp"
#include "diagnose/routes.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/service_port.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Service;
using kube::ServicePort;

constexpr Mode modes[] = {
    {.id = "svc.target-port-mismatch",
     .category = Category::service_port,
     .severity = Severity::high,
     .summary = "The Service sends to a port that the pods behind it do not have.",
     .needs =
         "A targetPort that is a name which no container of a matching pod gives to a port. Of a number only, as a "
         "possibility: every container declares ports, none of them is the number or the target of any Service, "
         "and no probe, argument, variable or log line of the pod names the number.",
     .not_when = "A number that is merely undeclared: containerPort is for information, so an application that serves "
                 "its declared ports too, or declares none, may well listen there.",
     .advice = "Correct targetPort of the Service, or the name of the port in the pod template."},
};

constexpr int rank_of_healthy = 900;  // after every log of a pod that fails

// A client's line that says that this port of the Service refused it, while the Service had ready pods.
struct Refusal {
    const Pod* pod = nullptr;
    const kube::Log* log = nullptr;
    const kube::LogLine* line = nullptr;
};

// Whom the line names; a line that names nobody means the only address that the template gives its container.
std::optional<Endpoint> called_by(const Pod& pod, const kube::Log& log, const std::string& line) {
    if (auto named = endpoint_in(line)) return named;
    const auto* spec = kube::container_spec(pod.spec, log.container);
    if (!spec) return std::nullopt;
    std::optional<Endpoint> only;
    for (const auto& address : addresses_of(*spec)) {
        if (!address.sure) continue;
        if (only) return std::nullopt;
        only = address.endpoint;
    }
    return only;
}

std::optional<Refusal> refusal_of(const World& world, const Service& service, const ServicePort& port) {
    static const re2::RE2 refused(R"((?i)refused|Failed to connect to \S+ port \d+|couldn't connect to server)");
    for (const auto& log : world.logs()) {
        const auto pod = world.pod(log.ns, log.pod);
        if (!pod || kube::matches(service.selector, pod->meta.labels)) continue;
        for (auto line = log.lines.rbegin(); line != log.lines.rend(); ++line) {
            if (!re2::RE2::PartialMatch(line->text, refused)) continue;
            const auto endpoint = called_by(*pod, log, line->text);
            const auto name = endpoint ? service_of(world, log.ns, *endpoint) : std::nullopt;
            if (!name || name->service.found != &service) continue;
            const auto called = endpoint->port.empty() ? "80" : endpoint->port;
            if (called == std::to_string(port.port)) return Refusal{pod.found, &log, &*line};
        }
    }
    return std::nullopt;
}

Finding finding_about(const World& world, const Service& service, std::size_t at, const std::vector<const Pod*>& pods) {
    auto finding = object_finding(modes[0], service.meta.ref());
    const auto& port = service.ports[at];
    for (const auto& ingress : world.facts().ingresses)
        if (ingress.meta.ns == service.meta.ns &&
            std::any_of(ingress.backends.begin(), ingress.backends.end(), [&](const kube::IngressBackend& backend) {
                return backend.service == service.meta.name &&
                       (backend.port == port.port || (!port.name.empty() && backend.port_name == port.name));
            }))
            finding.affected.push_back({ingress.meta.ref(), ""});
    std::sort(finding.affected.begin(), finding.affected.end());
    finding.evidence.push_back(from_field(
        service.meta.ref(), Source::spec, fmt::format("spec.ports[{}].targetPort", at),
        fmt::format("targetPort: {}", port.target_port.empty() ? std::to_string(port.port) : port.target_port)));
    for (const auto* container : serving_containers(pods.front()->spec)) {
        std::vector<std::string> ports;
        for (const auto& declared : container->ports)
            ports.push_back(declared.name.empty() ? std::to_string(declared.port)
                                                  : fmt::format("{} {}", declared.name, declared.port));
        finding.evidence.push_back(
            from_field(pods.front()->meta.ref(), Source::spec, spec_path(*pods.front(), container->name) + ".ports",
                       fmt::format("containerPort: {}",
                                   ports.empty() ? "none declared" : fmt::format("{}", fmt::join(ports, ", ")))));
        finding.evidence.back().container = container->name;
    }
    return finding;
}

Finding named(const World& world, const Service& service, std::size_t at, const std::vector<const Pod*>& pods) {
    auto finding = finding_about(world, service, at, pods);
    const auto& port = service.ports[at];
    finding.summary = fmt::format(
        "Service {} sends {} to targetPort \"{}\", a name that no container port of its {} pod{} has (they declare "
        "{}), "
        "so the port leads nowhere though pods are there.",
        service.meta.name, port_words(port), port.target_port, pods.size(), pods.size() == 1 ? "" : "s",
        declared_ports(pods));
    for (const auto* slice : world.slices_of(service))
        if (slice->ports.empty() && !slice->endpoints.empty())
            finding.evidence.push_back(from_field(slice->meta.ref(), Source::status, "ports",
                                                  fmt::format("{} addresses, no port", slice->endpoints.size())));
    return finding;
}

bool targets(const Service& service, const Pod& pod, int number) {
    return std::any_of(service.ports.begin(), service.ports.end(),
                       [&](const ServicePort& port) { return find_port(pod.spec, port) == number; });
}

// Whether every serving container declares ports, and none of these is the target of any Service: then the application
// is reached nowhere, and the number that the Service has is likely a slip.
bool declares_other_ports(const World& world, const Pod& pod, int number) {
    const auto services = world.services_for(pod.meta.ns, pod.meta.labels);
    for (const auto* container : serving_containers(pod.spec)) {
        if (container->ports.empty()) return false;
        for (const auto& declared : container->ports) {
            if (declared.port == number) return false;
            for (const auto* service : services)
                if (targets(*service, pod, declared.port)) return false;
        }
    }
    return true;
}

bool declares(const Pod& pod, int number) {
    for (const auto* container : serving_containers(pod.spec))
        for (const auto& declared : container->ports)
            if (declared.port == number) return true;
    return false;
}

// A line that names the number beside a word about ports or listening: the program says that it serves there.
bool log_names(const kube::Log& log, int number) {
    static const re2::RE2 words(R"((?i)\b(?:listen|port|serv|start|bind|bound|address|http|grpc|://|ready|up))");
    static const re2::RE2 numbers(R"((?:^|[^\d.])(\d{2,5})(?:$|[^\d.]))");
    for (const auto& line : log.lines) {
        if (!re2::RE2::PartialMatch(line.text, words)) continue;
        re2::StringPiece rest(line.text);
        int found = 0;
        while (re2::RE2::FindAndConsume(&rest, numbers, &found))
            if (found == number) return true;
    }
    return false;
}

bool any_log_names(const World& world, const std::vector<const Pod*>& pods, int number) {
    for (const auto* pod : pods)
        for (const auto* container : serving_containers(pod->spec))
            if (const auto* log = world.log(pod->meta.ns, pod->meta.name, container->name, false);
                log && log_names(*log, number))
                return true;
    return false;
}

// Whether the number may be judged at all: pods are ready, none declares it and nothing in their specs names it.
bool is_unknown_number(const World& world, const std::vector<const Pod*>& pods, int number) {
    bool any_declared = false, any_ready = false;
    for (const auto* pod : pods) {
        if (declares(*pod, number) || mentions_port(full_spec(world, *pod), number) || mentions_port(pod->spec, number))
            return false;
        // Of a healthy pod without an owner the probes and arguments are not kept.
        if (world.owner(*pod).pod_template() == nullptr) return false;
        for (const auto* container : serving_containers(pod->spec)) any_declared |= !container->ports.empty();
        any_ready |= kube::is_ready(*pod);
    }
    return any_declared && any_ready;
}

std::optional<Finding> numbered(const World& world, const Service& service, std::size_t at,
                                const std::vector<const Pod*>& pods, int number) {
    if (!is_unknown_number(world, pods, number) || any_log_names(world, pods, number)) return std::nullopt;
    const auto& port = service.ports[at];
    const auto refusal = refusal_of(world, service, port);
    const bool orphaned = std::all_of(pods.begin(), pods.end(),
                                      [&](const Pod* pod) { return declares_other_ports(world, *pod, number); });
    if (!refusal && !orphaned) return std::nullopt;
    auto finding = finding_about(world, service, at, pods);
    finding.confidence = refusal ? Confidence::probable : Confidence::possible;
    if (!refusal) finding.severity = Severity::low;
    finding.summary = fmt::format(
        "Service {} sends {} to targetPort {}, but its pods declare {}{}", service.meta.name, port_words(port), number,
        declared_ports(pods),
        refusal ? fmt::format(", and {} is refused there", refusal->pod->meta.name)
                : " and nothing else sends there; if the program listens only where it declares, nobody answers");
    finding.summary += ".";
    if (refusal) {
        finding.evidence.push_back(
            from_log(*refusal->pod, refusal->log->container, refusal->log->previous, *refusal->line));
        finding.affected.push_back({world.owner(*refusal->pod).ref, ""});
        std::sort(finding.affected.begin(), finding.affected.end());
    } else {
        finding.missing_evidence.emplace_back(
            "where the program really listens: containerPort is only for information");
    }
    finding.advice = {
        fmt::format("See where the program listens (its log, its configuration): if not on {}, correct "
                    "targetPort of the Service.",
                    number)};
    return finding;
}

std::optional<Finding> judge(const World& world, const Service& service, std::size_t at,
                             const std::vector<const Pod*>& pods) {
    const auto& port = service.ports[at];
    if (const auto number = target_number(port)) {
        if (!port.protocol.empty() && port.protocol != "TCP") return std::nullopt;
        return numbered(world, service, at, pods, *number);
    }
    const bool found =
        std::any_of(pods.begin(), pods.end(), [&](const Pod* pod) { return find_port(pod->spec, port).has_value(); });
    if (found) return std::nullopt;
    return named(world, service, at, pods);
}

std::vector<const Pod*> judged_pods(const World& world, const Service& service) {
    if (!world.seen(kube::Resource::pods, service.meta.ns) || service.meta.deleted ||
        world.now() - service.meta.created < service_grace)
        return {};
    auto pods = backing_pods(world, service);
    std::erase_if(pods, [](const Pod* pod) { return pod->spec.containers.empty(); });
    return pods;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> found;
    for (const auto& service : world.facts().services) {
        const auto pods = judged_pods(world, service);
        if (pods.empty()) continue;
        for (std::size_t at = 0; at < service.ports.size(); ++at)
            if (auto finding = judge(world, service, at, pods)) found.push_back(std::move(*finding));
    }
    return found;
}

// The log of one pod may say that it listens on the number, which clears the Service.
std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> wanted;
    std::set<const Pod*> known;
    for (const auto& service : world.facts().services) {
        const auto pods = judged_pods(world, service);
        for (std::size_t at = 0; at < service.ports.size() && !pods.empty(); ++at) {
            const auto number = target_number(service.ports[at]);
            if (!number || !judge(world, service, at, pods) || !known.insert(pods.front()).second) continue;
            for (const auto* container : serving_containers(pods.front()->spec))
                wanted.push_back(
                    {pods.front()->meta.ns, pods.front()->meta.name, container->name, false, rank_of_healthy});
        }
    }
    return wanted;
}

}  // namespace

extern const Rule service_ports;
const Rule service_ports{.id = "service_ports", .modes = modes, .match = match, .wants = wants};

}  // namespace salve::diagnose::rules
