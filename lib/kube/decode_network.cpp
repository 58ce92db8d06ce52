#include "kube/annotations.hpp"
#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

ServicePort decode_service_port(const Field& port) {
    ServicePort made;
    made.name = port["name"].text();
    made.protocol = port["protocol"].text();
    made.target_port = port["targetPort"].scalar();
    made.port = port["port"].number();
    made.node_port = port["nodePort"].maybe_number();
    return made;
}

int load_balancer_ingress(const Field& object) {
    return static_cast<int>(object["status"]["loadBalancer"]["ingress"].size());
}

Endpoint decode_endpoint(const Field& endpoint) {
    const Field conditions = endpoint["conditions"], target = endpoint["targetRef"];
    Endpoint made;
    made.addresses = endpoint["addresses"].texts();
    made.ready = conditions["ready"].maybe_flag();
    made.terminating = conditions["terminating"].maybe_flag();
    made.target_kind = target["kind"].text();
    made.target_name = target["name"].text();
    made.target_uid = target["uid"].text();
    const Field node = endpoint["nodeName"];  // v1beta1 had it in a map
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
    const Field spec = object["spec"];
    Service made;
    made.meta = decode_meta(object, type);
    made.type = spec["type"].text();
    made.cluster_ip = spec["clusterIP"].text();
    made.external_name = spec["externalName"].text();
    made.selector = spec["selector"].text_map();
    made.ports = spec["ports"].list(decode_service_port);
    made.publish_not_ready = spec["publishNotReadyAddresses"].flag();
    made.load_balancer_ingress = load_balancer_ingress(object);
    made.conditions = decode_conditions(object["status"]["conditions"]);
    return made;
}

EndpointSlice decode_endpoint_slice(const Field& object, const TypeMeta& type) {
    EndpointSlice made;
    made.meta = decode_meta(object, type);
    made.service = object["metadata"]["labels"]["kubernetes.io/service-name"].text();
    made.endpoints = object["endpoints"].list(decode_endpoint);
    made.ports = object["ports"].list(decode_service_port);
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
