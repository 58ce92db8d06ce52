#include "kube/annotations.hpp"
#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

ServicePort decode_service_port(const Field& port) {
    const auto [name, protocol, target, number, node_port] =
        port.get<"name", "protocol", "targetPort", "port", "nodePort">();
    ServicePort made;
    made.name = name.text();
    made.protocol = protocol.text();
    made.target_port = target.scalar();
    made.port = number.number();
    made.node_port = node_port.maybe_number();
    return made;
}

Endpoint decode_endpoint(const Field& endpoint) {
    const auto [addresses, conditions, target, node] =
        endpoint.get<"addresses", "conditions", "targetRef", "nodeName">();
    const auto [ready, terminating] = conditions.get<"ready", "terminating">();
    const auto [kind, name, uid] = target.get<"kind", "name", "uid">();
    Endpoint made;
    made.addresses = addresses.texts();
    made.ready = ready.maybe_flag();
    made.terminating = terminating.maybe_flag();
    made.target_kind = kind.text();
    made.target_name = name.text();
    made.target_uid = uid.text();
    // v1beta1 had it in a map.
    made.node_name = node ? node.text() : endpoint["topology"]["kubernetes.io/hostname"].text();
    return made;
}

NetworkPolicyPeer decode_peer(const Field& peer) {
    return {decode_selector(peer["podSelector"]), decode_selector(peer["namespaceSelector"]),
            peer["ipBlock"]["cidr"].text()};
}

NetworkPolicyPort decode_policy_port(const Field& port) {
    return {port["protocol"].text(), port["port"].scalar(), port["endPort"].maybe_number()};
}

// Rules of one direction; their peers stand under "from" or "to".
std::vector<NetworkPolicyRule> decode_rules(const Field& rules, const char* peers) {
    return rules.list([peers](const Field& rule) {
        return NetworkPolicyRule{rule[peers].list(decode_peer), rule["ports"].list(decode_policy_port)};
    });
}

}  // namespace

Service decode_service(const Field& object, const TypeMeta& type) {
    const auto [service_type, cluster_ip, external_name, selector, ports, publish_not_ready] =
        object["spec"].get<"type", "clusterIP", "externalName", "selector", "ports", "publishNotReadyAddresses">();
    const auto [load_balancer, conditions] = object["status"].get<"loadBalancer", "conditions">();
    Service made;
    made.meta = decode_meta(object, type);
    made.type = service_type.text();
    made.cluster_ip = cluster_ip.text();
    made.external_name = external_name.text();
    made.selector = selector.text_map();
    made.ports = ports.list(decode_service_port);
    made.publish_not_ready = publish_not_ready.flag();
    made.load_balancer_ingress = static_cast<int>(load_balancer["ingress"].size());
    made.conditions = decode_conditions(conditions);
    return made;
}

EndpointSlice decode_endpoint_slice(const Field& object, const TypeMeta& type) {
    constexpr std::string_view service_label = "kubernetes.io/service-name";
    const auto [endpoints, ports] = object.get<"endpoints", "ports">();
    EndpointSlice made;
    made.meta = decode_meta(object, type);
    if (made.meta.labels.contains(service_label)) made.service = made.meta.labels.at(service_label);
    made.endpoints = endpoints.list(decode_endpoint);
    made.ports = ports.list(decode_service_port);
    return made;
}

NetworkPolicy decode_network_policy(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"];
    NetworkPolicy made;
    made.meta = decode_meta(object, type);
    made.pods = decode_selector(spec["podSelector"]).value_or(LabelSelector{});
    made.ingress_rules = decode_rules(spec["ingress"], "from");
    made.egress_rules = decode_rules(spec["egress"], "to");
    for (const auto& direction : spec["policyTypes"].texts()) {
        made.ingress |= direction == "Ingress";
        made.egress |= direction == "Egress";
    }
    if (spec["policyTypes"].size() == 0) {  // the API's default
        made.ingress = true;
        made.egress = !made.egress_rules.empty();
    }
    return made;
}

IngressClass decode_ingress_class(const Field& object, const TypeMeta& type) {
    IngressClass made;
    made.meta = decode_meta(object, type);
    made.controller = object["spec"]["controller"].text();
    made.is_default = object["metadata"]["annotations"][default_ingress_class].view() == "true";
    return made;
}

}  // namespace salve::kube
