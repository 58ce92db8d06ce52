#include "base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace salve::base {
namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t us_per_day = 86'400 * us_per_second;

// Walks over the text; every step fails for good once one has failed.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    // Exactly `count` decimal digits.
    int number(std::size_t count) {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return fail();
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }
    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char wanted) {
        if (!take(wanted)) fail();
    }
    bool digit_next() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    bool ok() const { return ok_; }
    bool done() const { return ok_ && rest_.empty(); }

private:
    int fail() {
        ok_ = false;
        rest_ = {};
        return 0;
    }
    std::string_view rest_;
    bool ok_ = true;
};

// One to nine digits after the point, as microseconds; what is finer is cut off.
std::int64_t fraction_us(Cursor& cursor) {
    std::int64_t us = 0;
    std::size_t digits = 0;
    for (std::int64_t unit = us_per_second / 10; cursor.digit_next() && digits < 9; ++digits, unit /= 10)
        us += cursor.number(1) * unit;
    if (digits == 0) cursor.number(1);  // a point without digits is no time
    return us;
}

// "Z", "+hh:mm" or "-hh:mm": what has to be taken off the local time to get UTC.
std::int64_t offset_us(Cursor& cursor) {
    if (cursor.take('Z')) return 0;
    const bool east = cursor.take('+');
    if (!east) cursor.expect('-');
    const int hour = cursor.number(2);
    cursor.expect(':');
    const int minute = cursor.number(2);
    if (hour > 23 || minute > 59) cursor.expect('\0');
    const std::int64_t us = (std::int64_t{hour} * 60 + minute) * 60 * us_per_second;
    return east ? us : -us;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
    Cursor cursor(text);
    const int year = cursor.number(4);
    cursor.expect('-');
    const int month = cursor.number(2);
    cursor.expect('-');
    const int day = cursor.number(2);
    cursor.expect('T');
    const int hour = cursor.number(2);
    cursor.expect(':');
    const int minute = cursor.number(2);
    cursor.expect(':');
    const int second = cursor.number(2);
    const std::int64_t fraction = cursor.take('.') ? fraction_us(cursor) : 0;
    const std::int64_t offset = offset_us(cursor);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    // A leap second (:60) is refused, as Go's time.Parse does.
    if (!cursor.done() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return Time{days * us_per_day + ((hour * 60 + minute) * 60 + second) * us_per_second + fraction - offset};
}

// Times outside the years 0000 to 9999 have no RFC 3339 spelling: the nearest one that has is written.
std::string to_rfc3339(Time time) {
    constexpr std::int64_t first = -719'528 * us_per_day;      // 0000-01-01
    constexpr std::int64_t last = 2'932'897 * us_per_day - 1;  // 9999-12-31T23:59:59.999999
    const std::int64_t us = std::clamp(time.us, first, last);
    std::int64_t days = us / us_per_day;
    std::int64_t rest = us % us_per_day;
    if (rest < 0) {
        rest += us_per_day;
        --days;
    }
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    const std::int64_t seconds_of_day = rest / us_per_second;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), seconds_of_day / 3600,
                       seconds_of_day / 60 % 60, seconds_of_day % 60, rest % us_per_second);
}

std::string to_words(Duration span) {
    struct Unit {
        std::int64_t seconds;
        char letter;
    };
    constexpr std::array<Unit, 4> units{{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
    const std::int64_t total = std::max<std::int64_t>(span.us, 0) / us_per_second;
    for (std::size_t i = 0; i + 1 < units.size(); ++i) {
        if (total < units[i].seconds) continue;
        const std::int64_t rest = total % units[i].seconds / units[i + 1].seconds;
        const std::string head = fmt::format("{}{}", total / units[i].seconds, units[i].letter);
        return rest == 0 ? head : fmt::format("{}{}{}", head, rest, units[i + 1].letter);
    }
    return fmt::format("{}s", total);
}

}  // namespace salve::base
