#include "base/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace salve::base;
using nlohmann::json;

namespace {

// The message with which the document is refused, or "accepted".
std::string refusal(std::string_view text, JsonLimits limits = {}) {
    try {
        parse_json(text, "f.json", ErrorKind::invalid_record, limits);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_record);
        return error.what();
    }
    return "accepted";
}

template <typename Action>
std::string message_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error.hint().empty() ? error.what() : std::string(error.what()) + " | " + error.hint();
    }
    return "nothing thrown";
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("Good documents are read") {
    CHECK(parse_json(R"( {"a": [1, -2, 1.5, true, null, "\u00e4\ud83d\ude00"], "b": {}} )", "x") ==
          json({{"a", {1, -2, 1.5, true, nullptr, "ä😀"}}, {"b", json::object()}}));
    CHECK(parse_json("3", "x") == 3);
    CHECK(refusal(nested(64)) == "accepted");
    CHECK(refusal(R"([{"a":1},{"a":1},{"b":{"a":1}}])") == "accepted");
}

TEST_CASE("Bad documents are refused with the place and the reason") {
    CHECK(refusal("") == "f.json: empty");
    CHECK(refusal(" \n\t") == "f.json: empty");
    CHECK(refusal("\xEF\xBB\xBF{}") == "f.json: starts with a byte order mark");
    CHECK(refusal("{\n \"allow\": 1,\n \"allow\": 2}") == "f.json: line 3, byte 23: duplicate key \"allow\"");
    CHECK(refusal(R"({"a":{"b":1,"\u0062":2}})").ends_with("duplicate key \"b\""));  // equal once unescaped
    CHECK(refusal(nested(65)) == "f.json: line 1, byte 65: more than 64 levels deep");
    CHECK(refusal(nested(100'000)).ends_with("more than 64 levels deep"));
    CHECK(refusal(std::string(100'000, '[')).ends_with("more than 64 levels deep"));
    CHECK(refusal("[1,2,3]", {.depth = 64, .bytes = 100, .elements = 4}) == "accepted");
    CHECK(refusal("[1,2,3]", {.depth = 64, .bytes = 100, .elements = 3}).ends_with("more than 3 elements"));
    CHECK(refusal("[1,2,3]", {.depth = 64, .bytes = 6, .elements = 9}) == "f.json: larger than 6 bytes");
    CHECK(refusal("{\n\n  \"a\": tru\n}").starts_with("f.json: line 3, byte "));
    for (const char* text : {"{",     "[1,]",      "{} {}", "{}x",         "nul",      "'a'",           "{a:1}",
                             "[01]",  "1e999",     "-",     "\"\\ud800\"", "\"\xff\"", "\"\xC0\xAF\"",  "\"a\nb\"",
                             "[1 2]", "{\"a\" 1}", "NaN",   "// c\n1",     "\"\\x\"",  "\xFF\xFE{\0}\0"})
        CHECK_MESSAGE(refusal(text).starts_with("f.json: line "), text);
    CHECK(refusal(std::string_view("{}\0", 3)) == "f.json: line 1, byte 3: NUL byte");
    CHECK(refusal("\"\x1b[2J\"").find('\x1b') == std::string::npos);
}

TEST_CASE("A document cut anywhere is refused, never shorter") {
    const std::string whole = R"({"items":[{"name":"a\u00e4","n":[1,2.5,-3]},{"ok":true}],"next":null})";
    for (std::size_t n = 0; n < whole.size(); ++n) CHECK_MESSAGE(refusal(whole.substr(0, n)) != "accepted", n);
}

TEST_CASE("Getters name the path, what they wanted and what they found") {
    const json document = parse_json(
        R"({"rules":[{"name":"a","n":3,"on":true,"tags":["x","y"],"gone":null},{"name":7,"n":1.5,"a b":{"c":1}}],"big":18446744073709551615})",
        "x");
    const JsonView root(document, "policy.json", ErrorKind::usage);
    const auto rules = root.at("rules").items();
    REQUIRE(rules.size() == 2);
    CHECK(rules[0].at("name").text() == "a");
    CHECK(rules[0].at("n").integer() == 3);
    CHECK(rules[0].at("n").integer(1, 3) == 3);
    CHECK(rules[0].at("on").boolean());
    CHECK(rules[0].at("tags").texts() == std::vector<std::string>{"x", "y"});
    CHECK(rules[0].keys() == std::vector<std::string>{"gone", "n", "name", "on", "tags"});
    CHECK_FALSE(rules[0].find("gone"));
    CHECK_FALSE(rules[0].find("absent"));
    CHECK(message_of([&] { rules[0].at("gone"); }) == "policy.json: .rules[0]: missing \"gone\"");
    CHECK(message_of([&] { rules[1].at("name").text(); }) ==
          "policy.json: .rules[1].name: expected text, found a number");
    CHECK(message_of([&] { rules[1].at("n").integer(); }) ==
          "policy.json: .rules[1].n: expected a whole number, found a number with a fraction");
    CHECK(message_of([&] { rules[0].at("n").integer(4, 9); }) == "policy.json: .rules[0].n: expected 4 to 9, found 3");
    CHECK(message_of([&] { rules[1].at("a b").at("c").text(); }) ==
          "policy.json: .rules[1][\"a b\"].c: expected text, found a number");
    CHECK(message_of([&] { root.at("big").integer(); }) == "policy.json: .big: number too large");
    CHECK(message_of([&] { root.at("rules").keys(); }) == "policy.json: .rules: expected an object, found an array");
    CHECK(message_of([&] { root.items(); }) == "policy.json: expected an array, found an object");
    CHECK(message_of([&] { rules[0].at("name").boolean(); }) ==
          "policy.json: .rules[0].name: expected a boolean, found text");
}

TEST_CASE("Unknown keys are refused with a suggestion") {
    const json document = {{"namespce", 1}};
    const JsonView root(document, "p.json");
    const std::vector<std::string_view> known{"limit", "namespace"};
    CHECK(message_of([&] { root.only(known); }) == "p.json: unknown key \"namespce\" | did you mean \"namespace\"?");
    const std::vector<std::string_view> far{"limit", "x"};
    CHECK(message_of([&] { root.only(far); }) == "p.json: unknown key \"namespce\" | known: limit, x");
    const std::vector<std::string_view> same{"namespce"};
    CHECK(message_of([&] { root.only(same); }) == "nothing thrown");
}

TEST_CASE("The canonical form is one spelling") {
    CHECK(canonical(json::parse(R"( { "b" : [ 1 , -2, true, null ] , "a" : { } , "B":[] } )")) ==
          R"({"B":[],"a":{},"b":[1,-2,true,null]})");
    CHECK(canonical("a\"\\/\b\t\n\f\r\x01\x1f\x7fä😀") == "\"a\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\x7fä😀\"");
    CHECK(canonical(9'007'199'254'740'991) == "9007199254740991");
    CHECK(canonical(-9'007'199'254'740'991) == "-9007199254740991");
    const json deep = parse_json(nested(64), "x");
    CHECK(canonical(deep) == nested(64));
    const std::string once = canonical(json::parse(R"({"z":{"y":["ü",{"x":0}]},"a":-5})"));
    CHECK(canonical(parse_json(once, "x")) == once);
}

TEST_CASE("What has no canonical form is an internal error") {
    json deep = json::array();
    for (int i = 0; i < 64; ++i) {
        json outer = json::array();
        outer.push_back(std::move(deep));
        deep = std::move(outer);
    }
    const json refused[] = {
        1.0,    0.5,        9'007'199'254'740'992, -9'007'199'254'740'992, 18'446'744'073'709'551'615U,
        "\xff", {{"ä", 1}}, json::binary({1, 2}),  {{"a", {{"b", 1.5}}}},  deep};
    for (const json& value : refused) {
        try {
            canonical(value);
            FAIL_CHECK("accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::internal);
        }
    }
}

namespace {

// What is_canonical stands for.
bool reads_as_itself(const std::string& text, const JsonLimits& limits) {
    try {
        return canonical(parse_json(text, "x", ErrorKind::usage, limits)) == text;
    } catch (const Error&) {
        return false;
    }
}

// The texts for which the two differ.
std::vector<std::string> differing(const std::vector<std::string>& texts, const JsonLimits& limits = {}) {
    std::vector<std::string> found;
    for (const auto& text : texts)
        if (is_canonical(text, limits) != reads_as_itself(text, limits)) found.push_back(text);
    return found;
}

}  // namespace

TEST_CASE("A text is canonical if it reads as a value that is written so") {
    const std::vector<std::string> texts = {"",
                                            " ",
                                            "1",
                                            "0",
                                            "-0",
                                            "-1",
                                            "01",
                                            "1.0",
                                            "1e3",
                                            "-",
                                            "+1",
                                            "null",
                                            "nul",
                                            "nulll",
                                            "true",
                                            "false",
                                            "True",
                                            "\"a\"",
                                            "\"a",
                                            "a",
                                            "{}",
                                            "[]",
                                            "{ }",
                                            "[ ]",
                                            "[1,2]",
                                            "[1, 2]",
                                            "[1,]",
                                            "[,1]",
                                            "[1 2]",
                                            "[1",
                                            "]",
                                            "1 ",
                                            " 1",
                                            "1\n",
                                            "{}{}",
                                            "{\"a\":1}",
                                            "{\"a\"}",
                                            "{\"a\":}",
                                            "{\"a\":1,}",
                                            "{a:1}",
                                            "{\"a\" :1}",
                                            "[\"\t\"]",
                                            "\"\x7f\"",
                                            "\"\\/\"",
                                            "\"/\"",
                                            "\"\\\"\\\\\"",
                                            "\"\\b\\t\\n\\f\\r\"",
                                            "\"\\u0000\"",
                                            "\"\\u001f\"",
                                            "\"\\u001F\"",
                                            "\"\\u0020\"",
                                            "\"\\u0008\"",
                                            "\"\\u000a\"",
                                            "\"\\u000b\"",
                                            "\"\\u00e4\"",
                                            "\"\\ud83d\\ude00\"",
                                            "\"\\u12\"",
                                            "\"\\x\"",
                                            "\"\\\"",
                                            "\"ä😀\"",
                                            "\"\xff\"",
                                            "\"\xC0\xAF\"",
                                            "\"\xED\xA0\x80\"",
                                            "\"\xF4\x90\x80\x80\"",
                                            "\"\xEF\xBF\xBF\"",
                                            "\xEF\xBB\xBF{}",
                                            std::string("1\0", 2),
                                            std::string("\"\0\"", 3),
                                            R"({"a":1,"b":2})",
                                            R"({"b":1,"a":2})",
                                            R"({"a":1,"a":2})",
                                            R"({"":1})",
                                            R"({"":1,"":2})",
                                            R"({"ä":1})",
                                            R"({"B":1,"a":2})",
                                            R"({"a":1,"aa":2})",
                                            R"({"aa":1,"a":2})",
                                            R"({"\"":1,"a":2})",
                                            R"({"\n":1,"a":2})",
                                            R"({"\\":1,"a":2})",
                                            R"({"a":1,"\\":2})",
                                            R"({"A":1,"\u0061":2})",
                                            "9007199254740991",
                                            "9007199254740992",
                                            "-9007199254740991",
                                            "-9007199254740992",
                                            "10000000000000000",
                                            "99999999999999999999",
                                            "-99999999999999999999",
                                            nested(63),
                                            nested(64),
                                            nested(65),
                                            "[" + nested(40) + "," + nested(64) + "]"};
    CHECK(differing(texts).empty());
    CHECK(differing(texts, {.depth = 2, .bytes = 8, .elements = 2}).empty());
    CHECK(is_canonical(R"({"B":[],"a":{},"b":[1,-2,true,null,"\u0001"]})"));
    CHECK_FALSE(is_canonical(R"({"a":[1,2,3]})", {.depth = 1, .bytes = 100, .elements = 100}));
    CHECK_FALSE(is_canonical(R"({"a":[1,2,3]})", {.depth = 9, .bytes = 100, .elements = 4}));
    CHECK_FALSE(is_canonical(R"({"a":[1,2,3]})", {.depth = 9, .bytes = 12, .elements = 100}));
    CHECK(is_canonical(R"({"a":[1,2,3]})", {.depth = 2, .bytes = 13, .elements = 5}));
}

TEST_CASE("A canonical text of which one byte is another, missing or too many is as canonical as it reads") {
    const std::string whole = R"({"a":[1,-20,true,null,{"b":"x\"\\\n\u0001ä"}],"a\tb":{},"c":[],"z":9007199254740991})";
    REQUIRE(is_canonical(whole));
    std::vector<std::string> texts;
    const std::string_view bytes(" \n\t\"\\,:[]{}019-abnrtuzA.\x01\x7f\xc3\xa4\x00", 30);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        texts.push_back(whole.substr(0, i));
        texts.push_back(std::string(whole).erase(i, 1));
        for (const char byte : bytes) {
            texts.push_back(whole);
            texts.back()[i] = byte;
            texts.push_back(std::string(whole).insert(i, 1, byte));
        }
    }
    CHECK(differing(texts).empty());
}
