#include "kube/proto/schema.hpp"

namespace salve::kube::proto {
namespace {

using enum Type;
using enum Manner;

constexpr Message event_source{{1, "component", text, omitted}};

constexpr Message event_series{{1, "count", number, omitted}, {2, "lastObservedTime", micro_time}};

}  // namespace

constexpr Message event{{1, "metadata", object_meta}, {2, "involvedObject", object_reference},
                        {3, "reason", text, omitted}, {4, "message", text, omitted},
                        {5, "source", event_source},  {6, "firstTimestamp", time},
                        {7, "lastTimestamp", time},   {8, "count", number, omitted},
                        {9, "type", text, omitted},   {10, "eventTime", micro_time},
                        {11, "series", event_series}, {14, "reportingComponent", text}};

namespace {

constexpr Message service_port{{1, "name", text, omitted},
                               {2, "protocol", text, omitted},
                               {3, "port", number},
                               {4, "targetPort", int_or_text},
                               {5, "nodePort", number, omitted}};

constexpr Message service_spec{{1, "ports", service_port, many},    {2, "selector", text_map},
                               {3, "clusterIP", text, omitted},     {4, "type", text, omitted},
                               {10, "externalName", text, omitted}, {13, "publishNotReadyAddresses", flag, omitted}};

constexpr Message load_balancer_ingress{};

constexpr Message load_balancer_status{{1, "ingress", load_balancer_ingress, many}};

constexpr Message service_status{{1, "loadBalancer", load_balancer_status}, {2, "conditions", condition, many}};

}  // namespace

constexpr Message service{{1, "metadata", object_meta}, {2, "spec", service_spec}, {3, "status", service_status}};

namespace {

constexpr Message endpoint_conditions{{1, "ready", flag}, {3, "terminating", flag}};

constexpr Message endpoint{{1, "addresses", text, many},
                           {2, "conditions", endpoint_conditions},
                           {4, "targetRef", object_reference},
                           {6, "nodeName", text}};

constexpr Message endpoint_port{{1, "name", text}, {2, "protocol", text}, {3, "port", number}};

}  // namespace

constexpr Message endpoint_slice{
    {1, "metadata", object_meta}, {2, "endpoints", endpoint, many}, {3, "ports", endpoint_port, many}};

namespace {

constexpr Message pod_disruption_budget_spec{
    {1, "minAvailable", int_or_text}, {2, "selector", label_selector}, {3, "maxUnavailable", int_or_text}};

constexpr Message pod_disruption_budget_status{{1, "observedGeneration", number, omitted},
                                               {3, "disruptionsAllowed", number},
                                               {4, "currentHealthy", number},
                                               {5, "desiredHealthy", number},
                                               {6, "expectedPods", number},
                                               {7, "conditions", condition, many}};

}  // namespace

constexpr Message pod_disruption_budget{
    {1, "metadata", object_meta}, {2, "spec", pod_disruption_budget_spec}, {3, "status", pod_disruption_budget_status}};

namespace {

constexpr Message taint{{1, "key", text}, {2, "value", text, omitted}, {3, "effect", text}};

constexpr Message node_spec{{4, "unschedulable", flag, omitted}, {5, "taints", taint, many}};

constexpr Message node_condition{{1, "type", text},
                                 {2, "status", text},
                                 {3, "lastHeartbeatTime", time},
                                 {4, "lastTransitionTime", time},
                                 {5, "reason", text, omitted},
                                 {6, "message", text, omitted}};

constexpr Message node_system_info{{3, "bootID", text},
                                   {6, "containerRuntimeVersion", text},
                                   {7, "kubeletVersion", text},
                                   {9, "operatingSystem", text},
                                   {10, "architecture", text}};

constexpr Message node_status{{1, "capacity", quantity_map},
                              {2, "allocatable", quantity_map},
                              {4, "conditions", node_condition, many},
                              {7, "nodeInfo", node_system_info}};

}  // namespace

constexpr Message node{{1, "metadata", object_meta}, {2, "spec", node_spec}, {3, "status", node_status}};

const Member* Message::find(std::string_view name) const {
    for (std::size_t at = 0; at < count; ++at)
        if (members[at].name == name) return &members[at];
    return nullptr;
}

const Message* message_of(Resource resource) {
    switch (resource) {
        case Resource::pods:
            return &pod;
        case Resource::events:
            return &event;
        case Resource::deployments:
            return &deployment;
        case Resource::replicasets:
            return &replica_set;
        case Resource::statefulsets:
            return &stateful_set;
        case Resource::daemonsets:
            return &daemon_set;
        case Resource::jobs:
            return &job;
        case Resource::cronjobs:
            return &cron_job;
        case Resource::services:
            return &service;
        case Resource::endpointslices:
            return &endpoint_slice;
        case Resource::persistentvolumeclaims:
            return &persistent_volume_claim;
        case Resource::poddisruptionbudgets:
            return &pod_disruption_budget;
        case Resource::nodes:
            return &node;
        default:
            return nullptr;
    }
}

}  // namespace salve::kube::proto
