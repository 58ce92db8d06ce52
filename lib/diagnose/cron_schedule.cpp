#include "diagnose/cron_schedule.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <vector>

#include "base/text.hpp"

namespace salve::diagnose {
namespace {

constexpr std::int64_t us_per_minute = 60'000'000;
constexpr std::int64_t horizon_days = std::int64_t{5} * 366;
constexpr std::string_view month_names = "jan feb mar apr may jun jul aug sep oct nov dec";
constexpr std::string_view weekday_names = "sun mon tue wed thu fri sat";

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct Date {
    int month = 1, day = 1;
};

// Howard Hinnant's civil_from_days, without the year.
Date date_of(std::int64_t days) {
    days += 719468;
    const auto era = floor_div(days, 146097);
    const auto in_era = days - era * 146097;
    const auto year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const auto in_year = in_era - (365 * year + year / 4 - year / 100);
    const auto shifted = (5 * in_year + 2) / 153;
    return {static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9),
            static_cast<int>(in_year - (153 * shifted + 2) / 5 + 1)};
}

std::optional<int> number_of(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

// A number, or the place of a name in the list, counted from `first`.
std::optional<int> value_of(std::string_view text, int first, std::string_view names) {
    if (text.size() == 3 && !names.empty()) {
        const auto lower = base::lower_ascii(text);
        if (const auto at = names.find(lower); at != std::string_view::npos && at % 4 == 0)
            return first + static_cast<int>(at / 4);
    }
    return number_of(text);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        at = text.find_first_not_of(" \t", at);
        if (at == std::string_view::npos) break;
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

// A Go duration of hours, minutes and seconds ("1h30m"); at least a second, as the controller rounds it up.
std::optional<base::Duration> interval_of(std::string_view text) {
    base::Duration total;
    while (!text.empty()) {
        const auto unit = text.find_first_of("hms");
        if (unit == std::string_view::npos || unit == 0) return std::nullopt;
        const auto count = number_of(text.substr(0, unit));
        if (!count || *count > 1'000'000) return std::nullopt;
        const auto one = text[unit] == 'h' ? base::hours(1) : text[unit] == 'm' ? base::minutes(1) : base::seconds(1);
        total.us += one.us * *count;
        text.remove_prefix(unit + 1);
    }
    if (total < base::seconds(1)) return std::nullopt;
    return total;
}

std::string_view spelled_out(std::string_view text) {
    if (text == "@yearly" || text == "@annually") return "0 0 1 1 *";
    if (text == "@monthly") return "0 0 1 * *";
    if (text == "@weekly") return "0 0 * * 0";
    if (text == "@daily" || text == "@midnight") return "0 0 * * *";
    if (text == "@hourly") return "0 * * * *";
    return text;
}

}  // namespace

bool CronSchedule::parse_part(std::string_view part, int first, int last, std::string_view names, Field& into) {
    const auto slash = part.find('/');
    const auto range = part.substr(0, slash);
    int step = 1, from = first, to = last;
    if (slash != std::string_view::npos) {
        const auto given = number_of(part.substr(slash + 1));
        if (!given || *given == 0) return false;
        step = *given;
    }
    if (range == "*" || range == "?") {
        if (step == 1) into.star = true;
    } else {
        const auto dash = range.find('-');
        const auto low = value_of(range.substr(0, dash), first, names);
        if (!low) return false;
        from = *low;
        if (dash != std::string_view::npos) {
            const auto high = value_of(range.substr(dash + 1), first, names);
            if (!high) return false;
            to = *high;
        } else if (slash == std::string_view::npos) {
            to = from;  // "N/step" goes on to the last value
        }
    }
    if (from < first || to > last || from > to) return false;
    for (int value = from; value <= to; value += std::min(step, 64)) into.values |= std::uint64_t{1} << value;
    return true;
}

std::optional<CronSchedule::Field> CronSchedule::parse_field(std::string_view text, int first, int last,
                                                             std::string_view names) {
    Field field;
    while (true) {
        const auto comma = text.find(',');
        if (const auto part = text.substr(0, comma); !part.empty())
            if (!parse_part(part, first, last, names, field)) return std::nullopt;
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return field.values == 0 ? std::nullopt : std::optional(field);
}

std::optional<CronSchedule> CronSchedule::parse(std::string_view text) {
    CronSchedule made;
    constexpr std::string_view every = "@every ";
    if (text.substr(0, every.size()) == every) {
        const auto interval = interval_of(text.substr(every.size()));
        if (!interval) return std::nullopt;
        made.every_ = *interval;
        return made;
    }
    const auto words = words_of(spelled_out(text));
    if (words.size() != 5) return std::nullopt;
    const auto minute = parse_field(words[0], 0, 59, ""), hour = parse_field(words[1], 0, 23, ""),
               day = parse_field(words[2], 1, 31, ""), month = parse_field(words[3], 1, 12, month_names),
               weekday = parse_field(words[4], 0, 6, weekday_names);
    if (!minute || !hour || !day || !month || !weekday) return std::nullopt;
    made.minute_ = *minute;
    made.hour_ = *hour;
    made.day_ = *day;
    made.month_ = *month;
    made.weekday_ = *weekday;
    return made;
}

// Either field of the day suffices when both are given; a star leaves it to the other.
bool CronSchedule::fires_on(std::int64_t day) const {
    const auto date = date_of(day);
    if (!month_.has(date.month)) return false;
    const auto weekday = static_cast<int>(((day + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
    const bool by_date = day_.has(date.day), by_weekday = weekday_.has(weekday);
    return day_.star || weekday_.star ? by_date && by_weekday : by_date || by_weekday;
}

bool CronSchedule::is_hourly() const {
    if (is_interval() || !hour_.has_all(0, 23) || !month_.has_all(1, 12)) return false;
    return day_.has_all(1, 31) && weekday_.has_all(0, 6);
}

std::optional<base::Time> CronSchedule::next(base::Time after, base::Duration offset) const {
    if (is_interval()) return after + every_;
    const auto from = floor_div(after.us + offset.us, us_per_minute) + 1;  // the first whole minute that may fire
    const auto first_day = floor_div(from, 1440);
    for (auto day = first_day; day <= first_day + horizon_days; ++day) {
        if (!fires_on(day)) continue;
        const auto of_day = first_minute(static_cast<int>(std::max(from - day * 1440, std::int64_t{0})));
        if (of_day) return base::Time{(day * 1440 + *of_day) * us_per_minute - offset.us};
    }
    return std::nullopt;
}

std::optional<int> CronSchedule::first_minute(int from) const {
    for (int hour = from / 60; hour < 24; ++hour) {
        if (!hour_.has(hour)) continue;
        const int past = hour == from / 60 ? from % 60 : 0;
        if (const auto left = minute_.values >> past; left != 0) return hour * 60 + past + std::countr_zero(left);
    }
    return std::nullopt;
}

int CronSchedule::fires_between(base::Time after, base::Time until, int limit, base::Duration offset) const {
    int count = 0;
    for (auto at = next(after, offset); count < limit && at && *at <= until; at = next(*at, offset)) ++count;
    return count;
}

}  // namespace salve::diagnose
