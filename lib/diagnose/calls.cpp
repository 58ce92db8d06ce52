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
    return calls;
}

bool is_about_connection(const Finding& finding) {
    return is_of(finding, {"pod.crashloop.dependency", "pod.init.waiting"});
}

// The addresses that a container's variables hold: URLs and host names that are Services.
std::vector<Call> calls_by_template(const World& world, const Finding& finding) {
    std::vector<Call> calls;
    for (const auto* pod : pods_of(world, finding))
        for (const auto* list : {&pod->spec.containers, &pod->spec.init_containers})
            for (const auto& container : *list) {
                if (!finding.root.container.empty() && container.name != finding.root.container) continue;
                for (const auto& variable : container.env) {
                    if (!variable.value) continue;
                    auto endpoint = endpoint_in(*variable.value);
                    if (!endpoint) endpoint = Endpoint{*variable.value, ""};
                    auto evidence = from_field(
                        pod->meta.ref(), Source::spec,
                        fmt::format("spec.containers[{}].env[{}]", container.name, variable.name), *variable.value);
                    for (auto& call : calls_to(world, pod->meta.ns, *endpoint, evidence))
                        if (call.target.service) calls.push_back(std::move(call));
                }
            }
    return calls;
}

}  // namespace

std::vector<Call> calls_of(const World& world, const Finding& finding) {
    std::vector<Call> calls;
    bool named = false;
    for (const auto& evidence : finding.evidence) {
        const bool message = evidence.source == Source::status && evidence.path.ends_with(".message");
        if (evidence.source != Source::log && !message) continue;
        const auto endpoint = endpoint_in(evidence.text);
        if (!endpoint) continue;
        named = true;
        for (auto& call : calls_to(world, evidence.object.ns, *endpoint, evidence)) calls.push_back(std::move(call));
    }
    if (!named && is_about_connection(finding)) return calls_by_template(world, finding);
    return calls;
}

}  // namespace salve::diagnose
