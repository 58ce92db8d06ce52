#include "diagnose/routes.hpp"

#include <algorithm>

namespace salve::diagnose {
namespace {

using kube::Pod;
using kube::World;

bool served(const World& world, const kube::Service& service) {
    if (world.seen(kube::Resource::endpointslices, service.meta.ns)) {
        const auto slices = world.slices_of(service);
        return std::any_of(slices.begin(), slices.end(), [](const auto* slice) {
            return std::any_of(slice->endpoints.begin(), slice->endpoints.end(),
                               [](const auto& endpoint) { return endpoint.ready.value_or(true); });
        });
    }
    const auto& pods = world.facts().pods;
    return std::any_of(pods.begin(), pods.end(), [&](const Pod& pod) {
        return pod.meta.ns == service.meta.ns && kube::is_ready(pod) &&
               kube::matches(service.selector, pod.meta.labels);
    });
}

}  // namespace

std::vector<Subject> unserved_routes(const World& world, const Pod& pod) {
    std::vector<Subject> out;
    for (const auto* service : world.services_for(pod.meta.ns, pod.meta.labels)) {
        if (service->publish_not_ready || served(world, *service)) continue;
        out.push_back({service->meta.ref(), ""});
        for (const auto* ingress : world.ingresses_for(service->meta.ns, service->meta.name))
            out.push_back({ingress->meta.ref(), ""});
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace salve::diagnose
