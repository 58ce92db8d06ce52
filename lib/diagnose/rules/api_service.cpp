// TAXONOMY 1.13: aggregated APIs that do not answer. Reasons and texts: kube-aggregator
// pkg/controllers/status/remote/remote_available_controller.go.
#include <fmt/format.h>

#include "diagnose/containers.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/webhooks.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "apiservice.unavailable",
     .category = Category::other,
     .severity = Severity::high,
     .summary = "An aggregated API does not answer: its kinds cannot be read, and no namespace can be deleted.",
     .needs = "Condition Available=False of an APIService that is served by a Service.",
     .not_when = "The API is the API server's own (no Service), or the pods behind it have just been started.",
     .advice = "Bring the Service behind it back; if the add-on is gone for good, its APIService can be removed by an "
               "administrator. kubectl get --raw /apis/GROUP/VERSION shows the same error."},
};

std::string_view what_breaks(const kube::ApiService& api) {
    if (api.group == "metrics.k8s.io") return " HorizontalPodAutoscalers on CPU or memory and kubectl top need it.";
    if (api.group == "custom.metrics.k8s.io" || api.group == "external.metrics.k8s.io")
        return " HorizontalPodAutoscalers on such metrics need it.";
    return " Until it answers no namespace can be deleted.";
}

std::optional<Finding> judge(const World& world, const kube::ApiService& api) {
    const auto* available = kube::find_condition(api.conditions, "Available");
    if (api.meta.deleted || api.service_name.empty() || !available || available->status != "False") return std::nullopt;
    const auto backend = backend_of(world, api.service_ns, api.service_name);
    if (backend.state == Backend::State::starting) return std::nullopt;
    auto finding = object_finding(modes[0], api.meta.ref());
    finding.evidence.push_back(from_condition(api.meta.ref(), *available));
    finding.summary = fmt::format("APIService {} is not available ({}): {}.{}", api.meta.name, available->reason,
                                  excerpt(available->message), what_breaks(api));
    finding.affected.push_back({backend.service, ""});
    if (backend.state == Backend::State::unknown)
        finding.missing_evidence.push_back(
            fmt::format("services and pods of {}: what stands behind the API", api.service_ns));
    finding.first_seen = available->last_transition;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> out;
    for (const auto& api : world.facts().api_services)
        if (auto finding = judge(world, api)) out.push_back(std::move(*finding));
    return out;
}

}  // namespace

extern const Rule api_service;
const Rule api_service{.id = "api-service", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
