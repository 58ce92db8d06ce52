#include "base/time.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

using namespace salve::base;

TEST_CASE("RFC 3339 is read as Kubernetes writes it") {
    struct Case {
        const char* text;
        std::int64_t us;
    };
    const Case cases[] = {{"1970-01-01T00:00:00Z", 0},
                          {"1970-01-01T00:00:00.000001Z", 1},
                          {"1970-01-01T00:00:00.1Z", 100'000},
                          {"1970-01-01T00:00:00.123456789Z", 123'456},
                          {"1969-12-31T23:59:59.999999Z", -1},
                          {"2026-11-21T08:00:00Z", 1'795'248'000'000'000},
                          {"2026-11-21T09:00:00+01:00", 1'795'248'000'000'000},
                          {"2026-11-21T02:30:00-05:30", 1'795'248'000'000'000},
                          {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
                          {"2000-02-29T00:00:00Z", 951'782'400'000'000},
                          {"0001-01-01T00:00:00Z", -62'135'596'800'000'000}};  // Go's zero time
    for (const Case& c : cases) {
        CAPTURE(c.text);
        REQUIRE(parse_time(c.text));
        CHECK(parse_time(c.text)->us == c.us);
    }
}

TEST_CASE("What is no RFC 3339 is no time") {
    for (const char* text : {"",
                             " ",
                             "2026-11-21",
                             "2026-11-21T08:00:00",
                             "2026-11-21 08:00:00Z",
                             "2026-11-21t08:00:00z",
                             "2026-11-21T08:00Z",
                             "2026-13-21T08:00:00Z",
                             "2026-00-21T08:00:00Z",
                             "2026-02-29T08:00:00Z",
                             "2100-02-29T08:00:00Z",
                             "2026-04-31T08:00:00Z",
                             "2026-11-00T08:00:00Z",
                             "2026-11-21T24:00:00Z",
                             "2026-11-21T08:60:00Z",
                             "2026-11-21T08:00:60Z",
                             "2026-11-21T08:00:00.Z",
                             "2026-11-21T08:00:00.1234567890Z",
                             "2026-11-21T08:00:00,5Z",
                             "2026-11-21T08:00:00+0100",
                             "2026-11-21T08:00:00+24:00",
                             "2026-11-21T08:00:00+01:60",
                             "2026-11-21T08:00:00ZZ",
                             " 2026-11-21T08:00:00Z",
                             "2026-11-21T08:00:00Z\n",
                             "+026-11-21T08:00:00Z",
                             "-026-11-21T08:00:00Z",
                             "12026-11-21T08:00:00Z",
                             "null",
                             "<unknown>"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text));
    }
    const std::string whole = "2026-11-21T08:00:00.123+01:00";
    for (std::size_t n = 0; n < whole.size(); ++n) CHECK_FALSE(parse_time(whole.substr(0, n)));
}

TEST_CASE("Times are written in UTC with six digits, and read back") {
    CHECK(to_rfc3339({0}) == "1970-01-01T00:00:00.000000Z");
    CHECK(to_rfc3339({-1}) == "1969-12-31T23:59:59.999999Z");
    CHECK(to_rfc3339({1'795'248'000'000'001}) == "2026-11-21T08:00:00.000001Z");
    CHECK(to_rfc3339({std::numeric_limits<std::int64_t>::min()}) == "0000-01-01T00:00:00.000000Z");
    CHECK(to_rfc3339({std::numeric_limits<std::int64_t>::max()}) == "9999-12-31T23:59:59.999999Z");
    std::mt19937_64 random(7);
    std::uniform_int_distribution<std::int64_t> any(-62'135'596'800'000'000, 253'402'300'799'999'999);
    for (int i = 0; i < 20'000; ++i) {
        const Time time{any(random)};
        REQUIRE(parse_time(to_rfc3339(time)) == time);
    }
}

TEST_CASE("Spans read in at most two units, rounded down") {
    struct Case {
        Duration span;
        const char* words;
    };
    const Case cases[] = {{{0}, "0s"},
                          {{999'999}, "0s"},
                          {seconds(-5), "0s"},
                          {seconds(45), "45s"},
                          {Duration{59'999'999}, "59s"},
                          {minutes(4), "4m"},
                          {seconds(252), "4m12s"},
                          {seconds(2 * 3600 + 13 * 60 + 59), "2h13m"},
                          {seconds(2 * 3600 + 59), "2h"},
                          {hours(76), "3d4h"},
                          {minutes(72 * 60 + 59), "3d"},
                          {hours(24 * 400), "400d"}};
    for (const Case& c : cases) CHECK(to_words(c.span) == c.words);
}
