#include "audit/record_name.hpp"

#include <doctest/doctest.h>

#include "audit/chain.hpp"

using namespace salve;
using audit::parse_record_name;
using audit::RecordName;

namespace {

constexpr base::Time at{1'795'248'000'000'000};  // 2026-11-21T08:00:00Z
const std::string good = "00000042-20261121T080000Z-apply-9f31c0d2ab44.json";

}  // namespace

TEST_CASE("the name of a record is read back as it was written") {
    const RecordName name{42, at, "apply", "9f31c0d2ab44"};
    CHECK(to_text(name) == good);
    CHECK(stem(name) + ".json" == good);
    CHECK(signature_name(name) == stem(name) + ".sig");
    CHECK(parse_record_name(good) == name);
    for (const std::int64_t seq : {1LL, 99'999'999LL, 100'000'000LL, 999'999'999'999'999LL}) {
        const RecordName one{seq, at, "triage", "000000000000"};
        CHECK(parse_record_name(to_text(one)) == one);
    }
    // Whole seconds: the rest is in the record.
    const RecordName later{1, at + base::Duration{999'999}, "plan", "000000000000"};
    CHECK(parse_record_name(to_text(later)) == RecordName{1, at, "plan", "000000000000"});
}

TEST_CASE("a name that is written in any other way is none (SAFETY 7.4)") {
    const auto with = [](std::size_t from, std::size_t size, const std::string& text) {
        auto changed = good;
        return changed.replace(from, size, text);
    };
    const std::string nul("\0", 1);
    for (const auto& name : std::vector<std::string>{"",
                                                     " ",
                                                     good + "\n",
                                                     "\n" + good,
                                                     " " + good,
                                                     good + " ",
                                                     good + nul,
                                                     nul + good,
                                                     good + ".bak",
                                                     "." + good,
                                                     "./" + good,
                                                     "../" + good,
                                                     "/" + good,
                                                     "runs/" + good,
                                                     good + "/",
                                                     "\xEF\xBB\xBF" + good,
                                                     with(0, 8, "00000000"),
                                                     with(0, 8, "0000042"),
                                                     with(0, 8, "000000042"),
                                                     with(0, 8, "-0000042"),
                                                     with(0, 8, "+0000042"),
                                                     with(0, 8, " 0000042"),
                                                     with(0, 8, "0x000042"),
                                                     with(0, 8, "0000004٢"),
                                                     with(0, 8, "1000000000000000"),
                                                     with(0, 8, "9223372036854775808"),
                                                     with(0, 8, "99999999999999999999"),
                                                     with(9, 16, "20260230T080000Z"),
                                                     with(9, 16, "20261121T240000Z"),
                                                     with(9, 16, "20261121T080060Z"),
                                                     with(9, 16, "20261321T080000Z"),
                                                     with(9, 16, "20261121t080000z"),
                                                     with(9, 16, "20261121T080000"),
                                                     with(9, 16, "20261121080000Z"),
                                                     with(9, 16, "2026-11-21T08:00:00Z"),
                                                     with(26, 5, ""),
                                                     with(26, 5, "Apply"),
                                                     with(26, 5, "app"),
                                                     with(26, 5, "applyapply"),
                                                     with(26, 5, "ap-ly"),
                                                     with(26, 5, "../.."),
                                                     with(32, 12, "9f31c0d2ab4"),
                                                     with(32, 12, "9f31c0d2ab445"),
                                                     with(32, 12, "9F31C0D2AB44"),
                                                     with(32, 12, "9f31c0d2ab4g"),
                                                     with(44, 5, ""),
                                                     with(44, 5, ".sig"),
                                                     with(44, 5, ".JSON"),
                                                     with(44, 5, ".jsonl"),
                                                     with(8, 1, "_"),
                                                     std::string(100'000, '0') + good,
                                                     std::string(1'000'000, 'a')}) {
        CAPTURE(name.substr(0, 100));
        CHECK_FALSE(parse_record_name(name));
    }
    for (std::size_t cut = 0; cut < good.size(); ++cut) CHECK_FALSE(parse_record_name(good.substr(0, cut)));
}

TEST_CASE("whatever byte of a name is changed, what is read is written in the same way") {
    for (std::size_t byte = 0; byte < good.size(); ++byte)
        for (int value = 0; value < 256; ++value) {
            auto changed = good;
            changed[byte] = static_cast<char>(value);
            if (const auto name = parse_record_name(changed)) REQUIRE(to_text(*name) == changed);
        }
}

TEST_CASE("names are in the order of their numbers, not of their text") {
    std::vector<RecordName> names{{100'000'000, at, "plan", "a"},
                                  {2, at, "plan", "b"},
                                  {2, at, "apply", "c"},
                                  {99'999'999, at, "plan", "d"},
                                  {1, at, "verify", "e"}};
    audit::sort_names(names);
    std::string order;
    for (const auto& name : names) order += name.digest12;
    CHECK(order == "ecbda");
}
