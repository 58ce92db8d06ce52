// CronJobs that do not start when they should: schedules that cannot be used, and times that have passed without a run
// (TAXONOMY 1.10). Events: pkg/controller/cronjob/cronjob_controllerv2.go and utils.go.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/build.hpp"
#include "diagnose/containers.hpp"
#include "diagnose/cron_schedule.hpp"
#include "diagnose/rule.hpp"
#include "diagnose/thresholds.hpp"

namespace salve::diagnose::rules {
namespace {

using kube::CronJob;
using kube::Event;

constexpr Mode modes[] = {
    {.id = "cronjob.invalid",
     .category = Category::cronjob,
     .severity = Severity::high,
     .summary = "The controller cannot use the CronJob's schedule or time zone, so it never starts a run.",
     .needs = "An event UnparseableSchedule, UnParseableCronJobSchedule, InvalidSchedule or UnknownTimeZone that names "
              "the present schedule or time zone; or a schedule whose day never comes (\"0 0 31 2 *\").",
     .not_when = "The event speaks of an earlier schedule or time zone that has been corrected; the CronJob is "
                 "suspended.",
     .advice =
         "Correct spec.schedule (minute hour day-of-month month day-of-week) or spec.timeZone (a name of the IANA "
         "list, such as Europe/Berlin)."},
    {.id = "cronjob.missed",
     .category = Category::cronjob,
     .severity = Severity::medium,
     .summary = "Scheduled times of the CronJob have passed without a run.",
     .needs = "An event MissSchedule or TooManyMissedTimes and no run since; or at least two scheduled times since "
              "status.lastScheduleTime (or the creation) without a run, in any time zone it may have.",
     .not_when = "It is suspended, or a run blocks it (cronjob.blocked-forbid); it has startingDeadlineSeconds and no "
                 "event tells of a miss (it may just have been resumed); it is new.",
     .advice = "See the events of the CronJob: creating the Job may be refused (quota, admission), "
               "startingDeadlineSeconds may be too short, or the controller manager may not run."},
};

constexpr int many = 100;  // from there on only "more than"

bool says(const Event& event, const std::string& text) {
    return !text.empty() && event.message.find(text) != std::string::npos;
}

// The newest event that says the present spec cannot be used.
const Event* invalid_event(const World& world, const CronJob& cron_job) {
    const Event* found = nullptr;
    for (const auto* event : world.events(cron_job.meta.uid)) {
        const bool zone = event->reason == "UnknownTimeZone" && says(*event, cron_job.time_zone);
        const bool schedule = (event->reason == "UnparseableSchedule" || event->reason == "InvalidSchedule" ||
                               event->reason == "UnParseableCronJobSchedule") &&
                              says(*event, cron_job.schedule);
        if (zone || schedule) found = event;
    }
    return found;
}

std::optional<Finding> invalid(const World& world, const CronJob& cron_job,
                               const std::optional<CronSchedule>& schedule) {
    const auto* event = invalid_event(world, cron_job);
    const bool zone = event && event->reason == "UnknownTimeZone";
    const bool never = schedule && !schedule->next(world.now());
    if (!event && !never) return std::nullopt;
    // A run since the event: the controller can use it by now (its data of time zones was mended).
    if (zone && cron_job.last_schedule && *cron_job.last_schedule > event->last) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "cronjob.invalid"), cron_job.meta.ref());
    finding.confidence = event ? Confidence::confirmed : Confidence::probable;
    const auto why = event ? fmt::format("{}: {}", event->reason, excerpt(event->message))
                           : std::string("no such day comes within five years");
    finding.summary = zone ? fmt::format("CronJob {} never runs: its time zone \"{}\" is not known ({}).",
                                         cron_job.meta.name, cron_job.time_zone, why)
                           : fmt::format("CronJob {} never runs: its schedule \"{}\" cannot be used ({}).",
                                         cron_job.meta.name, cron_job.schedule, why);
    if (event) finding.evidence.push_back(from_event(*event));
    finding.evidence.push_back(zone ? from_field(cron_job.meta.ref(), Source::spec, "spec.timeZone",
                                                 fmt::format("timeZone: {}", cron_job.time_zone))
                                    : from_field(cron_job.meta.ref(), Source::spec, "spec.schedule",
                                                 fmt::format("schedule: {}", cron_job.schedule)));
    finding.first_seen = event ? event->first : cron_job.meta.created;
    return finding;
}

bool is_utc(const std::string& zone) {
    return zone == "UTC" || zone == "Etc/UTC" || zone == "GMT" || zone == "Etc/GMT" || zone == "Zulu";
}

// Scheduled times in (after, until]: the fewest over the zones that it may be meant in. Without spec.timeZone that is
// the controller manager's, mostly UTC; the last scheduled time shows whether it is.
int sure_fires(const CronJob& cron_job, const CronSchedule& schedule, Time after, Time until) {
    const auto& last = cron_job.last_schedule;
    const auto minute = base::minutes(1);
    const bool utc =
        is_utc(cron_job.time_zone) || (cron_job.time_zone.empty() && last && schedule.next(*last - minute) == last);
    if (utc || schedule.is_interval()) return schedule.fires_between(after, until, many);
    const auto [from, to] = schedule.is_hourly() ? std::pair{0, 3} : std::pair{-14 * 4, 14 * 4};
    int fewest = many;
    for (int quarter = from; quarter <= to && fewest > 0; ++quarter)
        fewest = std::min(fewest, schedule.fires_between(after, until, fewest, base::minutes(15) * quarter));
    return fewest;
}

// The newest event of a missed time after which no run has started.
const Event* miss_event(const World& world, const CronJob& cron_job, const CronSchedule& schedule, Time since) {
    const Event* found = nullptr;
    for (const auto* event : world.events(cron_job.meta.uid)) {
        if (event->reason != "MissSchedule" && event->reason != "TooManyMissedTimes") continue;
        if (event->last > since && sure_fires(cron_job, schedule, since, event->last) > 0) found = event;
    }
    return found;
}

const Event* refused_event(const World& world, const CronJob& cron_job, Time since) {
    const Event* found = nullptr;
    for (const auto* event : world.events(cron_job.meta.uid))
        if (event->reason == "FailedCreate" && event->last > since) found = event;
    return found;
}

std::optional<Finding> missed(const World& world, const CronJob& cron_job, const CronSchedule& schedule) {
    if (cron_job.concurrency_policy == "Forbid" && !cron_job.active.empty()) return std::nullopt;
    const auto since = cron_job.last_schedule.value_or(cron_job.meta.created);
    const auto* event = miss_event(world, cron_job, schedule, since);
    const auto* refused = refused_event(world, cron_job, since);
    const int fires = sure_fires(cron_job, schedule, since, world.now() - pending_grace);
    if (!event && !refused && (fires < 2 || cron_job.starting_deadline_s)) return std::nullopt;
    if (!event && fires < 1) return std::nullopt;
    auto finding = object_finding(mode_in(modes, "cronjob.missed"), cron_job.meta.ref());
    finding.confidence = event || refused ? Confidence::confirmed : Confidence::probable;
    const auto ref = cron_job.meta.ref();
    const auto from = cron_job.last_schedule
                          ? fmt::format("lastScheduleTime {}", base::to_rfc3339(since).substr(0, 19) + "Z")
                          : std::string("it was created, without a single run");
    finding.summary = fmt::format("CronJob {} (schedule \"{}\") has missed {}{} scheduled time{} since {}{}.",
                                  cron_job.meta.name, cron_job.schedule, fires >= many ? "more than " : "at least ",
                                  std::max(fires, 1), fires > 1 ? "s" : "", from,
                                  refused ? fmt::format(": {}: {}", refused->reason, excerpt(refused->message, 400))
                                  : event ? fmt::format(" ({}: {})", event->reason, excerpt(event->message))
                                          : "");
    if (cron_job.last_schedule)
        finding.evidence.push_back(from_field(ref, Source::status, "status.lastScheduleTime",
                                              "lastScheduleTime: " + base::to_rfc3339(since).substr(0, 19) + "Z"));
    if (refused) finding.evidence.push_back(from_event(*refused));
    if (event) finding.evidence.push_back(from_event(*event));
    finding.evidence.push_back(
        from_field(ref, Source::spec, "spec.schedule", fmt::format("schedule: {}", cron_job.schedule)));
    if (cron_job.starting_deadline_s)
        finding.evidence.push_back(
            from_field(ref, Source::spec, "spec.startingDeadlineSeconds",
                       fmt::format("startingDeadlineSeconds: {}", *cron_job.starting_deadline_s)));
    finding.first_seen = since;
    return finding;
}

std::vector<Finding> match(const World& world) {
    std::vector<Finding> findings;
    for (const auto& cron_job : world.facts().cron_jobs) {
        if (cron_job.meta.deleted || cron_job.suspended) continue;
        const auto schedule = CronSchedule::parse(cron_job.schedule);
        auto finding = invalid(world, cron_job, schedule);
        if (!finding && schedule) finding = missed(world, cron_job, *schedule);
        if (finding) findings.push_back(std::move(*finding));
    }
    return findings;
}

}  // namespace

extern const Rule cronjob_schedule;
const Rule cronjob_schedule{.id = "cronjob_schedule", .modes = modes, .match = match};

}  // namespace salve::diagnose::rules
