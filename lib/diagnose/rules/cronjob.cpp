// CronJobs by what their Jobs did: the last run failed, a run blocks the next ones; and those that are suspended
// (TAXONOMY 1.10). Events and policy: pkg/controller/cronjob/cronjob_controllerv2.go.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/cron_schedule.hpp"
#include "diagnose/job_failure.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::CronJob;

constexpr Mode modes[] = {
    {.id = "cronjob.suspended",
     .category = Category::cronjob,
     .severity = Severity::info,
     .summary = "The CronJob is suspended: it starts no run until somebody resumes it.",
     .needs = "spec.suspend is true; where its last finished run failed, that is told.",
     .not_when = "It is being deleted. To suspend a CronJob is a decision, so it is information and no fault.",
     .advice =
         "Resume it when it is meant to run: set spec.suspend to false; if it was suspended because of a failure, "
         "repair that first. Resuming can start a missed run at once."},
    {.id = "cronjob.last-failed",
     .category = Category::cronjob,
     .severity = Severity::medium,
     .summary = "The last finished run of the CronJob failed.",
     .needs = "The newest finished Job of the CronJob has condition Failed; what its last failed pod ended with and "
              "logged is added where it is still there.",
     .not_when = "A newer Job of it, or status.lastSuccessfulTime, shows that it has succeeded since; it is suspended "
                 "(cronjob.suspended).",
     .advice = "Repair what the failed pod names; the next run shows whether it helped. To try at once: kubectl create "
               "job NAME --from=cronjob/CRONJOB."},
    {.id = "cronjob.blocked-forbid",
     .category = Category::cronjob,
     .severity = Severity::medium,
     .summary = "A run that does not end keeps all later runs of the CronJob from starting.",
     .needs = "concurrencyPolicy is Forbid, a Job of status.active has run past the next scheduled time, and an event "
              "JobAlreadyActive since it started; or, where that event has expired, past two scheduled times.",
     .not_when = "The run is younger than one period of the schedule, or the policy is Allow or Replace.",
     .advice = "See whether the running Job hangs (log, CPU) or only takes longer than its period. If it hangs, end it "
               "and set activeDeadlineSeconds in the jobTemplate; else give the schedule more room."},
};

const Job* newest_finished(const World& world, const CronJob& cron_job) {
    for (const auto* job : world.jobs_of(cron_job))
        if (finished_at(*job)) return job;
    return nullptr;
}

// The newest finished Job if it failed and nothing has succeeded since.
const Job* last_failure(const World& world, const CronJob& cron_job) {
    const auto* job = newest_finished(world, cron_job);
    return job && !has_completed(*job) && !is_history(world, *job) ? job : nullptr;
}

// Those that have failed since the last success, newest first.
std::vector<const Job*> failures_in_a_row(const World& world, const CronJob& cron_job) {
    std::vector<const Job*> failed;
    for (const auto* job : world.jobs_of(cron_job)) {
        if (has_completed(*job)) break;
        if (failed_condition(*job) && !is_history(world, *job)) failed.push_back(job);
    }
    return failed;
}

std::string failure_words(const Job& job, const JobFailure& failure) {
    auto words = fmt::format("Job {} failed: {}", job.meta.name, failure.condition->reason);
    if (!failure.condition->message.empty()) words += fmt::format(" ({})", excerpt(failure.condition->message));
    if (!failure.why.empty()) words += "; " + failure.why;
    return words;
}

Finding failed_finding(const World& world, const CronJob& cron_job, const Job& job) {
    const bool held = cron_job.suspended;
    auto failure = failure_of(world, job);
    auto finding =
        object_finding(mode_in(modes, held ? "cronjob.suspended" : "cronjob.last-failed"), cron_job.meta.ref());
    const auto row = failures_in_a_row(world, cron_job);
    for (const auto* failed : row) finding.affected.push_back({failed->meta.ref(), ""});
    if (failure.pod) finding.affected.push_back({failure.pod->meta.ref(), ""});
    const auto words = failure_words(job, failure);
    const auto runs = row.size() > 1 ? fmt::format("The last {} runs", row.size()) : std::string("The last run");
    finding.summary = held ? fmt::format("CronJob {} is suspended (suspend: true) since its last run failed: {}.",
                                         cron_job.meta.name, words)
                           : fmt::format("{} of CronJob {} (schedule \"{}\") failed: {}.", runs, cron_job.meta.name,
                                         cron_job.schedule, words);
    finding.evidence = std::move(failure.evidence);
    if (held)
        finding.evidence.push_back(from_field(cron_job.meta.ref(), Source::spec, "spec.suspend", "suspend: true"));
    else
        finding.advice.insert(finding.advice.begin(), failure.advice.begin(), failure.advice.end());
    finding.missing_evidence = std::move(failure.missing_evidence);
    finding.first_seen = finished_at(row.empty() ? job : *row.back());
    return finding;
}

// Somebody holds it, and nothing shows that it failed before.
Finding held_finding(const CronJob& cron_job) {
    auto finding = object_finding(mode_in(modes, "cronjob.suspended"), cron_job.meta.ref());
    finding.summary =
        fmt::format("CronJob {} (schedule \"{}\") is suspended (suspend: true): it starts no run until it is resumed.",
                    cron_job.meta.name, cron_job.schedule);
    finding.evidence.push_back(from_field(cron_job.meta.ref(), Source::spec, "spec.suspend", "suspend: true"));
    return finding;
}

const kube::Event* refused_since(const World& world, const CronJob& cron_job, Time since) {
    const kube::Event* found = nullptr;
    for (const auto* event : world.events(cron_job.meta.uid))
        if (event->reason == "JobAlreadyActive" && event->last >= since) found = event;
    return found;
}

// The oldest of its active Jobs that was read and goes on.
const Job* running_job(const World& world, const CronJob& cron_job) {
    const Job* oldest = nullptr;
    for (const auto& name : cron_job.active) {
        const auto job = world.job(cron_job.meta.ns, name);
        if (!job || finished_at(*job) || job->meta.deleted || job->suspended) continue;
        if (!oldest || std::tie(job->meta.created, job->meta.name) < std::tie(oldest->meta.created, oldest->meta.name))
            oldest = job.found;
    }
    return oldest;
}

std::optional<Finding> blocked(const World& world, const CronJob& cron_job) {
    if (cron_job.suspended || cron_job.concurrency_policy != "Forbid") return std::nullopt;
    const auto* job = running_job(world, cron_job);
    if (!job) return std::nullopt;
    const auto since = job->meta.created;
    const auto* event = refused_since(world, cron_job, since);
    const auto schedule = CronSchedule::parse(cron_job.schedule);
    // A time zone moves the times but hardly their distance: two of them are past in any zone.
    const int fires = schedule ? schedule->fires_between(since, world.now(), 2) : 0;
    if (!event && (fires < 2 || !cron_job.time_zone.empty())) return std::nullopt;
    if (schedule && cron_job.time_zone.empty() && fires == 0) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "cronjob.blocked-forbid"), cron_job.meta.ref());
    if (!event) finding.confidence = Confidence::probable;
    finding.affected.push_back({job->meta.ref(), ""});
    for (const auto* pod : pods_of_job(world, *job))
        if (pod->phase != "Succeeded" && pod->phase != "Failed") finding.affected.push_back({pod->meta.ref(), ""});
    finding.summary = fmt::format(
        "CronJob {} (schedule \"{}\") starts no new run: concurrencyPolicy is Forbid and Job {} is already active, "
        "since {}{}.",
        cron_job.meta.name, cron_job.schedule, job->meta.name, base::to_words(world.now() - since),
        event ? fmt::format(" (JobAlreadyActive, {} time{})", event->count, event->count == 1 ? "" : "s") : "");
    finding.evidence.push_back(from_field(cron_job.meta.ref(), Source::status, "status.active",
                                          fmt::format("active: {}", job->meta.name), since));
    if (event) finding.evidence.push_back(from_event(*event));
    finding.evidence.push_back(from_field(cron_job.meta.ref(), Source::spec, "spec.concurrencyPolicy",
                                          fmt::format("concurrencyPolicy: {}", cron_job.concurrency_policy)));
    finding.first_seen = event ? event->first : since;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& cron_job : world.facts().cron_jobs) {
        if (cron_job.meta.deleted) continue;
        if (const auto* job = last_failure(world, cron_job))
            findings.push_back(failed_finding(world, cron_job, *job));
        else if (cron_job.suspended)
            findings.push_back(held_finding(cron_job));
        if (auto finding = blocked(world, cron_job)) findings.push_back(std::move(*finding));
    }
    return findings;
}

std::vector<LogWanted> wants(const World& world) {
    std::vector<LogWanted> wanted;
    for (const auto& cron_job : world.facts().cron_jobs)
        if (const auto* job = cron_job.meta.deleted ? nullptr : last_failure(world, cron_job))
            want_failure_logs(wanted, world, *job);
    return wanted;
}

}  // namespace

extern const Rule cronjob;
const Rule cronjob{.id = "cronjob", .modes = modes, .match = match, .wants = wants};

}  // namespace salve::diagnose::rules
