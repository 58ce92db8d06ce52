// The schedule of a CronJob, as the controller reads it (github.com/robfig/cron/v3, ParseStandard). Pure calendar: the
// time zone is an offset that the caller gives.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace salve::diagnose {

class CronSchedule {
public:
    // Five fields with lists, ranges, steps and names, or @hourly and its kin, or "@every 1h30m". Nothing for any other
    // text, also for one with a zone in it (TZ=, CRON_TZ=): such a schedule cannot be judged here.
    static std::optional<CronSchedule> parse(std::string_view text);

    // The first time after `after` at which it fires; nothing if there is none within five years, as in the controller
    // ("0 0 31 2 *"). offset: local time less UTC.
    std::optional<base::Time> next(base::Time after, base::Duration offset = {}) const;

    // How often it fires in (after, until]; counts no further than limit.
    int fires_between(base::Time after, base::Time until, int limit, base::Duration offset = {}) const;

    // Whether it fires at the same times in every zone (@every).
    bool is_interval() const { return every_.us > 0; }
    // Whether it fires in every hour of every day: then a zone that is whole hours away is no other.
    bool is_hourly() const;

private:
    struct Field {
        std::uint64_t values = 0;  // bit n: the value n fires
        bool star = false;         // written as * or ?, which matters for the two fields of the day
        bool has(int value) const { return ((values >> value) & 1U) != 0; }
        bool has_all(int first, int last) const { return std::popcount(values) == last - first + 1; }
    };
    static std::optional<Field> parse_field(std::string_view text, int first, int last, std::string_view names);
    static bool parse_part(std::string_view part, int first, int last, std::string_view names, Field& into);
    bool fires_on(std::int64_t day) const;            // days since 1970-01-01
    std::optional<int> first_minute(int from) const;  // of a day on which it fires: that one or after it

    Field minute_, hour_, day_, month_, weekday_;
    base::Duration every_;
};

}  // namespace salve::diagnose
