#include "io/yaml.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "io_fakes.hpp"

using namespace salve;
using namespace salve::test;
using nlohmann::json;

namespace {

json of(std::string_view text) { return io::parse_yaml(text, "p.yaml"); }

std::string refusal_of(std::string_view text, io::YamlLimits limits = {}) {
    const auto error = error_of([&] { io::parse_yaml(text, "p.yaml", limits); });
    CHECK(error.kind() == base::ErrorKind::usage);
    return error.what();
}

}  // namespace

TEST_CASE("plain words are what the core schema says, quoted ones are text") {
    CHECK(of("a: 1\nb: [true, null, ~, x]\nc: {d: -7}\n") ==
          json::parse(R"({"a":1,"b":[true,null,null,"x"],"c":{"d":-7}})"));
    for (const auto* word : {"true", "True", "TRUE"}) CHECK(of(word) == json(true));
    for (const auto* word : {"false", "False", "FALSE"}) CHECK(of(word) == json(false));
    for (const auto* word :
         {"yes", "no", "NO",   "on", "off", "y",   "tRUE", "1.2.3", "1_000", "12e", "0b1",       "-x",
          "+",   ".",  "1:30", "0x", "0o",  "0o8", "0xg",  "1e",    "-e3",   "a1",  "2026-11-21"})
        CHECK(of(word) == json(word));
    for (const auto* word : {"\"1\"", "'1'", "\"true\"", "'null'", "\"~\"", "\"\"", "'0.8'"})
        CHECK(of(word).is_string());
    for (const auto* word : {"", "# nothing", "---\n", "null", "Null", "NULL", "~"}) CHECK(of(word).is_null());
    CHECK(of("a:") == json::parse(R"({"a":null})"));
    CHECK(of("a: |\n  two\n  lines\n") == json::parse(R"({"a":"two\nlines\n"})"));
}

TEST_CASE("numbers keep their value or are refused") {
    CHECK(of("7") == json(7));
    CHECK(of("+7") == json(7));
    CHECK(of("-0") == json(0));
    CHECK(of("007") == json(7));
    CHECK(of("0x1F") == json(31));
    CHECK(of("0o17") == json(15));
    CHECK(of("9223372036854775807") == json(9223372036854775807));
    CHECK(of("-9223372036854775808") == json(std::numeric_limits<std::int64_t>::min()));
    CHECK(of("7").is_number_integer());
    for (const auto* number : {"0.8", "+0.5", "-1.", ".5", "1e3", "1.5E-3", "1e+2"})
        CHECK(of(number).is_number_float());
    CHECK(of("0.8") == json(0.8));
    CHECK(of("-1.") == json(-1.0));
    for (const auto* number :
         {"9223372036854775808", "0xFFFFFFFFFFFFFFFFF", "99999999999999999999", "1e999", "-1e999"}) {
        CAPTURE(number);
        CHECK(contains(refusal_of(number), "too large"));
    }
    for (const auto* number : {".inf", "-.INF", "+.Inf", ".nan", ".NaN"})
        CHECK(contains(refusal_of("a: 1\nb: " + std::string(number)), "p.yaml:2: \"" + std::string(number)));
}

TEST_CASE("JSON comes out as it is") {
    const auto* text = R"({"schema": "policy/v1", "n": [1, -2, true, null, "x\ny", {"a": {}}], "e": []})";
    CHECK(of(text) == json::parse(text));
}

TEST_CASE("what misleads is refused with its line") {
    CHECK(refusal_of("a: &x [1]\nb: 2\n") == "p.yaml:1: anchors and aliases are not allowed");
    CHECK(contains(refusal_of("b: *x\n"), "p.yaml:1: "));
    CHECK(contains(refusal_of("a: &x\n"), "anchors and aliases are not allowed"));
    for (const auto* tagged :
         {"a: !!str 1", "a: !mine x", "a: !!map {}", "a: !!seq []", "a: !<tag:x,2000:y> z", "!!set {a}"})
        CHECK(refusal_of(tagged) == "p.yaml:1: tags are not allowed");
    CHECK(refusal_of("a: 1\nb: 2\na: 3\n") == "p.yaml:3: \"a\" stands there twice");
    CHECK(refusal_of("x:\n  - {a: 1, \"a\": 2}\n") == "p.yaml:2: \"a\" stands there twice");
    CHECK(refusal_of("- {a: null, a: 1}\n") == "p.yaml:1: \"a\" stands there twice");
    for (const auto* key : {"? [a]\n: 1", "? {a: 1}\n: 1", "~: 1", "null: 1", ": 1", "{[a]: 1}"}) {
        CAPTURE(key);
        CHECK(contains(refusal_of(key), "a key must be a word"));
    }
    CHECK(of("1: a\ntrue: b\n") == json::parse(R"({"1":"a","true":"b"})"));
    CHECK(of("<<: {a: 1}") == json::parse(R"({"<<":{"a":1}})"));  // no merge: a key like any other
}

TEST_CASE("bytes that cannot be seen are refused with their line") {
    using namespace std::string_literals;
    // yaml-cpp takes \x04 for the end of the file: rules behind it would be lost without a word.
    for (const auto& hidden : {"\x04"s, "\0"s, "\x1b"s, "\x7f"s, "\r"s, "\xe2\x80\xae"s, "\xe2\x80\x8b"s, "\xff"s,
                               "\xc0\xaf"s, "\xed\xa0\x80"s, "\xc2\x85"s, "\xe2\x80\xa8"s})
        for (const auto& where : {"a: 1\nb: x" + hidden + "y\n", "a: 1\n# " + hidden + " x\nb: 2\n"}) {
            CAPTURE(where);
            CHECK(contains(refusal_of(where), "p.yaml:2: a character that cannot be seen"));
        }
    CHECK(refusal_of("\xef\xbb\xbf"s + "a: 1") == "p.yaml: starts with a byte order mark");
    CHECK(contains(refusal_of("\xff\xfe" + "a\0:\0"s), "p.yaml:1: a character"));
    CHECK(of("a: \"\xc3\xa4\"\r\nb: \"\t\"\r\n") == json::parse("{\"a\":\"\xc3\xa4\",\"b\":\"\\t\"}"));
    CHECK(of("a: \"\\0\"") == json::parse(R"({"a":"\u0000"})"));  // spelled out, it can be seen
}

TEST_CASE("limits are held at the limit and one more") {
    const auto nested = [](int n) {
        return std::string(static_cast<std::size_t>(n), '[') + std::string(static_cast<std::size_t>(n), ']');
    };
    CHECK(of(nested(16)).is_array());
    CHECK(contains(refusal_of(nested(17)), "nested deeper than 16 levels"));
    CHECK(io::parse_yaml(nested(3), "p", {.depth = 3}).is_array());
    CHECK(contains(refusal_of(nested(4), {.depth = 3}), "nested deeper than 3 levels"));
    CHECK(of("[[1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11], [12], [13], [14], [15], [16], [17]]").size() ==
          17);
    CHECK(of("[{a: 1}, {a: 1}, {a: 1}]").size() == 3);
    CHECK(contains(refusal_of(std::string(100000, '[')), "nested deeper"));
    CHECK(contains(refusal_of(std::string(100000, '{')), "nested deeper"));
    CHECK(io::parse_yaml("abcd", "p", {.bytes = 4}) == json("abcd"));
    CHECK(contains(refusal_of("abcde", {.bytes = 4}), "larger than 4 bytes"));
}

TEST_CASE("one document, whole") {
    CHECK(contains(refusal_of("a: 1\n---\nb: 2\n"), "more than one document"));
    CHECK(contains(refusal_of("a: 1\n...\nb: 2\n"), "more than one document"));
    for (const auto* broken :
         {"a: b: c\n", "\"open", "a: [1, 2\n", "\t- a", "a: \"\\q\"", "@x", "`x`", "{a: 1", "[1]]", "a: 1\n]"}) {
        CAPTURE(broken);
        CHECK(refusal_of(broken).starts_with("p.yaml:"));
    }
}

TEST_CASE("the guard alone refuses the same") {
    CHECK_NOTHROW(io::check_yaml("a: 1\n", "p.yaml"));
    for (const auto* text : {"a: &x 1", "a: *x", "a: !!str 1", "a: 1\n---\nb: 1",
                             "\xef\xbb\xbf"
                             "a: 1",
                             "a: \x04"})
        CHECK_THROWS_AS(io::check_yaml(text, "p.yaml"), base::Error);
}

TEST_CASE("a text that is cut anywhere is read or refused, nothing else") {
    const std::string text = "a: [1, \"x\", {b: 2}]\nc:\n  - d: 'y'\n  - {e: 3, f: [4]}\n";
    std::size_t read = 0;
    for (std::size_t at = 0; at <= text.size(); ++at) try {
            of(text.substr(0, at));
            ++read;
        } catch (const base::Error& error) {
            CHECK(std::string(error.what()).starts_with("p.yaml:"));
        }
    CHECK(read >= 2);
}
