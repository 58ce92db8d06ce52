#include "diagnose/routes.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace salve::diagnose {
namespace {

using kube::Pod;
using kube::Resource;
using kube::Service;
using kube::World;

// Of a settled pod it is known without a look at its conditions.
bool is_serving(const World& world, const Pod& pod) { return world.is_settled(pod) || kube::is_ready(pod); }

// Whether somebody else than these pods serves it; nothing when neither pods nor slices were read whole.
std::optional<bool> served_without(const World& world, const Service& service, const std::set<const Pod*>& gone) {
    if (world.seen(Resource::pods, service.meta.ns)) {
        const auto pods = backing_pods(world, service);
        return std::any_of(pods.begin(), pods.end(),
                           [&](const Pod* pod) { return is_serving(world, *pod) && !gone.contains(pod); });
    }
    if (!world.seen(Resource::endpointslices, service.meta.ns)) return std::nullopt;
    const auto is_gone = [&](const kube::Endpoint& endpoint) {
        return std::any_of(gone.begin(), gone.end(),
                           [&](const Pod* pod) { return pod->meta.uid == endpoint.target_uid; });
    };
    for (const auto* slice : world.slices_of(service))
        for (const auto& endpoint : slice->endpoints)
            if (endpoint.ready.value_or(true) && !is_gone(endpoint)) return true;
    return false;
}

std::vector<const Pod*> find_backing_pods(const World& world, const Service& service) {
    if (!has_selector(service)) return {};
    auto pods = world.pods_matching(service.meta.ns, service.selector);
    std::erase_if(pods, [](const Pod* pod) {
        return pod->phase == "Succeeded" || pod->phase == "Failed" || pod->meta.deleted.has_value();
    });
    return pods;
}

using PodsOfServices = std::unordered_map<const Service*, std::vector<const Pod*>>;
PodsOfServices all_backing_pods(const World& world) {
    PodsOfServices all;
    for (const auto& service : world.facts().services) all.emplace(&service, find_backing_pods(world, service));
    return all;
}

}  // namespace

bool has_selector(const Service& service) { return !service.selector.empty() && service.type != "ExternalName"; }

bool publishes_unready(const Service& service) {
    const auto old = service.meta.annotations.find("service.alpha.kubernetes.io/tolerate-unready-endpoints");
    return service.publish_not_ready || (old != service.meta.annotations.end() && old->second == "true");
}

std::vector<const Pod*> backing_pods(const World& world, const Service& service) {
    const auto& known = world.once_for_all(all_backing_pods);
    const auto at = known.find(&service);
    return at == known.end() ? find_backing_pods(world, service) : at->second;
}

std::vector<Subject> unserved_routes(const World& world, std::span<const Pod* const> pods) {
    const std::set<const Pod*> gone(pods.begin(), pods.end());
    std::set<const Service*> services;
    for (const auto* pod : gone)
        for (const auto* service : world.services_for(pod->meta.ns, pod->meta.labels))
            if (has_selector(*service) && !publishes_unready(*service)) services.insert(service);
    std::set<Subject> found;
    for (const auto* service : services) {
        if (served_without(world, *service, gone).value_or(true)) continue;
        found.insert({service->meta.ref(), ""});
        for (auto& ingress : ingresses_of(world, *service)) found.insert(std::move(ingress));
    }
    return {found.begin(), found.end()};
}

std::vector<Subject> ingresses_of(const World& world, const Service& service) {
    std::vector<Subject> found;
    for (const auto* ingress : world.ingresses_for(service.meta.ns, service.meta.name))
        found.push_back({ingress->meta.ref(), ""});
    std::sort(found.begin(), found.end());
    return found;
}

bool is_exposed(const World& world, const Service& service) {
    return service.type == "LoadBalancer" || service.type == "NodePort" ||
           !world.ingresses_for(service.meta.ns, service.meta.name).empty();
}

}  // namespace salve::diagnose
