// TAXONOMY 1.12: Ingresses that send to a Service or port that does not exist, or to a Service behind which nobody
// answers.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "diagnose/build.hpp"
#include "diagnose/log_facts.hpp"
#include "diagnose/routes.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/service_port.hpp"
#include "diagnose/service_state.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Ingress;
using kube::IngressBackend;
using kube::Service;

constexpr Mode modes[] = {
    {.id = "ingress.backend-missing",
     .category = Category::ingress,
     .severity = Severity::high,
     .summary = "The Ingress sends to a Service that does not exist.",
     .needs = "A backend whose Service is not among the Services of the namespace, which were read whole.",
     .not_when = "The backend is an action of the controller (port use-annotation) or no Service at all.",
     .advice = "Correct the name of the Service in the Ingress, or create that Service; it must be in the Ingress' own "
               "namespace."},
    {.id = "ingress.port-mismatch",
     .category = Category::ingress,
     .severity = Severity::high,
     .summary = "The Ingress sends to a port that its Service does not have.",
     .needs = "A backend whose Service exists and has no port of that number or name.",
     .not_when = "The Service is an ExternalName without ports, or the port is an action of the controller.",
     .advice = "Use a port of the Service (its port or name, not its targetPort) in the Ingress."},
    {.id = "ingress.backend-unready",
     .category = Category::ingress,
     .severity = Severity::high,
     .summary = "The Service behind the Ingress has no pod that answers.",
     .needs = "A backend whose Service selects nothing, or whose pods are all not ready for longer than they may be.",
     .not_when = "The pods are starting, their owner is at 0, or the Service keeps its own addresses.",
     .advice = "Look at the Service and its pods; the Ingress is right."},
};

// "shop.example.com/cart", "the default backend".
std::string route_words(const IngressBackend& backend) {
    if (backend.host.empty() && backend.path.empty()) return "everything else (default backend)";
    return (backend.host.empty() ? "*" : backend.host) + (backend.path.empty() ? "/" : backend.path);
}

std::string wanted_port(const IngressBackend& backend) {
    return backend.port ? std::to_string(*backend.port) : backend.port_name;
}

// The AWS controller's way to name an action that stands in an annotation.
bool is_action(const IngressBackend& backend) { return backend.port_name == "use-annotation"; }

bool offers(const Service& service, const IngressBackend& backend) {
    if (!backend.port && backend.port_name.empty()) return true;
    return std::any_of(service.ports.begin(), service.ports.end(), [&](const kube::ServicePort& port) {
        return backend.port ? port.port == *backend.port : port.name == backend.port_name;
    });
}

std::string routes_of(const std::vector<const IngressBackend*>& backends) {
    std::set<std::string> routes;
    for (const auto* backend : backends) routes.insert(route_words(*backend));
    return fmt::format("{}", fmt::join(routes, ", "));
}

Evidence backend_evidence(const Ingress& ingress, const IngressBackend& backend) {
    return from_field(ingress.meta.ref(), Source::spec,
                      backend.host.empty() && backend.path.empty() ? "spec.defaultBackend.service"
                                                                   : "spec.rules.http.paths.backend.service",
                      fmt::format("{} -> {}:{}", route_words(backend), backend.service, wanted_port(backend)));
}

Finding about(const Mode& mode, const Ingress& ingress, const std::vector<const IngressBackend*>& backends) {
    auto finding = object_finding(mode, ingress.meta.ref());
    for (const auto* backend : backends) finding.evidence.push_back(backend_evidence(ingress, *backend));
    return finding;
}

Finding missing(const World& world, const Ingress& ingress, const std::vector<const IngressBackend*>& backends) {
    auto finding = about(modes[0], ingress, backends);
    const auto& name = backends.front()->service;
    finding.summary = fmt::format("Ingress {} sends {} to Service {}, which does not exist in namespace {}",
                                  ingress.meta.name, routes_of(backends), name, ingress.meta.ns);
    std::vector<std::string> others = similar_services(world, ingress.meta.ns, name);
    if (!others.empty()) {
        finding.summary += fmt::format("; there is {}", fmt::join(others, ", "));
        finding.advice.insert(finding.advice.begin(), fmt::format("Is {} meant?", fmt::join(others, " or ")));
    } else {
        for (const auto& service : world.facts().services)
            if (service.meta.ns == ingress.meta.ns) others.push_back(service.meta.name);
        std::sort(others.begin(), others.end());
        if (others.size() > 5) others.resize(5);
        finding.summary += others.empty() ? "; there is none" : fmt::format("; there is {}", fmt::join(others, ", "));
    }
    finding.summary += ".";
    return finding;
}

Finding no_port(const Ingress& ingress, const Service& service, const std::vector<const IngressBackend*>& backends) {
    auto finding = about(modes[1], ingress, backends);
    std::vector<std::string> has, wanted;
    for (const auto& port : service.ports)
        has.push_back(port.name.empty() ? std::to_string(port.port) : fmt::format("{} ({})", port.port, port.name));
    for (const auto* backend : backends)
        if (std::find(wanted.begin(), wanted.end(), wanted_port(*backend)) == wanted.end())
            wanted.push_back(wanted_port(*backend));
    finding.summary = fmt::format("Ingress {} sends {} to port {} of Service {}, which has only {}.", ingress.meta.name,
                                  routes_of(backends), fmt::join(wanted, ", "), service.meta.name,
                                  has.empty() ? "no port" : fmt::format("{}", fmt::join(has, ", ")));
    finding.evidence.push_back(
        from_field(service.meta.ref(), Source::spec, "spec.ports", fmt::format("ports: {}", fmt::join(has, ", "))));
    finding.affected.push_back({service.meta.ref(), ""});
    return finding;
}

std::string down_words(const ServiceState& state, const Service& service) {
    if (state.kind == ServiceState::Kind::unselected)
        return fmt::format("selects {}, which no pod has", selector_words(service.selector));
    if (state.kind == ServiceState::Kind::unmade) return "has no pod";
    return fmt::format("has no ready pod (0 of {})", state.unready.size());
}

Finding unready(const Ingress& ingress, const Service& service, const ServiceState& state,
                const std::vector<const IngressBackend*>& backends) {
    auto finding = about(modes[2], ingress, backends);
    finding.summary = fmt::format("Ingress {} sends {} to Service {}, which {}.", ingress.meta.name,
                                  routes_of(backends), service.meta.name, down_words(state, service));
    finding.evidence.push_back(
        from_field(service.meta.ref(), Source::status, "endpoints",
                   fmt::format("0 ready endpoints, selector {}", selector_words(service.selector))));
    finding.affected.push_back({service.meta.ref(), ""});
    return finding;
}

void judge(const World& world, const Ingress& ingress, std::vector<Finding>& found) {
    std::map<std::string, std::vector<const IngressBackend*>> by_service;
    for (const auto& backend : ingress.backends)
        if (!backend.service.empty() && !is_action(backend)) by_service[backend.service].push_back(&backend);
    for (const auto& [name, backends] : by_service) {
        const auto service = world.service(ingress.meta.ns, name);
        if (service.absent()) found.push_back(missing(world, ingress, backends));
        if (!service) continue;
        std::vector<const IngressBackend*> lacking;
        for (const auto* backend : backends)
            if (!offers(*service, *backend)) lacking.push_back(backend);
        if (!lacking.empty() && !(service->type == "ExternalName" && service->ports.empty()))
            found.push_back(no_port(ingress, *service, lacking));
        const auto& state = state_of(world, *service);
        if (is_down(state)) found.push_back(unready(ingress, *service, state, backends));
    }
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> found;
    for (const auto& ingress : world.facts().ingresses)
        if (!ingress.meta.deleted && world.now() - ingress.meta.created >= service_grace) judge(world, ingress, found);
    return found;
}

}  // namespace

extern const Rule ingress_backends;
const Rule ingress_backends{.id = "ingress_backends", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
