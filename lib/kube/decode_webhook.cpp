#include <algorithm>

#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

// "hooks.example:8443" of "https://hooks.example:8443/path"; never what stands before an "@", even when that is a
// redaction tag.
std::string host_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find('/'));
    if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    return std::string(url.substr(0, url.find_first_of("?#")));
}

Webhook decode_webhook(const Field& webhook) {
    const Field client = webhook["clientConfig"], service = client["service"];
    Webhook made;
    made.name = webhook["name"].text();
    made.failure_policy = webhook["failurePolicy"].text();
    made.service_ns = service["namespace"].text();
    made.service_name = service["name"].text();
    made.service_port = service["port"].maybe_number();
    made.url_host = host_of(client["url"].clean());
    made.namespace_selector = decode_selector(webhook["namespaceSelector"]);
    made.object_selector = decode_selector(webhook["objectSelector"]);
    made.has_match_conditions = webhook["matchConditions"].size() > 0;
    webhook["rules"].each([&](const Field& rule) {
        made.rules.push_back({rule["apiGroups"].texts(), rule["resources"].texts(), rule["operations"].texts()});
        for (auto& resource : rule["resources"].texts())
            if (std::find(made.resources.begin(), made.resources.end(), resource) == made.resources.end())
                made.resources.push_back(std::move(resource));
    });
    return made;
}

}  // namespace

WebhookConfiguration decode_webhooks(const Field& object, const TypeMeta& type) {
    return {decode_meta(object, type), object["webhooks"].list(decode_webhook)};
}

}  // namespace salve::kube
