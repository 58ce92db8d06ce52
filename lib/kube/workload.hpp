// Facts of the controllers that make pods.
#pragma once
#include "kube/pod.hpp"

namespace salve::kube {

// Deployment, ReplicaSet, StatefulSet, DaemonSet: meta.kind tells which. A count that the kind or its status lacks is 0
// (the API omits zeroes).
struct Workload {
    Meta meta;
    std::optional<LabelSelector> selector;
    PodTemplate pod_template;
    std::vector<Condition> conditions;
    std::optional<std::int64_t> observed_generation;
    int desired = 1;  // spec.replicas (API default 1); DaemonSet: status.desiredNumberScheduled
    int replicas = 0, ready = 0, updated = 0, available = 0, unavailable = 0;
    bool paused = false;
    std::optional<int> progress_deadline_s, min_ready_s, revision_history_limit;
    std::string strategy;                    // RollingUpdate, Recreate, OnDelete
    std::string max_surge, max_unavailable;  // as written: number or percentage
    // StatefulSet
    std::string pod_management, service_name, current_revision, update_revision;
    int partition = 0;
    std::vector<std::string> claim_templates;  // names
    // DaemonSet
    int misscheduled = 0;
    bool operator==(const Workload&) const = default;
};

// What a StatefulSet or DaemonSet was at one of its revisions.
struct ControllerRevision {
    Meta meta;
    std::int64_t revision = 0;
    PodTemplate pod_template;
    bool operator==(const ControllerRevision&) const = default;
};

struct Job {
    Meta meta;
    PodTemplate pod_template;
    std::vector<Condition> conditions;
    bool suspended = false;
    int completions = 1, parallelism = 1, backoff_limit = 6;
    std::optional<std::int64_t> active_deadline_s;
    int active = 0, succeeded = 0, failed = 0;
    std::optional<Time> started, completed;
    bool operator==(const Job&) const = default;
};

struct CronJob {
    Meta meta;
    PodTemplate pod_template;
    std::string schedule, time_zone, concurrency_policy;
    bool suspended = false;
    std::optional<std::int64_t> starting_deadline_s;
    std::vector<std::string> active;  // names of running Jobs
    std::optional<Time> last_schedule, last_success;
    bool operator==(const CronJob&) const = default;
};

struct HorizontalPodAutoscaler {
    Meta meta;
    std::string target_kind, target_name, target_api_version;
    int min_replicas = 1, max_replicas = 0, current_replicas = 0, desired_replicas = 0;
    std::vector<Condition> conditions;
    bool operator==(const HorizontalPodAutoscaler&) const = default;
};

struct PodDisruptionBudget {
    Meta meta;
    std::optional<LabelSelector> selector;
    std::string min_available, max_unavailable;  // as written, empty when not set
    int disruptions_allowed = 0, current_healthy = 0, desired_healthy = 0, expected_pods = 0;
    std::optional<std::int64_t> observed_generation;
    std::vector<Condition> conditions;
    bool operator==(const PodDisruptionBudget&) const = default;
};

}  // namespace salve::kube
