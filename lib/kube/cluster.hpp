// Facts of nodes, storage, namespaces and of what admits objects.
#pragma once
#include "kube/meta.hpp"

namespace salve::kube {

struct Taint {
    std::string key, value, effect;
    bool operator==(const Taint&) const = default;
};

struct Node {
    Meta meta;
    bool unschedulable = false;
    std::vector<Taint> taints;
    base::TextMap capacity, allocatable;
    std::vector<Condition> conditions;  // last_update is lastHeartbeatTime
    std::string kubelet_version, container_runtime, architecture, os, boot_id;
    bool operator==(const Node&) const = default;
};

struct Lease {
    Meta meta;
    std::optional<Time> renewed;
    std::optional<int> duration_s;
    bool operator==(const Lease&) const = default;
};

struct Namespace {
    Meta meta;
    std::string phase;
    std::vector<Condition> conditions;
    bool operator==(const Namespace&) const = default;
};

struct PersistentVolumeClaim {
    Meta meta;
    std::optional<std::string> storage_class;  // "" is a choice: no dynamic provisioning
    std::string volume, phase, volume_mode, requested;
    std::vector<std::string> access_modes;
    base::TextMap capacity;
    std::vector<Condition> conditions;
    bool operator==(const PersistentVolumeClaim&) const = default;
};

struct PersistentVolume {
    Meta meta;
    std::string storage_class, phase, reason, message, reclaim_policy, capacity;
    std::string claim_ns, claim_name, claim_uid;
    std::vector<std::string> access_modes;
    std::vector<std::vector<SelectorRequirement>> node_affinity;  // required terms, any of which suffices
    std::string csi_driver;
    bool operator==(const PersistentVolume&) const = default;
};

struct StorageClass {
    Meta meta;
    std::string provisioner, binding_mode, reclaim_policy;
    bool is_default = false;
    bool operator==(const StorageClass&) const = default;
};

struct ResourceQuota {
    Meta meta;
    base::TextMap hard, used;  // quantities as written (status)
    bool operator==(const ResourceQuota&) const = default;
};

struct LimitRangeItem {
    std::string type;                                                   // Container, Pod, PersistentVolumeClaim
    base::TextMap min, max, default_limit, default_request, max_ratio;  // max_ratio: limit/request
    bool operator==(const LimitRangeItem&) const = default;
};
struct LimitRange {
    Meta meta;
    std::vector<LimitRangeItem> items;
    bool operator==(const LimitRange&) const = default;
};

struct ServiceAccount {
    Meta meta;
    std::vector<std::string> image_pull_secrets;  // names only
    bool operator==(const ServiceAccount&) const = default;
};

struct WebhookRule {
    std::vector<std::string> groups, resources, operations;  // "*" is any; group "" is core
    bool operator==(const WebhookRule&) const = default;
};
struct Webhook {
    std::string name, failure_policy, service_ns, service_name, url_host;
    std::optional<int> service_port;
    std::optional<LabelSelector> namespace_selector, object_selector;
    std::vector<std::string> resources;  // rules[].resources, flattened
    std::vector<WebhookRule> rules;
    bool has_match_conditions = false;  // CEL, which is not evaluated here
    bool operator==(const Webhook&) const = default;
};
// Validating- or MutatingWebhookConfiguration: meta.kind tells.
struct WebhookConfiguration {
    Meta meta;
    std::vector<Webhook> webhooks;
    bool operator==(const WebhookConfiguration&) const = default;
};

struct ApiService {
    Meta meta;
    std::string service_ns, service_name, group, version;
    std::vector<Condition> conditions;
    bool operator==(const ApiService&) const = default;
};

struct Event {
    Meta meta;
    ObjectRef about;                               // involvedObject
    std::string field_path;                        // involvedObject.fieldPath: spec.containers{NAME}
    std::string type, reason, message, component;  // message is redacted
    int count = 1;
    Time first, last;  // last: series.lastObservedTime, else lastTimestamp, eventTime, creationTimestamp

    // The container that field_path names, or empty.
    std::string container() const {
        const auto open = field_path.find('{'), close = field_path.find('}');
        return open == std::string::npos || close == std::string::npos ? ""
                                                                       : field_path.substr(open + 1, close - open - 1);
    }
    bool operator==(const Event&) const = default;
};

}  // namespace salve::kube
