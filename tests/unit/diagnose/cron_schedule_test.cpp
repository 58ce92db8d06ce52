#include "diagnose/cron_schedule.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace salve;
using diagnose::CronSchedule;

namespace {

std::string next(const char* schedule, const char* after, base::Duration offset = {}) {
    const auto parsed = CronSchedule::parse(schedule);
    if (!parsed) return "unparseable";
    const auto at = parsed->next(*base::parse_time(after), offset);
    return at ? base::to_rfc3339(*at).substr(0, 16) : "never";
}

}  // namespace

TEST_CASE("cron schedules fire when the controller's library says") {
    CHECK(next("* * * * *", "2026-11-21T08:00:30Z") == "2026-11-21T08:01");
    CHECK(next("*/15 * * * *", "2026-11-21T08:45:00Z") == "2026-11-21T09:00");
    CHECK(next("5/20 6-9 * * *", "2026-11-21T09:45:00Z") == "2026-11-22T06:05");
    CHECK(next("0 0 1 1 *", "2026-11-21T08:00:00Z") == "2027-01-01T00:00");
    CHECK(next("0 12 29 feb *", "2026-03-01T00:00:00Z") == "2028-02-29T12:00");
    CHECK(next("30 2 * * mon-fri", "2026-11-20T03:00:00Z") == "2026-11-23T02:30");  // a Friday
    CHECK(next("0 0 * * SUN", "2026-11-21T08:00:00Z") == "2026-11-22T00:00");
    CHECK(next("0 3,21 ? * *", "2026-11-21T08:00:00Z") == "2026-11-21T21:00");
    CHECK(next("@hourly", "2026-11-21T08:00:00Z") == "2026-11-21T09:00");
    CHECK(next("@weekly", "2026-11-21T08:00:00Z") == "2026-11-22T00:00");
    CHECK(next("@every 1h30m", "2026-11-21T08:00:00Z") == "2026-11-21T09:30");
}

TEST_CASE("either field of the day suffices, unless one is a star") {
    CHECK(next("0 0 13 * 5", "2026-11-10T00:00:00Z") == "2026-11-13T00:00");
    CHECK(next("0 0 15 * 5", "2026-11-10T00:00:00Z") == "2026-11-13T00:00");
    CHECK(next("0 0 */2 * 1", "2026-11-21T00:00:00Z") == "2026-11-23T00:00");  // a step is no star
    CHECK(next("0 0 15 * *", "2026-11-16T00:00:00Z") == "2026-12-15T00:00");
}

TEST_CASE("a day that never comes is never") {
    CHECK(next("0 0 31 2 *", "2026-11-21T08:00:00Z") == "never");
    CHECK(next("0 0 30 feb ?", "2026-11-21T08:00:00Z") == "never");
}

TEST_CASE("what the library refuses is not parsed") {
    for (const char* text : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
                             "* * * * 7", "5-1 * * * *", "*/0 * * * *", "a * * * *", "* * * foo *", "@reboot",
                             "@every 5", "@every", "TZ=UTC * * * * *", "-1 * * * *", "1,,60 * * * *"})
        CHECK_MESSAGE(next(text, "2026-11-21T08:00:00Z") == "unparseable", text);
}

TEST_CASE("an offset moves the times of a day") {
    CHECK(next("30 2 * * *", "2026-11-21T00:00:00Z", base::hours(1)) == "2026-11-21T01:30");
    CHECK(next("30 2 * * *", "2026-11-21T08:00:00Z", base::hours(-8)) == "2026-11-21T10:30");
}

TEST_CASE("an hourly schedule fires the same in zones that are whole hours away") {
    for (const char* text :
         {"* * * * *", "*/30 * * * *", "5,20 0-23 * * *", "7 * * * 0-6", "7 * 1-31 1-12 *", "@hourly"})
        CHECK_MESSAGE(CronSchedule::parse(text)->is_hourly(), text);
    for (const char* text : {"5 1-23 * * *", "5 * * * 1", "5 * 2-31 * *", "5 * * jan *", "@daily", "@every 1h"})
        CHECK_MESSAGE(!CronSchedule::parse(text)->is_hourly(), text);
    const auto schedule = *CronSchedule::parse("5,20 * * * *");
    const auto at = *base::parse_time("2026-11-21T08:07:31Z");
    const auto fires = [&](base::Duration offset) {
        return schedule.fires_between(at, at + base::minutes(100), 100, offset);
    };
    for (int quarter = -14 * 4; quarter <= 14 * 4; ++quarter)
        CHECK(fires(base::minutes(15) * quarter) == fires(base::minutes(15) * ((quarter + 14 * 4) % 4)));
}

TEST_CASE("fires are counted up to the limit") {
    const auto parsed = *CronSchedule::parse("*/10 * * * *");
    const auto at = *base::parse_time("2026-11-21T08:00:00Z");
    CHECK(parsed.fires_between(at, at + base::minutes(9), 100) == 0);
    CHECK(parsed.fires_between(at, at + base::minutes(30), 100) == 3);
    CHECK(parsed.fires_between(at, at + base::hours(24), 5) == 5);
}
