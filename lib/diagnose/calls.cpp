#include "diagnose/calls.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/link_build.hpp"

namespace salve::diagnose {
namespace {

using kube::World;

constexpr int max_hops = 4;  // ExternalName to ExternalName; a circle ends there

// An Ingress of the cluster that serves that host: the program goes out and comes in again.
const kube::Ingress* ingress_of(const World& world, const std::string& host) {
    for (const auto& ingress : world.facts().ingresses)
        for (const auto& backend : ingress.backends)
            if (!host.empty() && backend.host == host) return &ingress;
    return nullptr;
}

// Follows ExternalName Services to the Service behind them.
void follow(const World& world, Call& call) {
    for (int hop = 0; hop < max_hops && call.target.service; ++hop) {
        const auto& service = *call.target.service;
        if (service.type != "ExternalName" || service.external_name.empty()) return;
        const auto next = service_of(world, service.meta.ns, {service.external_name, ""});
        if (!next) return;
        call.proof.push_back(from_field(service.meta.ref(), Source::spec, "spec.externalName", service.external_name));
        call.target = *next;
    }
}

// The path that the text asks the host for: "/cart" of "GET http://shop.example/cart failed"; "/" when it says none.
std::string path_in(const std::string& text, const std::string& host) {
    static const re2::RE2 pattern(R"(^(?::\d+)?(/[^\s"'?#,)]*))");
    const auto at = text.find(host);
    std::string path;
    if (at == std::string::npos || !re2::RE2::PartialMatch(text.substr(at + host.size()), pattern, &path)) return "/";
    return path;
}

bool is_prefix(std::string_view prefix, std::string_view path) {
    while (prefix.ends_with('/')) prefix.remove_suffix(1);
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// The backends that the longest path leads to. With patterns for paths any may be meant.
std::vector<const kube::IngressBackend*> backends_for(const kube::Ingress& ingress, const Endpoint& endpoint,
                                                      const std::string& text) {
    const auto path = path_in(text, endpoint.host);
    std::vector<const kube::IngressBackend*> all, best;
    for (const auto& backend : ingress.backends) {
        if (backend.host != endpoint.host) continue;
        all.push_back(&backend);
        if (!is_prefix(backend.path, path)) continue;
        if (!best.empty() && best.front()->path.size() < backend.path.size()) best.clear();
        if (best.empty() || best.front()->path.size() == backend.path.size()) best.push_back(&backend);
    }
    return best.empty() ? all : best;
}

// "db.data" may be Service db of namespace data, outside of what was read; "example.com" hardly is.
std::optional<ServiceName> unread_service(const World& world, const std::string& ns, const std::string& host) {
    static const re2::RE2 shape(R"(([a-z][a-z0-9-]*)\.([a-z0-9][a-z0-9-]{2,62}))");
    static const re2::RE2 domain(
        R"(com|net|org|info|biz|gov|edu|mil|local|lan|internal|localdomain|arpa|example|invalid)");
    ServiceName name;
    if (!re2::RE2::FullMatch(host, shape, &name.name, &name.ns) || re2::RE2::FullMatch(name.ns, domain))
        return std::nullopt;
    // POD.SVC, as the pods of a StatefulSet are called.
    if (world.service(ns, name.ns)) return std::nullopt;
    return world.seen(kube::Resource::services, name.ns) ? std::nullopt : std::optional(name);
}

std::vector<Call> calls_to(const World& world, const std::string& ns, const Endpoint& endpoint,
                           const Evidence& evidence) {
    std::vector<Call> calls;
    if (const auto name = service_of(world, ns, endpoint)) {
        calls.push_back({*name, {evidence}});
    } else if (const auto* ingress = ingress_of(world, endpoint.host)) {
        for (const auto* backend : backends_for(*ingress, endpoint, evidence.text))
            calls.push_back({{ingress->meta.ns, backend->service, world.service(ingress->meta.ns, backend->service)},
                             {evidence, from_field(ingress->meta.ref(), Source::spec, "spec.rules[].host",
                                                   fmt::format("{} -> Service {}", backend->host, backend->service))}});
    }
    for (auto& call : calls) follow(world, call);
    if (calls.empty())
        if (const auto name = unread_service(world, ns, endpoint.host)) calls.push_back({*name, {evidence}});
    return calls;
}

bool is_about_connection(const Finding& finding) {
    return is_of(finding, {"pod.crashloop.dependency", "pod.init.waiting"});
}

// A probe's output is the program's: it may name whom it does not reach. Without one it names the pod itself.
bool is_probe_event(const Finding& finding, const Evidence& evidence) {
    return evidence.source == Source::event && evidence.text.find("probe failed") != std::string::npos &&
           is_of(finding, {"pod.notready.readiness", "pod.crashloop.liveness", "pod.crashloop.startup-probe"});
}

bool speaks_of_host(const std::string& variable) {
    static const re2::RE2 pattern(R"((?i)host|addr|url|uri|endpoint|server|service|broker|upstream)");
    return re2::RE2::PartialMatch(variable, pattern);
}

// What the template tells the container to call, where that is a Service or may be one that was not read.
std::vector<Call> calls_by_template(const World& world, const Finding& finding) {
    std::vector<Call> calls;
    for (const auto* pod : pods_of(world, finding))
        for (const auto* list : {&pod->spec.containers, &pod->spec.init_containers})
            for (const auto& container : *list) {
                if (!finding.root.container.empty() && container.name != finding.root.container) continue;
                for (const auto& address : addresses_of(container)) {
                    const auto evidence = from_field(pod->meta.ref(), Source::spec, address.path, address.text);
                    for (auto& call : calls_to(world, pod->meta.ns, address.endpoint, evidence))
                        if (call.target.service || (address.sure && call.target.service.unknown()))
                            calls.push_back(std::move(call));
                }
            }
    return calls;
}

}  // namespace

std::vector<TemplateAddress> addresses_of(const kube::Container& container) {
    std::vector<TemplateAddress> found;
    const auto path = fmt::format("spec.containers[{}]", container.name);
    for (const auto& variable : container.env) {
        if (!variable.value) continue;
        const auto endpoint = endpoint_in(*variable.value);
        found.push_back(
            {endpoint.value_or(Endpoint{*variable.value, ""}), fmt::format("{}.env[{}]", path, variable.name),
             fmt::format("{}={}", variable.name, *variable.value), endpoint || speaks_of_host(variable.name)});
    }
    for (const auto* words : {&container.command, &container.args})
        for (const auto& word : *words)
            if (const auto endpoint = endpoint_in(word))
                found.push_back({*endpoint, path + (words == &container.args ? ".args" : ".command"), word, false});
    return found;
}

std::vector<Call> calls_of(const World& world, const Finding& finding) {
    std::vector<Call> calls;
    bool named = false;
    for (const auto& evidence : finding.evidence) {
        const bool message = evidence.source == Source::status && evidence.path.ends_with(".message");
        if (evidence.source != Source::log && !message && !is_probe_event(finding, evidence)) continue;
        const auto endpoint = endpoint_in(evidence.text);
        if (!endpoint) continue;
        named = true;
        for (auto& call : calls_to(world, evidence.object.ns, *endpoint, evidence)) calls.push_back(std::move(call));
    }
    if (!named && is_about_connection(finding)) return calls_by_template(world, finding);
    return calls;
}

}  // namespace salve::diagnose
