#include "diagnose/webhooks.hpp"

#include <algorithm>
#include <tuple>

#include "diagnose/thresholds.hpp"

namespace salve::diagnose {
namespace {

using kube::Resource;
using kube::Webhook;
using kube::World;

bool has(const std::vector<std::string>& list, std::string_view wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

// Groups of custom resources have a domain; those of Kubernetes have none or end in k8s.io, as no others may.
bool is_builtin_group(const std::string& group) {
    return group == "*" || group.find('.') == std::string::npos || group.ends_with(".k8s.io");
}

// Less than a minute old, and nothing has gone wrong with it yet.
bool is_starting(const World& world, const kube::Pod& pod) {
    if (pod.meta.deleted || world.now() - pod.meta.created >= pending_grace) return false;
    return std::none_of(pod.statuses.begin(), pod.statuses.end(), [](const kube::ContainerStatus& status) {
        const auto& waiting = status.state.waiting;
        return status.restarts > 0 || (waiting && !waiting->reason.empty() && waiting->reason != "ContainerCreating" &&
                                       waiting->reason != "PodInitializing");
    });
}

bool selects_all(const std::optional<kube::LabelSelector>& selector) {
    return !selector || (selector->match_labels.empty() && selector->match_expressions.empty());
}

}  // namespace

std::vector<HookRef> all_webhooks(const World& world) {
    std::vector<HookRef> all;
    for (const auto& config : world.facts().webhooks)
        for (const auto& hook : config.webhooks) all.push_back({&config, &hook});
    std::stable_sort(all.begin(), all.end(), [](const HookRef& a, const HookRef& b) {
        return std::tie(a.config->meta.kind, a.config->meta.name) < std::tie(b.config->meta.kind, b.config->meta.name);
    });
    return all;
}

HookRef find_webhook(const World& world, std::string_view name, std::string_view service_ns, std::string_view service) {
    for (const auto& one : all_webhooks(world))
        if (one.hook->name == name &&
            (service.empty() || (one.hook->service_name == service && one.hook->service_ns == service_ns)))
            return one;
    return {};
}

bool intercepts_pods(const Webhook& hook) {
    return std::any_of(hook.rules.begin(), hook.rules.end(), [](const kube::WebhookRule& rule) {
        return (has(rule.groups, "") || has(rule.groups, "*")) &&
               (has(rule.resources, "pods") || has(rule.resources, "*") || has(rule.resources, "*/*")) &&
               (has(rule.operations, "CREATE") || has(rule.operations, "*"));
    });
}

bool intercepts_builtin(const Webhook& hook) {
    return std::any_of(hook.rules.begin(), hook.rules.end(), [](const kube::WebhookRule& rule) {
        return std::any_of(rule.groups.begin(), rule.groups.end(), is_builtin_group);
    });
}

std::optional<bool> covers(const World& world, const Webhook& hook, std::string_view ns) {
    if (selects_all(hook.namespace_selector)) return true;
    const auto found = world.name_space(ns);
    if (!found) return std::nullopt;
    return kube::matches(*hook.namespace_selector, found->meta.labels);
}

bool takes_objects(const World& world, const Webhook& hook, std::string_view ns) {
    if (selects_all(hook.object_selector)) return true;
    const auto takes = [&](const auto& made) {
        return made.meta.ns == ns && kube::matches(*hook.object_selector, made.pod_template.labels);
    };
    const auto& facts = world.facts();
    const auto workloads = world.workloads();
    return std::any_of(workloads.begin(), workloads.end(), [&](const auto* one) { return takes(*one); }) ||
           std::any_of(facts.jobs.begin(), facts.jobs.end(), takes) ||
           std::any_of(facts.cron_jobs.begin(), facts.cron_jobs.end(), takes);
}

std::vector<std::string> read_namespaces(const World& world) {
    const auto& scope = world.facts().scope;
    if (!scope.all) return scope.namespaces;
    std::vector<std::string> all;
    for (const auto& one : world.facts().namespaces) all.push_back(one.meta.name);
    std::sort(all.begin(), all.end());
    return all;
}

Backend backend_of(const World& world, std::string_view ns, std::string_view name) {
    Backend backend;
    backend.service = {"v1", "Service", std::string(ns), std::string(name), ""};
    const auto service = world.service(ns, name);
    if (service.absent()) backend.state = Backend::State::missing;
    if (!service) return backend;
    backend.service = service->meta.ref();
    if (service->type == "ExternalName" || !world.seen(Resource::endpointslices, ns)) return backend;
    for (const auto* slice : world.slices_of(*service))
        for (const auto& endpoint : slice->endpoints) {
            ++backend.endpoints;
            if (endpoint.ready.value_or(true) && !endpoint.addresses.empty()) backend.state = Backend::State::ready;
        }
    if (backend.state == Backend::State::ready) return backend;
    backend.pods = world.pods_matching(ns, service->selector);
    const bool starting = std::any_of(backend.pods.begin(), backend.pods.end(),
                                      [&](const kube::Pod* pod) { return is_starting(world, *pod); });
    backend.state = starting ? Backend::State::starting : Backend::State::empty;
    return backend;
}

}  // namespace salve::diagnose
