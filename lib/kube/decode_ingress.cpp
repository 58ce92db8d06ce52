#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

// v1: service.name, service.port.{number,name}. v1beta1: serviceName, servicePort (a number or a name).
// A backend that is no Service (v1: resource) is nothing.
std::optional<IngressBackend> decode_backend(const Field& backend) {
    IngressBackend made;
    if (const Field service = backend["service"]) {
        made.service = service["name"].text();
        made.port_name = service["port"]["name"].text();
        made.port = service["port"]["number"].maybe_number();
        return made;
    }
    const Field old = backend["serviceName"];
    if (!old) return std::nullopt;
    made.service = old.text();
    const Field port = backend["servicePort"];
    if (port && port.is_text())
        made.port_name = port.text();
    else
        made.port = port.maybe_number();
    return made;
}

void decode_rule(const Field& rule, std::vector<IngressBackend>& into) {
    const std::string host = rule["host"].text();
    rule["http"]["paths"].each([&](const Field& path) {
        auto made = decode_backend(path["backend"]);
        const std::string prefix = path["path"].clean();
        if (!made) return;
        made->host = host;
        made->path = prefix;
        into.push_back(std::move(*made));
    });
}

}  // namespace

Ingress decode_ingress(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"];
    Ingress made;
    made.meta = decode_meta(object, type);
    made.class_name = spec["ingressClassName"].maybe_text();
    const Field fallback = spec["defaultBackend"];
    if (auto backend = decode_backend(fallback ? fallback : spec["backend"]))
        made.backends.push_back(std::move(*backend));
    spec["rules"].each([&](const Field& rule) { decode_rule(rule, made.backends); });
    spec["tls"].each([&](const Field& tls) {
        if (const Field secret = tls["secretName"]) made.tls_secrets.push_back(secret.text());
    });
    made.load_balancer_ingress = static_cast<int>(object["status"]["loadBalancer"]["ingress"].size());
    return made;
}

}  // namespace salve::kube
