// Facts of Services and of what leads to or from them.
#pragma once
#include "kube/meta.hpp"

namespace salve::kube {

struct ServicePort {
    std::string name, protocol, target_port;  // targetPort as written: number, name, or empty (same as port)
    int port = 0;
    std::optional<int> node_port;
    bool operator==(const ServicePort&) const = default;
};

struct Service {
    Meta meta;
    std::string type, cluster_ip, external_name;
    base::TextMap selector;  // empty: endpoints are managed by somebody else
    base::List<ServicePort> ports;
    bool publish_not_ready = false;
    int load_balancer_ingress = 0;  // status.loadBalancer.ingress: how many
    std::vector<Condition> conditions;
    bool operator==(const Service&) const = default;
};

struct Endpoint {
    std::vector<std::string> addresses;
    std::optional<bool> ready, terminating;  // absent ready means ready (API)
    std::string target_kind, target_name, target_uid, node_name;
    bool operator==(const Endpoint&) const = default;
};

struct EndpointSlice {
    Meta meta;
    std::string service;  // label kubernetes.io/service-name, may be empty
    std::vector<Endpoint> endpoints;
    base::List<ServicePort> ports;  // name, protocol, port
    bool operator==(const EndpointSlice&) const = default;
};

// A Service that an Ingress sends to; port by number or by name.
struct IngressBackend {
    std::string host, path, service, port_name;
    std::optional<int> port;
    bool operator==(const IngressBackend&) const = default;
};

struct Ingress {
    Meta meta;
    std::optional<std::string> class_name;
    std::vector<IngressBackend> backends;  // the default backend has neither host nor path
    std::vector<std::string> tls_secrets;
    int load_balancer_ingress = 0;
    bool operator==(const Ingress&) const = default;
};

struct NetworkPolicyPeer {
    std::optional<LabelSelector> pods, namespaces;
    std::string cidr;
    bool operator==(const NetworkPolicyPeer&) const = default;
};
struct NetworkPolicyPort {
    std::string protocol, port;  // port: number, name, or empty (all)
    std::optional<int> end_port;
    bool operator==(const NetworkPolicyPort&) const = default;
};
struct NetworkPolicyRule {
    std::vector<NetworkPolicyPeer> peers;  // empty: everybody
    std::vector<NetworkPolicyPort> ports;  // empty: all
    bool operator==(const NetworkPolicyRule&) const = default;
};
struct NetworkPolicy {
    Meta meta;
    LabelSelector pods;
    bool ingress = false, egress = false;  // policyTypes
    std::vector<NetworkPolicyRule> ingress_rules, egress_rules;
    bool operator==(const NetworkPolicy&) const = default;
};

struct IngressClass {
    Meta meta;
    std::string controller;
    bool is_default = false;
    bool operator==(const IngressClass&) const = default;
};

}  // namespace salve::kube
