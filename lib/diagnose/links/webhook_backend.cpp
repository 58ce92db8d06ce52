// A webhook whose backend does not answer refuses the pods of workloads; what is wrong with the backend's Service or
// pods comes before both (TAXONOMY 1.13).
#include <algorithm>

#include "diagnose/link_build.hpp"

namespace salve::diagnose::links {
namespace {

bool names_webhook(const Finding& refusal, const kube::WebhookConfiguration& configuration) {
    return std::any_of(configuration.webhooks.begin(), configuration.webhooks.end(), [&](const kube::Webhook& webhook) {
        return std::any_of(refusal.evidence.begin(), refusal.evidence.end(), [&](const Evidence& evidence) {
            return !webhook.name.empty() && evidence.text.find("\"" + webhook.name + "\"") != std::string::npos;
        });
    });
}

std::vector<Edge> match(const World& world, std::span<const Finding> findings) {
    const FindingIndex index(findings);
    std::vector<Edge> edges;
    for (const auto& configuration : world.facts().webhooks) {
        const auto& blaming = index.blaming(configuration.meta.ref());
        const auto down = std::find_if(blaming.begin(), blaming.end(),
                                       [&](std::size_t at) { return is_of(findings[at], {"webhook.backend-down"}); });
        std::vector<std::size_t> causes;
        for (const auto& webhook : configuration.webhooks) {
            if (webhook.service_name.empty()) continue;
            for (const auto at : index.blaming({"v1", "Service", webhook.service_ns, webhook.service_name, ""}))
                if (is_of(findings[at], {"svc"})) causes.push_back(at);
        }
        const auto backend = worst(findings, causes);
        if (down != blaming.end() && backend) edges.push_back(edge_between(findings, *backend, *down));
        const auto cause = down != blaming.end() ? std::optional(*down) : backend;
        if (!cause) continue;
        for (std::size_t at = 0; at < findings.size(); ++at)
            if (at != *cause && is_of(findings[at], {"ctrl.failed-create.webhook-down"}) &&
                names_webhook(findings[at], configuration))
                edges.push_back(edge_between(findings, *cause, at));
    }
    return edges;
}

}  // namespace

extern const Link webhook_backend;
const Link webhook_backend{.id = "webhook_backend", .match = match};

}  // namespace salve::diagnose::links
