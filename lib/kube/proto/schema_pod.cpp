#include "kube/proto/schema.hpp"

namespace salve::kube::proto {
namespace {

using enum Type;
using enum Manner;

constexpr Message host_path_volume_source{{1, "path", text}, {2, "type", text}};

constexpr Message empty_dir_volume_source{{2, "sizeLimit", quantity}};

constexpr Message key_to_path{{1, "key", text}};

constexpr Message secret_volume_source{
    {1, "secretName", text, omitted}, {2, "items", key_to_path, many}, {4, "optional", flag}};

constexpr Message nfs_volume_source{{1, "server", text}, {2, "path", text}};

constexpr Message persistent_volume_claim_volume_source{{1, "claimName", text}};

constexpr Message downward_api_volume_source{};

// ConfigMapVolumeSource, ConfigMapProjection and SecretProjection have the same numbers.
constexpr Message object_projection{
    {1, "", local_object_reference}, {2, "items", key_to_path, many}, {4, "optional", flag}};

constexpr Message downward_api_projection{};

constexpr Message volume_projection{
    {1, "secret", object_projection}, {2, "downwardAPI", downward_api_projection}, {3, "configMap", object_projection}};

constexpr Message projected_volume_source{{1, "sources", volume_projection, many}};

constexpr Message csi_volume_source{{1, "driver", text}};

constexpr Message ephemeral_volume_source{};

constexpr Message volume_source{{1, "hostPath", host_path_volume_source},
                                {2, "emptyDir", empty_dir_volume_source},
                                {6, "secret", secret_volume_source},
                                {7, "nfs", nfs_volume_source},
                                {10, "persistentVolumeClaim", persistent_volume_claim_volume_source},
                                {16, "downwardAPI", downward_api_volume_source},
                                {19, "configMap", object_projection},
                                {26, "projected", projected_volume_source},
                                {28, "csi", csi_volume_source},
                                {29, "ephemeral", ephemeral_volume_source}};

constexpr Message volume{{1, "name", text}, {2, "", volume_source}};

constexpr Message container_port{{1, "name", text, omitted},
                                 {2, "hostPort", number, omitted},
                                 {3, "containerPort", number},
                                 {4, "protocol", text, omitted},
                                 {5, "hostIP", text, omitted}};

// ConfigMapEnvSource and SecretEnvSource.
constexpr Message object_env_source{{1, "", local_object_reference}, {2, "optional", flag}};

constexpr Message env_from_source{{2, "configMapRef", object_env_source}, {3, "secretRef", object_env_source}};

// ConfigMapKeySelector and SecretKeySelector.
constexpr Message key_selector{{1, "", local_object_reference}, {2, "key", text}, {3, "optional", flag}};

constexpr Message env_var_source{{3, "configMapKeyRef", key_selector}, {4, "secretKeyRef", key_selector}};

constexpr Message env_var{{1, "name", text}, {2, "value", text, omitted}, {3, "valueFrom", env_var_source}};

constexpr Message resource_requirements{{1, "limits", quantity_map}, {2, "requests", quantity_map}};

constexpr Message volume_mount{
    {1, "name", text}, {2, "readOnly", flag, omitted}, {3, "mountPath", text}, {4, "subPath", text, omitted}};

constexpr Message exec_action{{1, "command", text, many}};

constexpr Message http_get_action{
    {1, "path", text, omitted}, {2, "port", int_or_text}, {3, "host", text, omitted}, {4, "scheme", text, omitted}};

constexpr Message tcp_socket_action{{1, "port", int_or_text}, {2, "host", text, omitted}};

constexpr Message grpc_action{{1, "port", number}};

constexpr Message probe_handler{{1, "exec", exec_action},
                                {2, "httpGet", http_get_action},
                                {3, "tcpSocket", tcp_socket_action},
                                {4, "grpc", grpc_action}};

constexpr Message probe{{1, "", probe_handler},
                        {2, "initialDelaySeconds", number, omitted},
                        {3, "timeoutSeconds", number, omitted},
                        {4, "periodSeconds", number, omitted},
                        {5, "successThreshold", number, omitted},
                        {6, "failureThreshold", number, omitted}};

constexpr Message lifecycle_handler{
    {1, "exec", exec_action}, {2, "httpGet", http_get_action}, {3, "tcpSocket", tcp_socket_action}};

constexpr Message lifecycle{{1, "postStart", lifecycle_handler}, {2, "preStop", lifecycle_handler}};

constexpr Message security_context{
    {2, "privileged", flag}, {4, "runAsUser", number}, {5, "runAsNonRoot", flag}, {6, "readOnlyRootFilesystem", flag}};

constexpr Message container{{1, "name", text},
                            {2, "image", text, omitted},
                            {3, "command", text, many},
                            {4, "args", text, many},
                            {5, "workingDir", text, omitted},
                            {6, "ports", container_port, many},
                            {7, "env", env_var, many},
                            {8, "resources", resource_requirements},
                            {9, "volumeMounts", volume_mount, many},
                            {10, "livenessProbe", probe},
                            {11, "readinessProbe", probe},
                            {12, "lifecycle", lifecycle},
                            {14, "imagePullPolicy", text, omitted},
                            {15, "securityContext", security_context},
                            {19, "envFrom", env_from_source, many},
                            {22, "startupProbe", probe},
                            {24, "restartPolicy", text}};

constexpr Message pod_security_context{{2, "runAsUser", number}, {3, "runAsNonRoot", flag}};

constexpr Message node_selector_term{{1, "matchExpressions", selector_requirement, many},
                                     {2, "matchFields", selector_requirement, many}};

constexpr Message node_selector{{1, "nodeSelectorTerms", node_selector_term, many}};

constexpr Message node_affinity{{1, "requiredDuringSchedulingIgnoredDuringExecution", node_selector}};

constexpr Message pod_affinity_term{
    {1, "labelSelector", label_selector}, {2, "namespaces", text, many}, {3, "topologyKey", text}};

constexpr Message pod_affinity{{1, "requiredDuringSchedulingIgnoredDuringExecution", pod_affinity_term, many}};

constexpr Message pod_anti_affinity{{1, "requiredDuringSchedulingIgnoredDuringExecution", pod_affinity_term, many}};

constexpr Message affinity{
    {1, "nodeAffinity", node_affinity}, {2, "podAffinity", pod_affinity}, {3, "podAntiAffinity", pod_anti_affinity}};

constexpr Message toleration{{1, "key", text, omitted},
                             {2, "operator", text, omitted},
                             {3, "value", text, omitted},
                             {4, "effect", text, omitted}};

constexpr Message pod_readiness_gate{{1, "conditionType", text}};

constexpr Message topology_spread_constraint{{1, "maxSkew", number},
                                             {2, "topologyKey", text},
                                             {3, "whenUnsatisfiable", text},
                                             {4, "labelSelector", label_selector}};

constexpr Message pod_scheduling_gate{{1, "name", text}};

}  // namespace

constexpr Message pod_spec{{1, "volumes", volume, many},
                           {2, "containers", container, many},
                           {3, "restartPolicy", text, omitted},
                           {4, "terminationGracePeriodSeconds", number},
                           {7, "nodeSelector", text_map},
                           {8, "serviceAccountName", text, omitted},
                           {10, "nodeName", text, omitted},
                           {11, "hostNetwork", flag, omitted},
                           {14, "securityContext", pod_security_context},
                           {15, "imagePullSecrets", local_object_reference, many},
                           {18, "affinity", affinity},
                           {19, "schedulerName", text, omitted},
                           {20, "initContainers", container, many},
                           {22, "tolerations", toleration, many},
                           {24, "priorityClassName", text, omitted},
                           {28, "readinessGates", pod_readiness_gate, many},
                           {29, "runtimeClassName", text},
                           {33, "topologySpreadConstraints", topology_spread_constraint, many},
                           {38, "schedulingGates", pod_scheduling_gate, many}};

namespace {

constexpr Message container_state_waiting{{1, "reason", text, omitted}, {2, "message", text, omitted}};

constexpr Message container_state_running{{1, "startedAt", time}};

constexpr Message container_state_terminated{{1, "exitCode", number},      {2, "signal", number, omitted},
                                             {3, "reason", text, omitted}, {4, "message", text, omitted},
                                             {5, "startedAt", time},       {6, "finishedAt", time}};

constexpr Message container_state{{1, "waiting", container_state_waiting},
                                  {2, "running", container_state_running},
                                  {3, "terminated", container_state_terminated}};

constexpr Message container_status{
    {1, "name", text},    {2, "state", container_state}, {3, "lastState", container_state},
    {4, "ready", flag},   {5, "restartCount", number},   {6, "image", text},
    {7, "imageID", text}, {9, "started", flag}};

constexpr Message pod_status{{1, "phase", text, omitted},
                             {2, "conditions", probed_condition, many},
                             {3, "message", text, omitted},
                             {4, "reason", text, omitted},
                             {7, "startTime", time},
                             {8, "containerStatuses", container_status, many},
                             {10, "initContainerStatuses", container_status, many},
                             {11, "nominatedNodeName", text, omitted},
                             {13, "ephemeralContainerStatuses", container_status, many}};

}  // namespace

constexpr Message pod{{1, "metadata", object_meta}, {2, "spec", pod_spec}, {3, "status", pod_status}};

constexpr Message pod_template_spec{{1, "metadata", object_meta}, {2, "spec", pod_spec}};

}  // namespace salve::kube::proto
