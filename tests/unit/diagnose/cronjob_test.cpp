#include <doctest/doctest.h>

#include "all_rules.hpp"
#include "unit/diagnose/batch_builders.hpp"

using namespace salve::batch_test;
using salve::diagnose::rules::cronjob;
using salve::diagnose::rules::cronjob_schedule;

namespace {

Job& failed_run(Cluster& cluster, const CronJob& owner, const std::string& name, std::int64_t age) {
    return cluster.fail(cluster.job(name, age, &owner), "BackoffLimitExceeded",
                        "Job has reached the specified backoff limit", age - 1);
}

}  // namespace

TEST_CASE("the last run of a CronJob failed") {
    Cluster cluster;
    auto& cron = cluster.cron_job("report", "0 * * * *");
    cluster.complete(cluster.job("report-1", 200, &cron), 199);
    cron.last_success = ago(199);
    failed_run(cluster, cron, "report-2", 120);
    auto& newest = failed_run(cluster, cron, "report-3", 60);
    const auto& pod = cluster.failed_pod("report-3-x", newest, 5, 60);
    CHECK(cluster.wants(cronjob).size() == 1);
    cluster.log(pod, {"report template missing"});
    const auto found = cluster.run(cronjob);
    REQUIRE(mode_of(found) == "cronjob.last-failed");
    CHECK(found[0].root.object.kind == "CronJob");
    CHECK(affects(found[0], "Job", "report-3"));
    CHECK(affects(found[0], "Job", "report-2"));
    CHECK(!affects(found[0], "Job", "report-1"));
    CHECK(has(found[0].summary, "The last 2 runs"));
    for (const auto* literal : {"BackoffLimitExceeded", "report template missing", "report-3-x"})
        CHECK_MESSAGE(has(said(found[0]), literal), literal);
    SUBCASE("a run that goes on changes nothing") {
        cluster.job("report-4", 1, &cron).active = 1;
        CHECK(mode_of(cluster.run(cronjob)) == "cronjob.last-failed");
    }
    SUBCASE("a newer success makes it history") {
        cluster.complete(cluster.job("report-4", 10, &cron), 9);
        CHECK(cluster.run(cronjob).empty());
    }
    SUBCASE("so does a success whose Job is no longer kept") {
        cron.last_success = ago(5);
        CHECK(cluster.run(cronjob).empty());
    }
    SUBCASE("suspended since: information") {
        cron.suspended = true;
        const auto held = cluster.run(cronjob);
        REQUIRE(mode_of(held) == "cronjob.suspended");
        CHECK(held[0].severity == Severity::info);
        CHECK(held[0].actions.empty());
    }
}

TEST_CASE("a suspended CronJob that failed nothing is information, without an action") {
    Cluster cluster;
    auto& cron = cluster.cron_job("export", "* * * * *");
    CHECK(cluster.run(cronjob).empty());
    cron.suspended = true;
    const auto check = [&] {
        const auto held = cluster.run(cronjob);
        REQUIRE(mode_of(held) == "cronjob.suspended");
        CHECK(held[0].severity == Severity::info);
        CHECK(held[0].actions.empty());
        CHECK(has(said(held[0]), "suspend: true"));
        CHECK_FALSE(has(said(held[0]), "failed"));
    };
    check();
    CHECK(cluster.run(cronjob_schedule).empty());
    cluster.complete(cluster.job("export-1", 60, &cron), 59);
    check();
    cron.meta.deleted = ago(1);
    CHECK(cluster.run(cronjob).empty());
}

TEST_CASE("a run that does not end blocks the next ones") {
    Cluster cluster;
    auto& cron = cluster.cron_job("pull", "*/5 * * * *");
    cron.concurrency_policy = "Forbid";
    cron.active = {"pull-1"};
    cron.last_schedule = ago(8);
    auto& job = cluster.job("pull-1", 8, &cron);
    job.active = 1;
    auto& event =
        cluster.event(cron.meta, "JobAlreadyActive",
                      "Not starting job because prior execution is running and concurrency policy is Forbid", 3);
    event.type = "Normal";
    const auto found = cluster.run(cronjob);
    REQUIRE(mode_of(found) == "cronjob.blocked-forbid");
    CHECK(affects(found[0], "Job", "pull-1"));
    for (const auto* literal : {"Forbid", "JobAlreadyActive", "already active", "pull-1"})
        CHECK_MESSAGE(has(said(found[0]), literal), literal);
    SUBCASE("an event of an earlier run does not count") {
        cluster.facts.events[0].last = ago(20);
        job.meta.created = ago(4);
        CHECK(cluster.run(cronjob).empty());
        job.meta.created = ago(14);  // but two missed times do
        CHECK(mode_of(cluster.run(cronjob)) == "cronjob.blocked-forbid");
    }
    SUBCASE("the run has ended") { cluster.complete(job, 1); }
    SUBCASE("the policy allows it") { cron.concurrency_policy = "Allow"; }
    SUBCASE("it is young") { job.meta.created = now - salve::base::seconds(20); }
    SUBCASE("nothing is active") { cron.active.clear(); }
    if (cluster.facts.events[0].last == ago(3)) CHECK(cluster.run(cronjob).empty());
}

TEST_CASE("schedules and zones that cannot be used") {
    Cluster cluster;
    auto& cron = cluster.cron_job("crossing", "30 2 * * *");
    cron.time_zone = "Europe/Berlni";
    auto& event = cluster.event(cron.meta, "UnknownTimeZone",
                                "invalid timeZone: \"Europe/Berlni\": unknown time zone Europe/Berlni", 3);
    const auto found = cluster.run(cronjob_schedule);
    REQUIRE(mode_of(found) == "cronjob.invalid");
    CHECK(found[0].severity == Severity::high);
    CHECK(has(said(found[0]), "unknown time zone Europe/Berlni"));
    SUBCASE("corrected since") {
        cron.time_zone = "Europe/Berlin";
        cron.last_schedule = ago(60);
        CHECK(cluster.run(cronjob_schedule).empty());
    }
    SUBCASE("a schedule that the controller refuses") {
        event.reason = "UnparseableSchedule";
        event.message = "unparseable schedule: \"30 2 * *\" : expected exactly 5 fields, found 4: [30 2 * *]";
        cron.time_zone.clear();
        cron.schedule = "30 2 * *";
        CHECK(mode_of(cluster.run(cronjob_schedule)) == "cronjob.invalid");
        cron.schedule = "30 2 * * 1";
        cron.last_schedule = ago(60);
        CHECK(cluster.run(cronjob_schedule).empty());
    }
    SUBCASE("a day that never comes needs no event") {
        cluster.facts.events.clear();
        cron.schedule = "0 0 31 2 *";
        const auto never = cluster.run(cronjob_schedule);
        REQUIRE(mode_of(never) == "cronjob.invalid");
        CHECK(has(said(never[0]), "0 0 31 2 *"));
        cron.suspended = true;
        CHECK(cluster.run(cronjob_schedule).empty());
    }
}

TEST_CASE("scheduled times that have passed without a run") {
    Cluster cluster;
    auto& cron = cluster.cron_job("sluice", "0 * * * *");  // it is 08:00:30
    cron.last_schedule = *salve::base::parse_time("2026-11-21T05:00:00Z");
    const auto found = cluster.run(cronjob_schedule);
    REQUIRE(mode_of(found) == "cronjob.missed");
    CHECK(has(said(found[0]), "lastScheduleTime: 2026-11-21T05:00:00Z"));
    CHECK(found[0].actions.empty());
    SUBCASE("one is not enough") {
        cron.last_schedule = *salve::base::parse_time("2026-11-21T06:00:00Z");
        CHECK(cluster.run(cronjob_schedule).empty());
    }
    SUBCASE("with startingDeadlineSeconds it may just have been resumed") {
        cron.starting_deadline_s = 60;
        CHECK(cluster.run(cronjob_schedule).empty());
        cluster.event(cron.meta, "MissSchedule",
                      "Missed scheduled time to start a job: Sat, 21 Nov 2026 07:00:00 +0000", 55);
        CHECK(mode_of(cluster.run(cronjob_schedule)) == "cronjob.missed");
        cron.last_schedule = *salve::base::parse_time("2026-11-21T08:00:00Z");  // it has run since
        CHECK(cluster.run(cronjob_schedule).empty());
    }
    SUBCASE("a run blocks it: told as such") {
        cron.concurrency_policy = "Forbid";
        cron.active = {"sluice-1"};
        CHECK(cluster.run(cronjob_schedule).empty());
    }
    SUBCASE("in another zone a day may not be over") {
        cron.schedule = "0 3 * * *";
        cron.time_zone = "Pacific/Auckland";
        cron.last_schedule = ago(30 * 60);
        CHECK(cluster.run(cronjob_schedule).empty());
        cron.last_schedule = ago(80 * 60);
        CHECK(mode_of(cluster.run(cronjob_schedule)) == "cronjob.missed");
    }
    SUBCASE("a young CronJob without a run") {
        cron.last_schedule.reset();
        cron.meta.created = ago(30);
        CHECK(cluster.run(cronjob_schedule).empty());
    }
}

TEST_CASE("a Job that may not be created is the reason of a missed time") {
    Cluster cluster;
    auto& cron = cluster.cron_job("log", "* * * * *");
    cron.meta.created = ago(3);
    cluster.event(cron.meta, "FailedCreate",
                  "Error creating job: jobs.batch \"log-1\" is forbidden: exceeded quota: small, requested: "
                  "count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0",
                  1);
    const auto found = cluster.run(cronjob_schedule);
    REQUIRE(mode_of(found) == "cronjob.missed");
    CHECK(has(found[0].summary, "exceeded quota: small"));
    cron.last_schedule = now;
    CHECK(cluster.run(cronjob_schedule).empty());
}
