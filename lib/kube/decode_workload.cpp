#include "kube/decode_kinds.hpp"
#include "kube/slim.hpp"

namespace salve::kube {
namespace {

// Deployment and ReplicaSet have spec.strategy or none; StatefulSet and DaemonSet call it updateStrategy.
void decode_strategy(const Field& strategy, Workload& made) {
    const auto [type, rolling] = strategy.get<"type", "rollingUpdate">();
    const auto [max_surge, max_unavailable, partition] = rolling.get<"maxSurge", "maxUnavailable", "partition">();
    made.strategy = type.text();
    made.max_surge = max_surge.scalar();
    made.max_unavailable = max_unavailable.scalar();
    made.partition = partition.number();
}

void decode_counts(const Field& desired, const Field& status, Workload& made) {
    const auto [replicas, ready, updated, available, unavailable] =
        status.get<"replicas", "readyReplicas", "updatedReplicas", "availableReplicas", "unavailableReplicas">();
    made.desired = desired.number(made.desired);
    made.replicas = replicas.number();
    made.ready = ready.number();
    made.updated = updated.number();
    made.available = available.number();
    made.unavailable = unavailable.number();
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

PodTemplate template_of_job(const Field& pod_template, const Asked& asked) {
    return asked.lean ? decode_lean_template(pod_template) : decode_pod_template(pod_template);
}

}  // namespace

Workload decode_workload(const Field& object, const TypeMeta& type, const Asked& asked) {
    const Field spec = object["spec"], status = object["status"];
    const auto [selector, pod_template, paused, deadline, min_ready, history_limit, strategy, update_strategy,
                desired] = spec.get<"selector", "template", "paused", "progressDeadlineSeconds", "minReadySeconds",
                                    "revisionHistoryLimit", "strategy", "updateStrategy", "replicas">();
    const auto [conditions, observed_generation] = status.get<"conditions", "observedGeneration">();
    Workload made;
    made.meta = decode_meta(object, type);
    made.selector = decode_selector(selector);
    made.conditions = decode_conditions(conditions);
    made.pod_template = asked.lean && !is_template_kept(made, asked.now) ? decode_lean_template(pod_template)
                                                                         : decode_pod_template(pod_template);
    made.observed_generation = observed_generation.maybe_long();
    made.paused = paused.flag();
    made.progress_deadline_s = deadline.maybe_number();
    made.min_ready_s = min_ready.maybe_number();
    made.revision_history_limit = history_limit.maybe_number();
    decode_strategy(strategy ? strategy : update_strategy, made);
    if (type.kind == "DaemonSet")
        decode_daemon_counts(status, made);
    else
        decode_counts(desired, status, made);
    if (type.kind == "StatefulSet") decode_stateful(spec, status, made);
    return made;
}

Job decode_job(const Field& object, const TypeMeta& type, const Asked& asked) {
    const Field spec = object["spec"], status = object["status"];
    const auto [pod_template, suspend, completions, parallelism, backoff_limit, deadline] =
        spec.get<"template", "suspend", "completions", "parallelism", "backoffLimit", "activeDeadlineSeconds">();
    const auto [conditions, active, succeeded, failed, started, completed] =
        status.get<"conditions", "active", "succeeded", "failed", "startTime", "completionTime">();
    Job made;
    made.meta = decode_meta(object, type);
    made.pod_template = template_of_job(pod_template, asked);
    made.conditions = decode_conditions(conditions);
    made.suspended = suspend.flag();
    made.completions = completions.number(made.completions);
    made.parallelism = parallelism.number(made.parallelism);
    made.backoff_limit = backoff_limit.number(made.backoff_limit);
    made.active_deadline_s = deadline.maybe_long();
    made.active = active.number();
    made.succeeded = succeeded.number();
    made.failed = failed.number();
    made.started = started.time();
    made.completed = completed.time();
    return made;
}

CronJob decode_cron_job(const Field& object, const TypeMeta& type, const Asked& asked) {
    const Field spec = object["spec"], status = object["status"];
    CronJob made;
    made.meta = decode_meta(object, type);
    made.pod_template = template_of_job(spec["jobTemplate"]["spec"]["template"], asked);
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
