#include "base/redact_rules.hpp"

#include <doctest/doctest.h>
#include <re2/filtered_re2.h>
#include <re2/set.h>

#include <random>
#include <set>
#include <string>
#include <vector>

using namespace salve::base::redaction;

namespace {

// By the index of the rule, the shortest texts that it matches, in each of its ways.
const std::vector<std::vector<std::string>> shortest = {
    {"-----BEGIN A-----"},
    {"authorization:x", "AUTHORIZATION=x"},
    {"bearer 0123456789abcdef", "Bearer\t0123456789abcdef", "bearer\r0123456789abcdef", "bearer\n0123456789abcdef",
     "bearer\f0123456789abcdef"},
    {"basic abcdefgh"},
    {"cookie:x"},
    {"a://:@", "a://:p@q@"},
    {"a://:p@"},
    {"a://01234567890123456789@"},
    {"discord.com/api/webhooks/x", "hooks.slack.com/services/x", "hooks.slack.com/triggers/x"},
    {"\"auth\":\"x"},
    {"pass:x", "dsn:x", "sig=x", ";pwd=x", "token=x"},
    {"credentials=x"},
    {"-dsn x", "-conn=x", "-auth x", "--token\nx"},
    {"eyJ01234567.01234567.", "eyJ01234567.eyJ01234567"},
    {"AKIA0123456789ABCDEF", "ASIA0123456789ABCDEF", "AIza" + std::string(35, 'x'), "ya29.x"},
    {"ghp_" + std::string(36, 'x'), "github_pat_x", "glpat-" + std::string(20, 'x')},
    {"xoxa-x", "sk_live_x", "rk_test_x", "npm_" + std::string(36, 'x'), "dckr_pat_x"},
    {"sk-" + std::string(32, 'x'), "hvs." + std::string(24, 'x'),
     "SG." + std::string(16, 'x') + "." + std::string(16, 'x')},
    {std::string(40, 'a')},
    {"a@b.cc"},
    {"4000000000000"},
    {"340000000000000"},
};

// The texts of three bytes and more of which RE2 finds that what the pattern matches has one, in any case. None where
// it can match without any.
std::set<std::string> words_of(const RE2& regex) {
    constexpr int shortest_word = 3;
    re2::FilteredRE2 filter(shortest_word);
    int id = 0;
    std::vector<std::string> words;
    std::vector<int> without_any;
    REQUIRE(filter.Add(regex.pattern(), regex.options(), &id) == RE2::NoError);
    filter.Compile(&words);
    filter.AllPotentials({}, &without_any);
    if (!without_any.empty()) return {};
    return {words.begin(), words.end()};
}

bool matches(const CompiledRule& rule, const std::string& text) {
    return RE2::PartialMatch(re2::StringPiece(text), rule.regex());
}

}  // namespace

TEST_CASE("what the rules need is in the shortest texts that they match") {
    const auto& all = compiled();
    REQUIRE(all.size() == shortest.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const auto& text : shortest[i]) {
            CAPTURE(text);
            CHECK(matches(all[i], text));
            CHECK(Glance(text).allows(all[i]));
        }
        // None is shorter than what is demanded.
        const auto& text = shortest[i].front();
        CHECK(text.size() >= all[i].rule.shortest);
    }
}

// Texts of what the patterns are made of: each that a rule matches must be allowed to.
TEST_CASE("no text that a rule matches is kept from it") {
    const std::vector<std::string> parts = {"pass",
                                            "word",
                                            "token",
                                            "dsn",
                                            "sig",
                                            "SECRET",
                                            "Token",
                                            "COOKIE",
                                            "Bearer",
                                            "api",
                                            "access",
                                            "client",
                                            "key",
                                            "conn",
                                            "string",
                                            "discord.com/api/webhooks/",
                                            "auth",
                                            "-",
                                            "--",
                                            ":",
                                            "=",
                                            "@",
                                            "/",
                                            "://",
                                            "\"",
                                            "\\",
                                            " ",
                                            "\n",
                                            "\v",
                                            ".",
                                            "x",
                                            "0",
                                            "4",
                                            "eyJ",
                                            "AKIA",
                                            "ya29",
                                            "xoxb",
                                            "npm",
                                            "_",
                                            "sk",
                                            "hvs",
                                            "SG",
                                            "ghp",
                                            "glpat",
                                            "bearer",
                                            "basic",
                                            "cookie",
                                            "3400",
                                            "abcdefgh",
                                            "0123456789ABCDEF",
                                            "-----BEGIN A-----",
                                            "authorization",
                                            "credentials",
                                            "hooks.slack.com/services",
                                            "github_pat_",
                                            "@b.cc",
                                            "\"auth\"",
                                            "eyJ01234567.eyJ01234567",
                                            "0123456789",
                                            "yyyyyyyyyyyyyyyyyyyy"};
    std::mt19937 random(20261127);
    const auto& all = compiled();
    std::vector<std::size_t> seen(all.size());
    RE2::Set set(all.front().regex().options(), RE2::UNANCHORED);
    for (const auto& rule : all) REQUIRE(set.Add(rule.regex().pattern(), nullptr) >= 0);
    REQUIRE(set.Compile());
    for (int round = 0; round < 200'000; ++round) {
        std::string text;
        for (auto count = 1 + random() % 7; count > 0; --count) text += parts[random() % parts.size()];
        std::vector<int> hits;
        set.Match(re2::StringPiece(text), &hits);
        const Glance glance(text);
        for (const int hit : hits) {
            const auto at = static_cast<std::size_t>(hit);
            ++seen[at];
            if (!glance.allows(all[at])) FAIL_CHECK("rule " << hit << " matches: " << text);
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        CAPTURE(i);
        CHECK(seen[i] > 0);
    }
}

TEST_CASE("the words of a rule are those that RE2 finds in its pattern") {
    for (const auto& rule : compiled()) {
        std::set<std::string> words;
        for (const auto& word : rule.words) words.insert(word.text);
        CAPTURE(rule.rule.pattern);
        CHECK(words == words_of(rule.regex()));
    }
}

TEST_CASE("every rule but those of digits, runs and addresses asks for a word") {
    for (const auto& rule : compiled()) {
        CAPTURE(rule.rule.pattern);
        CHECK(rule.words.empty() == (rule.rule.personal || rule.rule.run > 0));
    }
}

TEST_CASE("a text is not searched for what it has no word of") {
    const auto allowed = [](std::string_view text) {
        std::vector<std::string_view> kinds;
        const Glance glance(text);
        for (const auto& rule : compiled())
            if (!rule.rule.personal && glance.allows(rule)) kinds.push_back(rule.rule.kind);
        return kinds;
    };
    CHECK(allowed("http://otel-collector.observability.svc.cluster.local:4317").empty());
    CHECK(allowed("--config=/etc/app/config.yaml").empty());
    CHECK(allowed("Back-off restarting failed container web in pod web-6f9c7d").empty());
    CHECK(allowed("DB_PASSWORD=x") == std::vector<std::string_view>{"kv"});
    CHECK(allowed(std::string(39, 'a')).empty());
    CHECK(allowed(std::string(40, 'a')) == std::vector<std::string_view>{"random"});
}
