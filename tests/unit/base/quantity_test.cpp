#include "base/quantity.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace salve::base;

namespace {
Quantity quantity(std::string_view text) {
    const auto parsed = parse_quantity(text);
    REQUIRE_MESSAGE(parsed, text);
    return *parsed;
}
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
}  // namespace

TEST_CASE("Quantities have the value that Kubernetes gives them") {
    struct Case {
        const char* text;
        std::int64_t units;
        std::int64_t milli;
    };
    const Case cases[] = {
        {"0", 0, 0},
        {"1", 1, 1000},
        {"500m", 1, 500},
        {"1500m", 2, 1500},
        {"0.5", 1, 500},
        {".5", 1, 500},
        {"5.", 5, 5000},
        {"+5", 5, 5000},
        {"-1500m", -2, -1500},
        {"100k", 100'000, 100'000'000},
        {"48Mi", 50'331'648, 50'331'648'000},
        {"1.5Gi", 1'610'612'736, 1'610'612'736'000},
        {"12e6", 12'000'000, 12'000'000'000},
        {"12E6", 12'000'000, 12'000'000'000},
        {"5e-3", 1, 5},
        {"1e+2", 100, 100'000},
        {"5n", 1, 1},
        {"250u", 1, 1},
        {"0n", 0, 0},
        {"0.0001", 1, 1},
        {"1E", 1'000'000'000'000'000'000, int64_max},
        {"1Ei", 1'152'921'504'606'846'976, int64_max},
        {"8Ei", int64_max, int64_max},
        {"0.1Ki", 103, 102'400},
        {"000000000000000000000000000000000000000000000000000000001", 1, 1000},
        {"1e-100000", 1, 1},
        {"0e100000", 0, 0},
        {"1e100000", int64_max, int64_max},
        {"-1e100000", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::min()},
        {"99999999999999999999999999999999999999999999999999Ei", int64_max, int64_max}};
    for (const Case& c : cases) {
        CAPTURE(c.text);
        CHECK(to_units(quantity(c.text)) == c.units);
        CHECK(to_milli(quantity(c.text)) == c.milli);
    }
}

TEST_CASE("Different spellings compare by value") {
    CHECK(quantity("512Mi") == quantity("0.5Gi"));
    CHECK(quantity("1000m") == quantity("1"));
    CHECK(quantity("1e3") == quantity("1k"));
    CHECK(quantity("1024") == quantity("1Ki"));
    CHECK(quantity("1.000000000000000000000000000000") == quantity("1"));
    CHECK(quantity("0.1e-9") == quantity("1n"));  // rounded up, as Kubernetes does
    CHECK(quantity("1e-12") == quantity("1n"));
    CHECK(quantity("1000M") < quantity("1000Mi"));
    CHECK(quantity("-1") < quantity("0"));
    CHECK(quantity("8Ei") > quantity("7.9Ei"));
    CHECK(quantity("3n").nano == 3);
    CHECK(quantity("8Ei").nano == (Int128{1} << 63) * 1'000'000'000);
}

TEST_CASE("What is no quantity is nothing") {
    for (const char* text : {"",    " ",   "-",   "+",     ".",    "Mi",   "m",   "1 Mi", " 1",    "1 ",    "1mi",
                             "1MI", "1K",  "1kb", "1MB",   "1Gib", "0x10", "1e",  "1e+",  "1e1.5", "1e5Mi", "1.2.3",
                             "--1", "+-1", "1,5", "1_000", "NaN",  "Inf",  "1\n", "1m1",  "١"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_quantity(text));
    }
}

TEST_CASE("Bytes read in the largest binary unit") {
    struct Case {
        std::int64_t bytes;
        const char* words;
    };
    const Case cases[] = {{0, "0"},
                          {512, "512"},
                          {1023, "1023"},
                          {1024, "1Ki"},
                          {1536, "1.5Ki"},
                          {50'331'648, "48Mi"},
                          {1'610'612'736, "1.5Gi"},
                          {1'048'575, "1Mi"},
                          {1'047'552, "1023Ki"},
                          {-2048, "-2Ki"},
                          {int64_max, "8Ei"},
                          {std::numeric_limits<std::int64_t>::min(), "-8Ei"}};
    for (const Case& c : cases) CHECK(to_words_bytes(c.bytes) == c.words);
}
