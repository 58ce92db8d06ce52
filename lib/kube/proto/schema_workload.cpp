#include "kube/proto/schema.hpp"

namespace salve::kube::proto {
namespace {

using enum Type;
using enum Manner;

// RollingUpdateDeployment and RollingUpdateDaemonSet.
constexpr Message rolling_update{{1, "maxUnavailable", int_or_text}, {2, "maxSurge", int_or_text}};

constexpr Message deployment_strategy{{1, "type", text, omitted}, {2, "rollingUpdate", rolling_update}};

constexpr Message deployment_spec{{1, "replicas", number},
                                  {2, "selector", label_selector},
                                  {3, "template", pod_template_spec},
                                  {4, "strategy", deployment_strategy},
                                  {5, "minReadySeconds", number, omitted},
                                  {6, "revisionHistoryLimit", number},
                                  {7, "paused", flag, omitted},
                                  {9, "progressDeadlineSeconds", number}};

constexpr Message deployment_condition{{1, "type", text},
                                       {2, "status", text},
                                       {4, "reason", text, omitted},
                                       {5, "message", text, omitted},
                                       {6, "lastUpdateTime", time},
                                       {7, "lastTransitionTime", time}};

constexpr Message deployment_status{
    {1, "observedGeneration", number, omitted},  {2, "replicas", number, omitted},
    {3, "updatedReplicas", number, omitted},     {4, "availableReplicas", number, omitted},
    {5, "unavailableReplicas", number, omitted}, {6, "conditions", deployment_condition, many},
    {7, "readyReplicas", number, omitted}};

}  // namespace

constexpr Message deployment{
    {1, "metadata", object_meta}, {2, "spec", deployment_spec}, {3, "status", deployment_status}};

namespace {

constexpr Message replica_set_spec{{1, "replicas", number},
                                   {2, "selector", label_selector},
                                   {3, "template", pod_template_spec},
                                   {4, "minReadySeconds", number, omitted}};

// ReplicaSetCondition, StatefulSetCondition and DaemonSetCondition.
constexpr Message set_condition{{1, "type", text},
                                {2, "status", text},
                                {3, "lastTransitionTime", time},
                                {4, "reason", text, omitted},
                                {5, "message", text, omitted}};

constexpr Message replica_set_status{{1, "replicas", number},
                                     {3, "observedGeneration", number, omitted},
                                     {4, "readyReplicas", number, omitted},
                                     {5, "availableReplicas", number, omitted},
                                     {6, "conditions", set_condition, many}};

}  // namespace

constexpr Message replica_set{
    {1, "metadata", object_meta}, {2, "spec", replica_set_spec}, {3, "status", replica_set_status}};

namespace {

constexpr Message volume_resource_requirements{{2, "requests", quantity_map}};

constexpr Message persistent_volume_claim_spec{{1, "accessModes", text, many},
                                               {2, "resources", volume_resource_requirements},
                                               {3, "volumeName", text, omitted},
                                               {5, "storageClassName", text},
                                               {6, "volumeMode", text}};

constexpr Message persistent_volume_claim_status{
    {1, "phase", text, omitted}, {3, "capacity", quantity_map}, {4, "conditions", probed_condition, many}};

}  // namespace

constexpr Message persistent_volume_claim{{1, "metadata", object_meta},
                                          {2, "spec", persistent_volume_claim_spec},
                                          {3, "status", persistent_volume_claim_status}};

namespace {

constexpr Message rolling_update_stateful_set_strategy{{1, "partition", number}, {2, "maxUnavailable", int_or_text}};

constexpr Message stateful_set_update_strategy{{1, "type", text, omitted},
                                               {2, "rollingUpdate", rolling_update_stateful_set_strategy}};

constexpr Message stateful_set_spec{{1, "replicas", number},
                                    {2, "selector", label_selector},
                                    {3, "template", pod_template_spec},
                                    {4, "volumeClaimTemplates", persistent_volume_claim, many},
                                    {5, "serviceName", text},
                                    {6, "podManagementPolicy", text, omitted},
                                    {7, "updateStrategy", stateful_set_update_strategy},
                                    {8, "revisionHistoryLimit", number},
                                    {9, "minReadySeconds", number, omitted}};

constexpr Message stateful_set_status{
    {1, "observedGeneration", number, omitted}, {2, "replicas", number},
    {3, "readyReplicas", number, omitted},      {5, "updatedReplicas", number, omitted},
    {6, "currentRevision", text, omitted},      {7, "updateRevision", text, omitted},
    {10, "conditions", set_condition, many},    {11, "availableReplicas", number}};

}  // namespace

constexpr Message stateful_set{
    {1, "metadata", object_meta}, {2, "spec", stateful_set_spec}, {3, "status", stateful_set_status}};

namespace {

constexpr Message daemon_set_update_strategy{{1, "type", text, omitted}, {2, "rollingUpdate", rolling_update}};

constexpr Message daemon_set_spec{{1, "selector", label_selector},
                                  {2, "template", pod_template_spec},
                                  {3, "updateStrategy", daemon_set_update_strategy},
                                  {4, "minReadySeconds", number, omitted},
                                  {6, "revisionHistoryLimit", number}};

constexpr Message daemon_set_status{
    {1, "currentNumberScheduled", number},      {2, "numberMisscheduled", number},
    {3, "desiredNumberScheduled", number},      {4, "numberReady", number},
    {5, "observedGeneration", number, omitted}, {6, "updatedNumberScheduled", number, omitted},
    {7, "numberAvailable", number, omitted},    {8, "numberUnavailable", number, omitted},
    {10, "conditions", set_condition, many}};

}  // namespace

constexpr Message daemon_set{
    {1, "metadata", object_meta}, {2, "spec", daemon_set_spec}, {3, "status", daemon_set_status}};

namespace {

constexpr Message job_spec{{1, "parallelism", number},           {2, "completions", number},
                           {3, "activeDeadlineSeconds", number}, {6, "template", pod_template_spec},
                           {7, "backoffLimit", number},          {10, "suspend", flag}};

constexpr Message job_status{{1, "conditions", probed_condition, many},
                             {2, "startTime", time},
                             {3, "completionTime", time},
                             {4, "active", number, omitted},
                             {5, "succeeded", number, omitted},
                             {6, "failed", number, omitted}};

}  // namespace

constexpr Message job{{1, "metadata", object_meta}, {2, "spec", job_spec}, {3, "status", job_status}};

namespace {

constexpr Message job_template_spec{{2, "spec", job_spec}};

constexpr Message cron_job_spec{
    {1, "schedule", text}, {2, "startingDeadlineSeconds", number}, {3, "concurrencyPolicy", text, omitted},
    {4, "suspend", flag},  {5, "jobTemplate", job_template_spec},  {8, "timeZone", text}};

constexpr Message cron_job_status{
    {1, "active", object_reference, many}, {4, "lastScheduleTime", time}, {5, "lastSuccessfulTime", time}};

}  // namespace

constexpr Message cron_job{{1, "metadata", object_meta}, {2, "spec", cron_job_spec}, {3, "status", cron_job_status}};

}  // namespace salve::kube::proto
