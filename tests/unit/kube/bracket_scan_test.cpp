#include "kube/bracket_scan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

using namespace salve::kube;

namespace {

struct Ended {
    std::size_t at = BracketScan::npos;  // of the whole text
    bool too_deep = false;
    bool operator==(const Ended&) const = default;
};

// Fed in pieces of that many bytes. One byte at a time no block is ever read.
Ended ended(BracketScan scan, const std::string& text, std::size_t piece) {
    for (std::size_t at = 0; at < text.size(); at += piece) {
        const auto end = scan.feed(std::string_view(text).substr(at, piece));
        if (scan.too_deep()) return {BracketScan::npos, true};
        if (end != BracketScan::npos) return {at + end, false};
    }
    return {};
}

// Brackets that need not match, and strings of brackets, quotes and runs of backslashes. A backslash stands in strings
// only: elsewhere it is no JSON, and who decodes the value says so.
std::string random_text(std::mt19937& random) {
    const std::string outside = "{}[]:,01{}[]";
    std::string text = "{";
    for (auto parts = random() % 60; parts > 0; --parts) {
        text.append(random() % 8, 'x');
        if (random() % 3 != 0) {
            text += outside[random() % outside.size()];
            continue;
        }
        text += '"';
        for (auto size = random() % 20; size > 0; --size)
            text += random() % 4 == 0 ? "\\\\" : random() % 4 == 0 ? "\\\"" : random() % 2 == 0 ? "}" : "{";
        text += '"';
    }
    return text;
}

}  // namespace

TEST_CASE("a value ends at the same byte, however it is read and in whatever pieces it comes") {
    std::mt19937 random(20261127);
    std::size_t closed = 0, deep = 0;
    for (int round = 0; round < 20'000; ++round) {
        const auto text = random_text(random);
        CAPTURE(text);
        const int depth = 1 + static_cast<int>(random() % 12);
        const auto expected = ended(BracketScan(depth, false), text, 1);
        closed += expected.at == BracketScan::npos ? 0 : 1;
        deep += expected.too_deep ? 1 : 0;
        for (const std::size_t piece : {text.size(), std::size_t{64}, std::size_t{65}, 1 + random() % 200}) {
            CAPTURE(piece);
            REQUIRE(ended(BracketScan(depth, false), text, piece) == expected);
            REQUIRE(ended(BracketScan(depth), text, piece) == expected);
        }
    }
    CHECK(closed > 1000);
    CHECK(deep > 1000);
}

TEST_CASE("a scan that begins anew remembers nothing") {
    BracketScan scan(2);
    CHECK(scan.feed("{\"a\\") == BracketScan::npos);
    scan.reset();
    CHECK(scan.feed("{}") == 2);
    scan.reset();
    scan.feed("{[{");
    CHECK(scan.too_deep());
    scan.reset();
    CHECK_FALSE(scan.too_deep());
    CHECK(scan.feed("[]") == 2);
}
