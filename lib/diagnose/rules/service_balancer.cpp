// TAXONOMY 1.12: Services of type LoadBalancer that get no address. Texts: cloud-provider
// controllers/service/controller.go.
#include <fmt/format.h>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/starting.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::Service;

constexpr Mode modes[] = {
    {.id = "svc.lb-pending",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "A Service of type LoadBalancer has no address from outside.",
     .needs = "status.loadBalancer.ingress empty for more than five minutes, or the controller's present event that "
              "making the load balancer failed.",
     .not_when = "It was just created.",
     .advice = "Read the controller's error; without any event no controller for load balancers runs in this cluster "
               "(bare metal): install one, or use NodePort or an Ingress."},
};

// The newest event of a load balancer's controller about the Service.
const kube::Event* newest(const World& world, const Service& service) {
    const auto events = world.events(service.meta.uid);
    for (auto it = events.rbegin(); it != events.rend(); ++it)
        if ((*it)->reason.find("LoadBalancer") != std::string::npos || (*it)->type == "Warning") return *it;
    return nullptr;
}

std::optional<Finding> judge(const World& world, const Service& service) {
    if (service.type != "LoadBalancer" || service.load_balancer_ingress > 0 || service.meta.deleted)
        return std::nullopt;
    const auto age = world.now() - service.meta.created;
    const auto* event = newest(world, service);
    const bool fresh = event && world.now() - event->last < controller_fresh;
    const bool failed = fresh && event->type == "Warning";
    if (age <= (failed ? pending_grace : address_grace)) return std::nullopt;
    auto finding = object_finding(modes[0], service.meta.ref());
    finding.evidence.push_back(from_field(service.meta.ref(), Source::status, "status.loadBalancer.ingress",
                                          "status.loadBalancer.ingress: none"));
    finding.evidence.push_back(from_field(service.meta.ref(), Source::spec, "spec.type", "type: LoadBalancer"));
    finding.summary = fmt::format("Service {} of type LoadBalancer has had no external address for {}",
                                  service.meta.name, base::to_words(age));
    finding.first_seen = service.meta.created;
    if (failed) {
        finding.evidence.push_back(from_event(*event));
        finding.summary += fmt::format(": {}", excerpt(event_text(*event)));
        finding.last_seen = event->last;
    } else if (event) {
        finding.evidence.push_back(from_event(*event));
        finding.summary += fmt::format("; the last that its controller said is {}", event->reason);
    } else if (world.seen(kube::Resource::events, service.meta.ns)) {
        finding.summary += ", and no controller says anything about it: likely none for load balancers runs here";
    } else {
        finding.missing_evidence.emplace_back("events of the namespace: they would say why it has no address");
    }
    finding.summary += ".";
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> found;
    for (const auto& service : world.facts().services)
        if (auto finding = judge(world, service)) found.push_back(std::move(*finding));
    return found;
}

}  // namespace

extern const Rule service_balancer;
const Rule service_balancer{.id = "service_balancer", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
