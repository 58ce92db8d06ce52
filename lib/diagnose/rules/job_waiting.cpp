// Jobs that are held or do not get on (TAXONOMY 1.10). What holds their pods up is told by the pods' own modes.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/crash.hpp"
#include "diagnose/job_failure.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "job.suspended",
     .category = Category::job_failed,
     .severity = Severity::info,
     .summary = "The Job is suspended: it makes no pods until somebody resumes it.",
     .needs = "spec.suspend is true, condition Suspended is True, and the Job has not finished.",
     .not_when = "A queue holds it until there is room: it carries the "
                 "label of a queue.",
     .advice = "Resume it when it is meant to run: set spec.suspend to false."},
    {.id = "job.stuck",
     .category = Category::job_failed,
     .severity = Severity::medium,
     .summary = "The Job is active, but none of its pods makes progress.",
     .needs = "The Job has not finished, and each of its active pods has been Pending for minutes (one minute with a "
              "reason in its status, five without) or keeps crashing; or it has no active pod because creating one "
              "fails (event FailedCreate).",
     .not_when = "A pod runs, however long; the Job is suspended; its pods wait at a scheduling gate.",
     .advice = "Look at its pods: what holds them up is told as their own finding. The Job goes on by itself when it "
               "is repaired."},
};

bool is_true(const std::vector<kube::Condition>& conditions, std::string_view type) {
    const auto* condition = kube::find_condition(conditions, type);
    return condition && condition->status == "True";
}

bool goes_on(const Job& job) {
    return !job.meta.deleted && !has_completed(job) && !failed_condition(job) &&
           !is_true(job.conditions, "SuccessCriteriaMet");
}

// Kueue suspends the Jobs of its queues and resumes them when there is room.
bool is_queued(const Job& job) { return job.meta.labels.count("kueue.x-k8s.io/queue-name") > 0; }

std::optional<Finding> suspended(const World& world, const Job& job) {
    const auto* condition = kube::find_condition(job.conditions, "Suspended");
    if (!job.suspended || !condition || condition->status != "True" || is_queued(job)) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "job.suspended"), world.owner(job).ref);
    if (!finding.root.object.same_name(job.meta.ref())) finding.affected.push_back({job.meta.ref(), ""});
    finding.evidence.push_back(from_condition(job.meta.ref(), *condition));
    finding.evidence.push_back(from_field(job.meta.ref(), Source::spec, "spec.suspend", "suspend: true"));
    finding.summary = fmt::format(
        "Job {} is suspended (spec.suspend: true, {} of {} completions done): it makes no pods until it "
        "is resumed.",
        job.meta.name, job.succeeded, job.completions);
    finding.first_seen = condition->last_transition;
    return finding;
}

// Why a pod makes no progress, with the literal that says it.
std::optional<Evidence> stalled(const World& world, const Pod& pod) {
    const auto age = world.now() - pod.meta.created;
    for (const auto& status : pod.statuses) {
        if (status.list == ContainerStatus::List::ephemeral) continue;
        const auto& waiting = status.state.waiting;
        const bool reasoned = waiting && !waiting->reason.empty() && waiting->reason != "ContainerCreating" &&
                              waiting->reason != "PodInitializing";
        if (reasoned && age >= pending_grace)
            return from_status(pod, status, "state.waiting",
                               waiting->message.empty() ? waiting->reason : waiting->reason + ": " + waiting->message);
        if (status.restarts >= flapping_restarts && is_crashing(world, pod, status))
            return from_termination(pod, status, last_run(status));
    }
    if (pod.phase != "Pending" || age < pending_grace) return std::nullopt;
    const auto* scheduled = kube::find_condition(pod.conditions, "PodScheduled");
    if (scheduled && scheduled->status == "False") {
        if (scheduled->reason == "SchedulingGated") return std::nullopt;
        return from_condition(pod.meta.ref(), *scheduled);
    }
    const bool initializing = std::any_of(pod.statuses.begin(), pod.statuses.end(),
                                          [](const ContainerStatus& status) { return status.state.running; });
    if (age < creating_stuck || initializing) return std::nullopt;
    return from_field(pod.meta.ref(), Source::status, "status.phase", "Pending");
}

Finding stuck_finding(const World& world, const Job& job) {
    auto finding = object_finding(mode_in(modes, "job.stuck"), world.owner(job).ref);
    finding.affected.push_back({job.meta.ref(), ""});
    if (finding.root.object.same_name(job.meta.ref())) finding.affected.clear();
    finding.first_seen = job.started ? job.started : std::optional(job.meta.created);
    return finding;
}

std::optional<Finding> no_pod(const World& world, const Job& job) {
    const kube::Event* refused = nullptr;
    for (const auto* event : world.events(job.meta.uid))
        if (event->reason == "FailedCreate" && world.now() - event->last <= restart_window) refused = event;
    if (!refused) return std::nullopt;
    auto finding = stuck_finding(world, job);
    finding.confidence = Confidence::probable;
    finding.summary = fmt::format("Job {} has no pod, because creating one fails: {}.", job.meta.name,
                                  excerpt(refused->message, 400));
    finding.evidence.push_back(from_event(*refused));
    return finding;
}

std::optional<Finding> stuck(const World& world, const Job& job) {
    if (job.suspended || !world.seen(kube::Resource::pods, job.meta.ns)) return std::nullopt;
    auto pods = pods_of_job(world, job);
    std::erase_if(
        pods, [](const Pod* pod) { return pod->phase == "Succeeded" || pod->phase == "Failed" || pod->meta.deleted; });
    if (pods.empty()) return job.active == 0 ? no_pod(world, job) : std::nullopt;
    auto finding = stuck_finding(world, job);
    for (const auto* pod : pods) {
        auto evidence = stalled(world, *pod);
        if (!evidence) return std::nullopt;
        finding.evidence.push_back(std::move(*evidence));
        finding.affected.push_back({pod->meta.ref(), ""});
    }
    const auto count = pods.size();
    finding.summary =
        fmt::format("Job {} has {} active pod{} and none makes progress: {}: {}.", job.meta.name, count,
                    count == 1 ? "" : "s", pods.front()->meta.name, excerpt(finding.evidence.front().text));
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& job : world.facts().jobs) {
        if (!goes_on(job)) continue;
        if (auto finding = job.suspended ? suspended(world, job) : stuck(world, job))
            findings.push_back(std::move(*finding));
    }
    return findings;
}

}  // namespace

extern const Rule job_waiting;
const Rule job_waiting{.id = "job_waiting", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
