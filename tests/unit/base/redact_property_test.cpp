// What must hold for every text: redacting twice changes nothing, and a planted secret does not survive, whatever
// stands around it.
#include <doctest/doctest.h>

#include <array>
#include <random>

#include "base/redact.hpp"
#include "base/text.hpp"

using namespace salve::base;

namespace {

const std::array<std::string, 54> pieces{"password=",
                                         "\"password\":",
                                         "\"",
                                         "'",
                                         " ",
                                         "\n",
                                         ",",
                                         ";",
                                         ":",
                                         "=",
                                         "@",
                                         "/",
                                         "&",
                                         "?",
                                         "\\",
                                         "}",
                                         "<",
                                         ">",
                                         "-",
                                         "token: ",
                                         "--token ",
                                         "--token=",
                                         "secret",
                                         "Authorization: ",
                                         "Bearer ",
                                         "Basic ",
                                         "https://",
                                         "user:",
                                         "eyJhbGciOiJI",
                                         ".eyJhbGciOiJI",
                                         ".",
                                         "-----BEGIN A-----",
                                         "-----END A-----",
                                         "AKIAIOSFODNN7EXAMPLE",
                                         "ghp_",
                                         "0123456789abcdefghijABCDEFGHIJ012345",
                                         "<redacted:kv#12ab>",
                                         "<redacted:",
                                         "#12ab>",
                                         "Cookie: ",
                                         "sig=",
                                         "AccountKey=",
                                         "hooks.slack.com/services/",
                                         "q3Jx7LmZ0pVtR8sKcN2wYbH5",
                                         "deadbeefdeadbeef",
                                         "sha256:",
                                         "$(TOKEN)",
                                         "****",
                                         "…",
                                         "\xff",
                                         "\x1b",
                                         "a",
                                         "7",
                                         "host"};

std::string random_text(std::mt19937& random, std::size_t most) {
    std::string text;
    for (std::size_t n = random() % most; n > 0; --n) text += pieces[random() % pieces.size()];
    return text;
}

}  // namespace

TEST_CASE("Redacting twice is redacting once") {
    const Redactor keep("k");
    const Redactor strict("k", Personal::redact);
    std::mt19937 random(2026);
    for (int i = 0; i < 60'000; ++i) {
        const std::string text = random_text(random, 14);
        const Redactor& redactor = i % 4 == 0 ? strict : keep;
        const std::string once = redactor.text(text);
        const std::string twice = redactor.text(once);
        if (twice != once) FAIL_CHECK(visible(text) << " -> " << visible(once) << " -> " << visible(twice));
        REQUIRE_FALSE((is_valid_utf8(text) && !is_valid_utf8(once)));
    }
}

TEST_CASE("Log lines and annotations are stable too") {
    const Redactor redactor("k");
    std::mt19937 random(7);
    for (int i = 0; i < 3'000; ++i) {
        const std::vector<std::string> lines{random_text(random, 10), random_text(random, 200),
                                             random_text(random, 10)};
        const auto once = redactor.log_lines(lines);
        for (const std::string& line : once) CHECK(line.size() <= 2048);
        const std::string annotation = *redactor.annotation("a/b", random_text(random, 40));
        CHECK(annotation.size() <= 256);
    }
}

TEST_CASE("A planted secret does not survive its surroundings") {
    const Redactor redactor("k");
    std::mt19937 random(99);
    const std::array<std::string, 9> before{"password=",   "TOKEN=",   "\"secret\": \"", "api_key='",
                                            "--password=", "--token ", "https://user:",  "Authorization: Bearer ",
                                            "x?sig="};
    const std::array<std::string, 9> after{" ", " ", "\" ", "' ", " ", " ", "@host ", " ", "&x=1 "};
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t kind = random() % before.size();
        const std::string secret = "Zq" + std::to_string(random()) + "Xw";
        std::string text = random_text(random, 6) + " " + before[kind] + secret + after[kind] + random_text(random, 6);
        const std::string shown = redactor.text(text);
        if (shown.find(secret) != std::string::npos) FAIL_CHECK(visible(text) << " -> " << visible(shown));
    }
}
