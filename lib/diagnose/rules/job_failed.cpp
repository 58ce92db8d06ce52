// Jobs that have given up (TAXONOMY 1.10). Reasons: api batch/v1 types.go (JobReason...); messages:
// pkg/controller/job/job_controller.go. Jobs of a CronJob are told by the rule cronjob, on the CronJob.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/job_failure.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

constexpr Mode modes[] = {
    {.id = "job.backoff-limit",
     .category = Category::job_failed,
     .severity = Severity::high,
     .summary = "The Job gave up: its pods failed more often than its backoffLimit allows.",
     .needs = "Condition Failed (or FailureTarget) with reason BackoffLimitExceeded; what the last failed pod ended "
              "with and logged is added where it is still there.",
     .not_when = "A newer Job of the same controller has succeeded since; the Job belongs to a CronJob "
                 "(cronjob.last-failed).",
     .advice = "Repair what the last failed pod names, then create the Job again under a new name or after deleting "
               "this one: a Job that has failed is not tried again, and its template cannot be changed."},
    {.id = "job.deadline",
     .category = Category::job_failed,
     .severity = Severity::high,
     .summary = "The Job was ended because it was active for longer than its activeDeadlineSeconds.",
     .needs = "Condition Failed (or FailureTarget) with reason DeadlineExceeded. The pods that still ran are deleted "
              "with it, so there is mostly no log.",
     .not_when = "A newer Job of the same controller has succeeded since; the Job belongs to a CronJob "
                 "(cronjob.last-failed).",
     .advice = "Find out whether it hung, waited (for an image, a node, a volume) or only needs longer; then create it "
               "again, with a larger activeDeadlineSeconds if the work needs it."},
    {.id = "job.failure-policy",
     .category = Category::job_failed,
     .severity = Severity::high,
     .summary = "A pod ended in a way that the Job's podFailurePolicy declares hopeless, so the Job failed at once.",
     .needs = "Condition Failed (or FailureTarget) with reason PodFailurePolicy; its message names the container, the "
              "pod, the exit code and the rule.",
     .not_when = "A newer Job of the same controller has succeeded since; the Job belongs to a CronJob "
                 "(cronjob.last-failed).",
     .advice = "See what that exit code means to the program (its log says more), repair it, and create the Job "
               "again."},
    {.id = "job.indexes",
     .category = Category::job_failed,
     .severity = Severity::high,
     .summary = "Parts of an Indexed Job failed for good.",
     .needs = "Condition Failed (or FailureTarget) with reason FailedIndexes or MaxFailedIndexesExceeded; the "
              "pods that are left say which.",
     .not_when = "A newer Job of the same controller has succeeded since; the Job belongs to a CronJob "
                 "(cronjob.last-failed).",
     .advice = "Look at what those indexes have in common (their share of the work, the index in the environment "
               "variable JOB_COMPLETION_INDEX); then run them again in a new Job."},
};

const Mode* mode_of(std::string_view reason) {
    if (reason == "BackoffLimitExceeded") return &mode_in(modes, "job.backoff-limit");
    if (reason == "DeadlineExceeded") return &mode_in(modes, "job.deadline");
    if (reason == "PodFailurePolicy") return &mode_in(modes, "job.failure-policy");
    if (reason == "FailedIndexes" || reason == "MaxFailedIndexesExceeded") return &mode_in(modes, "job.indexes");
    return nullptr;
}

// Those that nothing newer has made good and that no other rule tells.
bool is_ours(const World& world, const Job& job) {
    const auto* failed = failed_condition(job);
    return failed && mode_of(failed->reason) && !job.meta.deleted && !has_completed(job) &&
           !world.owner(job).cron_job && !is_history(world, job);
}

// The fact of the spec or status that the reason speaks of.
std::optional<Evidence> bound_of(const Job& job, const Mode& mode) {
    const auto ref = job.meta.ref();
    if (mode.id == "job.deadline" && job.active_deadline_s)
        return from_field(ref, Source::spec, "spec.activeDeadlineSeconds",
                          fmt::format("activeDeadlineSeconds: {}", *job.active_deadline_s));
    if (mode.id == "job.backoff-limit")
        return from_field(ref, Source::spec, "spec.backoffLimit", fmt::format("backoffLimit: {}", job.backoff_limit));
    return std::nullopt;
}

Finding finding_of(const World& world, const Job& job) {
    auto failure = failure_of(world, job);
    const auto& condition = *failure.condition;
    const auto& mode = *mode_of(condition.reason);
    auto finding = object_finding(mode, world.owner(job).ref);
    if (!finding.root.object.same_name(job.meta.ref())) finding.affected.push_back({job.meta.ref(), ""});
    if (failure.pod) finding.affected.push_back({failure.pod->meta.ref(), ""});
    finding.summary = fmt::format("Job {} failed: {}", job.meta.name, condition.reason);
    if (!condition.message.empty()) finding.summary += fmt::format(" ({})", excerpt(condition.message));
    finding.evidence = std::move(failure.evidence);
    if (auto bound = bound_of(job, mode)) {
        finding.summary += ", " + bound->text;
        finding.evidence.insert(finding.evidence.begin() + 1, std::move(*bound));
    }
    if (job.failed > 0) finding.summary += fmt::format(", {} pod{} failed", job.failed, job.failed == 1 ? "" : "s");
    if (const auto lost = failed_indexes(world, job); mode.id == "job.indexes" && !lost.empty())
        finding.summary += fmt::format(", index{} {}", lost.size() > 1 ? "es" : "", fmt::join(lost, ","));
    if (!failure.why.empty()) finding.summary += "; " + failure.why;
    finding.summary += ".";
    finding.advice.insert(finding.advice.begin(), failure.advice.begin(), failure.advice.end());
    finding.missing_evidence = std::move(failure.missing_evidence);
    finding.first_seen = condition.last_transition;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& job : world.facts().jobs)
        if (is_ours(world, job)) findings.push_back(finding_of(world, job));
    return findings;
}

std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> wanted;
    for (const auto& job : world.facts().jobs)
        if (is_ours(world, job)) want_failure_logs(wanted, world, job);
    return wanted;
}

}  // namespace

extern const Rule job_failed;
const Rule job_failed{.id = "job_failed", .modes = modes, .match = match, .wants = wants};

}  // namespace salve::diagnose::rules
