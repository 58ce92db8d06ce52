#include "kube/decode_kinds.hpp"

namespace salve::kube {
namespace {

// Deployment and ReplicaSet have spec.strategy or none; StatefulSet and DaemonSet call it updateStrategy.
void decode_strategy(const Field& strategy, Workload& made) {
    made.strategy = strategy["type"].text();
    const Field rolling = strategy["rollingUpdate"];
    made.max_surge = rolling["maxSurge"].scalar();
    made.max_unavailable = rolling["maxUnavailable"].scalar();
    made.partition = rolling["partition"].number();
}

void decode_counts(const Field& spec, const Field& status, Workload& made) {
    made.desired = spec["replicas"].number(made.desired);
    made.replicas = status["replicas"].number();
    made.ready = status["readyReplicas"].number();
    made.updated = status["updatedReplicas"].number();
    made.available = status["availableReplicas"].number();
    made.unavailable = status["unavailableReplicas"].number();
}

void decode_daemon_counts(const Field& status, Workload& made) {
    made.desired = status["desiredNumberScheduled"].number();
    made.replicas = status["currentNumberScheduled"].number();
    made.ready = status["numberReady"].number();
    made.updated = status["updatedNumberScheduled"].number();
    made.available = status["numberAvailable"].number();
    made.unavailable = status["numberUnavailable"].number();
    made.misscheduled = status["numberMisscheduled"].number();
}

void decode_stateful(const Field& spec, const Field& status, Workload& made) {
    made.pod_management = spec["podManagementPolicy"].text();
    made.service_name = spec["serviceName"].text();
    made.current_revision = status["currentRevision"].text();
    made.update_revision = status["updateRevision"].text();
    made.claim_templates =
        spec["volumeClaimTemplates"].list([](const Field& claim) { return claim["metadata"]["name"].text(); });
}

}  // namespace

Workload decode_workload(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"];
    Workload made;
    made.meta = decode_meta(object, type);
    made.selector = decode_selector(spec["selector"]);
    made.pod_template = decode_pod_template(spec["template"]);
    made.conditions = decode_conditions(status["conditions"]);
    made.observed_generation = status["observedGeneration"].maybe_long();
    made.paused = spec["paused"].flag();
    made.progress_deadline_s = spec["progressDeadlineSeconds"].maybe_number();
    made.min_ready_s = spec["minReadySeconds"].maybe_number();
    made.revision_history_limit = spec["revisionHistoryLimit"].maybe_number();
    const Field strategy = spec["strategy"];
    decode_strategy(strategy ? strategy : spec["updateStrategy"], made);
    if (type.kind == "DaemonSet")
        decode_daemon_counts(status, made);
    else
        decode_counts(spec, status, made);
    if (type.kind == "StatefulSet") decode_stateful(spec, status, made);
    return made;
}

Job decode_job(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"];
    Job made;
    made.meta = decode_meta(object, type);
    made.pod_template = decode_pod_template(spec["template"]);
    made.conditions = decode_conditions(status["conditions"]);
    made.suspended = spec["suspend"].flag();
    made.completions = spec["completions"].number(made.completions);
    made.parallelism = spec["parallelism"].number(made.parallelism);
    made.backoff_limit = spec["backoffLimit"].number(made.backoff_limit);
    made.active_deadline_s = spec["activeDeadlineSeconds"].maybe_long();
    made.active = status["active"].number();
    made.succeeded = status["succeeded"].number();
    made.failed = status["failed"].number();
    made.started = status["startTime"].time();
    made.completed = status["completionTime"].time();
    return made;
}

CronJob decode_cron_job(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"];
    CronJob made;
    made.meta = decode_meta(object, type);
    made.pod_template = decode_pod_template(spec["jobTemplate"]["spec"]["template"]);
    made.schedule = spec["schedule"].text();
    made.time_zone = spec["timeZone"].text();
    made.concurrency_policy = spec["concurrencyPolicy"].text();
    made.suspended = spec["suspend"].flag();
    made.starting_deadline_s = spec["startingDeadlineSeconds"].maybe_long();
    made.active = decode_names(status["active"]);
    made.last_schedule = status["lastScheduleTime"].time();
    made.last_success = status["lastSuccessfulTime"].time();
    return made;
}

// data is what the controller patches into the object: only spec.template (statefulset and daemon: getPatch).
ControllerRevision decode_revision(const Field& object, const TypeMeta& type) {
    ControllerRevision made;
    made.meta = decode_meta(object, type);
    made.revision = object["revision"].maybe_long().value_or(0);
    made.pod_template = decode_pod_template(object["data"]["spec"]["template"]);
    return made;
}

PodDisruptionBudget decode_budget(const Field& object, const TypeMeta& type) {
    const Field spec = object["spec"], status = object["status"];
    PodDisruptionBudget made;
    made.meta = decode_meta(object, type);
    made.selector = decode_selector(spec["selector"]);
    made.min_available = spec["minAvailable"].scalar();
    made.max_unavailable = spec["maxUnavailable"].scalar();
    made.disruptions_allowed = status["disruptionsAllowed"].number();
    made.current_healthy = status["currentHealthy"].number();
    made.desired_healthy = status["desiredHealthy"].number();
    made.expected_pods = status["expectedPods"].number();
    made.observed_generation = status["observedGeneration"].maybe_long();
    made.conditions = decode_conditions(status["conditions"]);
    return made;
}

}  // namespace salve::kube
