#include "audit/schema.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "audit_builders.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "hostile.hpp"
#include "test_paths.hpp"

using namespace salve;
using namespace salve::test;
using audit::Schema;
using nlohmann::json;

namespace {

std::string fault(std::string_view schema, const json& document, bool newer_minor = false) {
    return Schema(schema).fault(document, newer_minor).value_or("allowed");
}

std::string run_fault(const json& record, bool newer_minor = false) {
    return audit::run_schema().fault(record, newer_minor).value_or("allowed");
}

std::string record_fault(const json& record) { return audit::record_fault(record).value_or("allowed"); }

// The message with which the text is refused as a schema, or "accepted".
std::string refusal(std::string_view schema) {
    try {
        const Schema compiled(schema);
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::internal);
        return error.what();
    }
    return "accepted";
}

const json& published() {
    static const json schema = json::parse(audit::run_schema_text());
    return schema;
}

// Follows a reference, and goes past "or null".
const json& resolved(const json& node, std::set<std::string>& used) {
    if (node.contains("anyOf")) return resolved(node["anyOf"][0], used);
    if (!node.contains("$ref")) return node;
    const std::string name = node["$ref"].get<std::string>().substr(std::string("#/$defs/").size());
    used.insert(name);
    return resolved(published()["$defs"][name], used);
}

bool may_be_null(const json& node) {
    if (node.empty() || (node.size() == 1 && node.contains("description"))) return true;
    if (node.contains("anyOf")) return true;
    const json type = node.value("type", json());
    return type.is_array() && std::find(type.begin(), type.end(), "null") != type.end();
}

struct Place {
    json& value;
    const json& declared;  // as the schema says it at this place
    const json& node;      // the same, resolved
    std::string path;
    bool anything() const { return may_be_null(node) && !node.contains("type"); }
};

using Visit = std::function<void(const Place&)>;

// Every value of a record with the part of the published schema that it must keep to; not the insides of what may be
// anything.
void walk(json& value, const json& declared, const std::string& path, std::set<std::string>& used, const Visit& visit) {
    const json& node = resolved(declared, used);
    const Place place{value, declared, node, path};
    visit(place);
    if (place.anything()) return;
    if (value.is_object())
        for (auto it = value.begin(); it != value.end(); ++it) {
            const bool known = node.contains("properties") && node["properties"].contains(it.key());
            walk(it.value(), known ? node["properties"][it.key()] : node["additionalProperties"],
                 path + base::json_step(it.key()), used, visit);
        }
    if (value.is_array())
        for (std::size_t i = 0; i < value.size(); ++i)
            walk(value[i], node["items"], fmt::format("{}[{}]", path, i), used, visit);
}

void each(json& record, const Visit& visit) {
    std::set<std::string> used;
    walk(record, published(), "", used, visit);
}

// What run_fault says of the record while this value stands there.
std::string with(const json& record, const Place& place, json value) {
    std::swap(place.value, value);
    std::string said = run_fault(record);
    std::swap(place.value, value);
    return said;
}

std::string umlauts(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "ä";
    return text;
}

}  // namespace

TEST_CASE("Types are told apart, and named") {
    const auto all = {"string", "integer", "boolean", "array", "object", "null"};
    const std::vector<std::pair<json, std::string>> values = {{"x", "a string"},
                                                              {1, "an integer"},
                                                              {true, "a boolean"},
                                                              {json::array(), "an array"},
                                                              {json::object(), "an object"},
                                                              {nullptr, "null"}};
    std::size_t at = 0;
    for (const std::string word : all) {
        const std::string schema = json{{"type", word}}.dump();
        for (const auto& [value, phrase] : values)
            CHECK(fault(schema, value) ==
                  (phrase == values[at].second ? "allowed" : ".: expected " + values[at].second + ", found " + phrase));
        CHECK(fault(schema, 1.0) == ".: expected " + values[at].second + ", found a number with a fraction");
        ++at;
    }
    CHECK(fault(R"({"type": ["null", "integer", "string"]})", true) ==
          ".: expected a string, an integer or null, found a boolean");
    for (const json& value : {json(1.5), json(), json("x"), json({{"a", {1}}})}) CHECK(fault("{}", value) == "allowed");
}

TEST_CASE("Constants and enumerations") {
    CHECK(fault(R"({"const": "a"})", "a") == "allowed");
    CHECK(fault(R"({"const": "a"})", "b") == ".: expected \"a\", found \"b\"");
    CHECK(fault(R"({"const": "a"})", json::array()) == ".: expected \"a\", found an array");
    CHECK(fault(R"({"const": 1})", 1) == "allowed");
    CHECK(fault(R"({"const": 1})", true) == ".: expected 1, found true");
    CHECK(fault(R"({"const": 1})", 1.0) == ".: expected 1, found a number with a fraction");
    CHECK(fault(R"({"const": null})", nullptr) == "allowed");
    CHECK(fault(R"({"const": null})", false) == ".: expected null, found false");
    CHECK(fault(R"({"enum": ["a", "b", 3]})", 3) == "allowed");
    CHECK(fault(R"({"enum": ["a", "b", 3]})", "c") == ".: expected \"a\", \"b\" or 3, found \"c\"");
    CHECK(fault(R"({"enum": ["a"], "type": "string"})", 1) == ".: expected a string, found an integer");
}

TEST_CASE("Texts are measured in code points") {
    const auto between = R"({"type": ["string", "null"], "minLength": 2, "maxLength": 3})";
    CHECK(fault(between, "ä") == ".: shorter than 2 characters");
    CHECK(fault(between, "ää") == "allowed");
    CHECK(fault(between, "😀😀😀") == "allowed");
    CHECK(fault(between, "aaaa") == ".: longer than 3 characters");
    CHECK(fault(between, umlauts(4)) == ".: longer than 3 characters");
    CHECK(fault(between, std::string(1'000'000, 'x')) == ".: longer than 3 characters");
    CHECK(fault(between, nullptr) == "allowed");
}

TEST_CASE("Patterns are matched anywhere unless they are anchored, and to the very end") {
    CHECK(fault(R"({"type": "string", "pattern": "b+"})", "abbc") == "allowed");
    CHECK(fault(R"({"type": "string", "pattern": "^b+$"})", "bb") == "allowed");
    CHECK(fault(R"({"type": "string", "pattern": "^b+$"})", "bb\n") == ".: expected ^b+$, found \"bb\\x0a\"");
    CHECK(fault(R"({"type": "string", "pattern": "^b+$"})", "a\nbb") == ".: expected ^b+$, found \"a\\x0abb\"");
    CHECK(fault(R"({"type": "string", "pattern": "^.$"})", "😀") == "allowed");
}

TEST_CASE("Integers have bounds, up to the largest that there are") {
    const auto range = R"({"type": "integer", "minimum": -1, "maximum": 9007199254740991})";
    CHECK(fault(range, -1) == "allowed");
    CHECK(fault(range, -2) == ".: expected at least -1, found -2");
    CHECK(fault(range, 9'007'199'254'740'991) == "allowed");
    CHECK(fault(range, 9'007'199'254'740'992) == ".: expected at most 9007199254740991, found 9007199254740992");
    CHECK(fault(range, 18'446'744'073'709'551'615U) ==
          ".: expected at most 9007199254740991, found 18446744073709551615");
    CHECK(fault(R"({"type": "integer", "maximum": 9223372036854775807})", 9'223'372'036'854'775'808U) ==
          ".: expected at most 9223372036854775807, found 9223372036854775808");
    CHECK(fault(R"({"type": "integer", "maximum": -1})", 18'446'744'073'709'551'615U) ==
          ".: expected at most -1, found 18446744073709551615");
    CHECK(fault(R"({"type": "integer", "minimum": 1})", 9'223'372'036'854'775'808U) == "allowed");
}

TEST_CASE("Objects: required keys, unknown keys, other keys") {
    const auto closed = R"({"type": "object", "additionalProperties": false, "required": ["m", "b"],
                            "properties": {"b": {"type": "integer"}, "m": {}, "z": {"type": "null"}}})";
    CHECK(fault(closed, {{"b", 1}, {"m", 1}}) == "allowed");
    CHECK(fault(closed, {{"b", 1}, {"m", 1}, {"z", nullptr}}) == "allowed");
    CHECK(fault(closed, {{"b", 1}}) == ".: missing \"m\"");
    CHECK(fault(closed, {{"m", 1}}) == ".: missing \"b\"");
    CHECK(fault(closed, json::object()) == ".: missing \"b\"");
    // The first in the order of the keys, whatever is wrong with it.
    CHECK(fault(closed, {{"a", 1}, {"b", "x"}}) == ".a: unknown key");
    CHECK(fault(closed, {{"b", "x"}}) == ".b: expected an integer, found a string");
    CHECK(fault(closed, {{"b", 1}, {"z", 1}}) == ".: missing \"m\"");
    CHECK(fault(closed, {{"b", 1}, {"c", 1}, {"z", 1}}) == ".c: unknown key");
    CHECK(fault(closed, {{"b", 1}, {"m", 1}, {"z", 1}}) == ".z: expected null, found an integer");
    CHECK(fault(closed, {{"b", 1}, {"m", 1}, {"zz", 1}}) == ".zz: unknown key");
    CHECK(fault(closed, {{"b", 1}, {"c", 1}, {"m", 1}}, true) == "allowed");
    CHECK(fault(closed, {{"b", 1}, {"c", 1}}, true) == ".: missing \"m\"");
    CHECK(fault(closed, {{"a", 1}, {"b", "x"}}, true) == ".b: expected an integer, found a string");
    const auto map = R"({"type": "object", "additionalProperties": {"type": "integer"}, "properties": {"s": {}}})";
    CHECK(fault(map, {{"a b", 1}, {"s", "x"}}) == "allowed");
    CHECK(fault(map, {{"a b", "x"}}) == ".[\"a b\"]: expected an integer, found a string");
    CHECK(fault(map, {{"a b", "x"}}, true) == ".[\"a b\"]: expected an integer, found a string");
    CHECK(fault(R"({"type": "object", "properties": {"a": {}}})", {{"b", 1}}) == "allowed");
}

TEST_CASE("Lists, alternatives and references") {
    const auto list = R"({"type": "object", "properties": {"l": {"type": "array", "items": {"$ref": "#/$defs/n"}}},
                          "$defs": {"n": {"anyOf": [{"$ref": "#/$defs/o"}, {"type": "null"}], "title": "t"},
                                    "o": {"type": "object", "required": ["k"],
                                          "properties": {"k": {"type": "integer"}}}}})";
    CHECK(fault(list, {{"l", {nullptr, {{"k", 1}}}}}) == "allowed");
    CHECK(fault(list, {{"l", {nullptr, {{"k", 1}}, {{"k", "x"}}}}}) == ".l[2].k: expected an integer, found a string");
    CHECK(fault(list, {{"l", {json::object()}}}) == ".l[0]: missing \"k\"");
    CHECK(fault(list, {{"l", {3}}}) == ".l[0]: expected an object or null, found an integer");
    CHECK(fault(R"({"type": "array"})", {1, "x"}) == "allowed");
    CHECK(fault(R"({"type": "array", "items": {"type": "null"}})", {nullptr, 1}) ==
          ".[1]: expected null, found an integer");
    const auto either = R"({"anyOf": [{"type": "string", "maxLength": 1}, {"const": "long"}]})";
    CHECK(fault(either, "x") == "allowed");
    CHECK(fault(either, "long") == "allowed");
    CHECK(fault(either, "longer") == ".: longer than 1 characters");
    CHECK(fault(R"({"type": "string", "maxLength": 2, "anyOf": [{"const": "a"}, {"const": "abc"}]})", "abc") ==
          ".: longer than 2 characters");
}

TEST_CASE("A schema with anything that would not be enforced is refused") {
    CHECK(refusal(R"({"$schema": "s", "$id": "i", "title": "t", "description": "d"})") == "accepted");
    CHECK(refusal(R"({"format": "uri"})") == "schema: keyword \"format\" is not supported here");
    CHECK(refusal(R"({"type": "array", "items": {"oneOf": []}})") ==
          "schema: .items: keyword \"oneOf\" is not supported here");
    CHECK(refusal(R"({"type": "object", "properties": {"a": {"$defs": {}}}})") ==
          "schema: .properties.a: keyword \"$defs\" is not supported here");
    CHECK(refusal(R"({"$defs": {"unused": {"maxItems": 1}}})") ==
          "schema: [\"$defs\"].unused: keyword \"maxItems\" is not supported here");
    CHECK(refusal(R"({"type": "integer", "maxLength": 1})") == "schema: \"maxLength\" needs a string in \"type\"");
    CHECK(refusal(R"({"required": []})") == "schema: \"required\" needs an object in \"type\"");
    CHECK(refusal(R"({"minimum": 1})") == "schema: \"minimum\" needs an integer in \"type\"");
    CHECK(refusal(R"({"items": {}})") == "schema: \"items\" needs an array in \"type\"");
    CHECK(refusal(R"({"type": "object", "required": ["a"]})") == "schema: .required[0]: no property \"a\"");
    CHECK(refusal(R"({"$ref": "#/$defs/a", "type": "null"})") ==
          "schema: keyword \"type\" is not supported beside \"$ref\"");
    CHECK(refusal(R"({"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}})") ==
          "schema: [\"$defs\"].a: leads back to itself");
    CHECK(refusal(R"({"const": "a", "enum": ["a"]})") == "schema: \"const\" beside \"enum\"");
    CHECK(refusal(R"({"type": "string", "anyOf": [{"type": "null"}]})") == "schema: allows nothing");
    CHECK(refusal(R"({"anyOf": []})") == "schema: .anyOf: is empty");
    CHECK(refusal(R"({"enum": []})") == "schema: .enum: is empty");
    CHECK(refusal(R"({"type": "string", "pattern": "("})").starts_with("schema: .pattern: no pattern: "));
    CHECK(refusal(R"({"type": "string", "type": "null"})").ends_with("duplicate key \"type\""));
    for (const char* text : {"",
                             "[]",
                             "true",
                             R"({"type": "number"})",
                             R"({"type": []})",
                             R"({"type": null})",
                             R"({"type": "Integer"})",
                             R"({"type": "string", "maxLength": -1})",
                             R"({"type": "string", "maxLength": null})",
                             R"({"type": "string", "maxLength": 1.5})",
                             R"({"type": "string", "minLength": "1"})",
                             R"({"type": "integer", "maximum": 1e3})",
                             R"({"type": "integer", "minimum": "0"})",
                             R"({"type": "object", "additionalProperties": true})",
                             R"({"type": "object", "additionalProperties": null})",
                             R"({"type": "object", "properties": {"a": true}})",
                             R"({"type": "object", "properties": {"a": null}})",
                             R"({"type": "object", "properties": {"a": {}}, "required": "a"})",
                             R"({"type": "array", "items": []})",
                             R"({"const": 1.5})",
                             R"({"const": {}})",
                             R"({"enum": [[]]})",
                             R"({"enum": "a"})",
                             R"({"title": 1})",
                             R"({"$ref": "#/$defs/gone"})",
                             R"({"$ref": "other.json"})",
                             R"({"$ref": null})",
                             R"({"anyOf": [{"$ref": "#/$defs/a/title"}], "$defs": {"a/title": {}}})",
                             R"({"$defs": []})",
                             R"({"$defs": null})"})
        CHECK_MESSAGE(refusal(text) != "accepted", std::string(text));
}

TEST_CASE("A fault is one short line that shows what it found") {
    tests::Hostile hostile(7);
    const Schema schema(R"({"type": "object", "additionalProperties": {"type": "object",
                            "additionalProperties": {"type": "string", "pattern": "^never$"}}})");
    for (int i = 0; i < 300; ++i) {
        const std::string key = base::sanitize_utf8(hostile.text() + std::string(hostile.below(200), 'k'));
        const json document = {{key, {{key, hostile.text() + std::string(hostile.below(9000), 'v')}}}};
        const std::string said = schema.fault(document, false).value_or("allowed");
        CHECK(said != "allowed");
        CHECK(base::visible(said) == said);
        CHECK(said.size() < 2000);
    }
    const std::string deep(100, 'k');
    CHECK(schema.fault({{"x", {{deep, ""}}}}, false) ==
          ".x[\"" + std::string(77, 'k') + "…\"]: expected ^never$, found \"\"");
}

TEST_CASE("The schema in the program is the published one") {
    std::ifstream file(SALVE_SOURCE_DIR "/lib/audit/run.schema.json");
    std::stringstream text;
    text << file.rdbuf();
    CHECK(text.str() == audit::run_schema_text());
}

TEST_CASE("Whole records are allowed, and fill every definition of the schema") {
    CHECK(record_fault(minimal_record()) == "allowed");
    CHECK(record_fault(full_record()) == "allowed");
    json record = full_record();
    std::set<std::string> used, defined;
    walk(record, published(), "", used, [](const Place& place) {
        CHECK_MESSAGE((!place.value.is_null() || place.path.starts_with(".llm.options.")), place.path);
        CHECK_MESSAGE(!(place.value.is_structured() && place.value.empty()), place.path);
    });
    for (const auto& [name, node] : published()["$defs"].items()) defined.insert(name);
    CHECK(used == defined);
}

TEST_CASE("Every object of a record is closed, and every field is needed") {
    json record = full_record();
    std::size_t removed = 0, added = 0;
    each(record, [&](const Place& place) {
        if (!place.value.is_object() || place.anything() || place.node["additionalProperties"].is_object()) return;
        const std::string at = place.path.empty() ? "." : place.path;
        const json whole = place.value;
        for (const auto& [key, value] : whole.items()) {
            place.value.erase(key);
            for (const bool newer : {false, true})
                CHECK(run_fault(record, newer) == fmt::format("{}: missing \"{}\"", at, key));
            place.value = whole;
            ++removed;
        }
        for (const char* key : {"aa_new", "zz_new"}) {
            place.value[key] = 1;
            CHECK(run_fault(record) == fmt::format("{}.{}: unknown key", place.path, key));
            CHECK(run_fault(record, true) == "allowed");
            place.value = whole;
            ++added;
        }
    });
    CHECK(removed > 300);
    CHECK(added > 80);
    CHECK(run_fault(record) == "allowed");
}

TEST_CASE("No field of a record takes another type") {
    json record = full_record();
    each(record, [&](const Place& place) {
        const std::vector<json> kinds = {1.5, true, json::array({json::array()}), {{"wrong", 1.5}}, "?\n", nullptr, 7};
        const bool null = may_be_null(place.declared) || may_be_null(place.node);
        for (const json& other : kinds) {
            if (place.path.starts_with(".llm.options.") && !other.is_number_float() && !other.is_structured()) continue;
            const std::string said = with(record, place, other);
            if (place.anything() || (other.is_null() && null)) {
                CHECK_MESSAGE(said == "allowed", place.path);
            } else if (other.type_name() != place.value.type_name() || other.is_number_float()) {
                const std::string start = (place.path.empty() ? "." : place.path) + ": expected ";
                CHECK_MESSAGE(said.starts_with(start), said);
            }
        }
    });
}

TEST_CASE("Every bound of every field is kept") {
    json record = full_record();
    std::size_t integers = 0, words = 0, texts = 0, patterns = 0;
    each(record, [&](const Place& place) {
        const json& node = place.node;
        const auto refused = [&](const json& value) {
            const std::string said = with(record, place, value);
            CHECK_MESSAGE(said.starts_with(place.path + ": "), said);
        };
        const auto allowed = [&](const json& value) {
            CHECK_MESSAGE(with(record, place, value) == "allowed", place.path);
        };
        if (place.anything()) return;
        if (place.value.is_number_integer()) {
            const auto least = node["minimum"].get<std::int64_t>(), most = node["maximum"].get<std::int64_t>();
            for (const std::int64_t good : {least, most}) allowed(good);
            for (const std::int64_t bad : {least - 1, most + 1}) refused(bad);
            for (const double bad : {1.0, 1e300}) refused(bad);
            refused(18'446'744'073'709'551'615U);
            ++integers;
        }
        if (!place.value.is_string()) return;
        if (node.contains("enum")) {
            for (const json& word : node["enum"]) allowed(word);
            for (const char* word : {"other", "", "Triage"}) refused(word);
            ++words;
        } else if (node.contains("const")) {
            refused("other");
        } else if (node.contains("pattern")) {
            for (const char* bad : {"ä", " ", "\n", "x y"}) refused(bad);
            refused(place.value.get<std::string>() + "\n");
            refused(std::string(1'000'000, '1'));
            ++patterns;
        } else {
            const auto most = node["maxLength"].get<std::size_t>();
            allowed(umlauts(most));
            refused(umlauts(most + 1));
            ++texts;
        }
    });
    CHECK(integers > 40);
    CHECK(words > 15);
    CHECK(texts > 100);
    CHECK(patterns > 50);
}

TEST_CASE("No part of the schema is unbounded but the four that may be anything") {
    std::vector<std::string> open;
    const std::function<void(const json&, const std::string&)> look = [&](const json& node, const std::string& at) {
        const json type = node.value("type", json());
        const auto is = [&](const char* word) {
            return type == word || (type.is_array() && std::find(type.begin(), type.end(), word) != type.end());
        };
        if (is("string"))
            CHECK_MESSAGE((node.contains("maxLength") || node.contains("pattern") || node.contains("enum")), at);
        if (is("integer")) CHECK_MESSAGE((node.contains("minimum") && node.contains("maximum")), at);
        if (is("array")) CHECK_MESSAGE(node.contains("items"), at);
        if (is("object")) CHECK_MESSAGE(node.contains("additionalProperties"), at);
        if (type.is_null() && !node.contains("const") && !node.contains("anyOf") && !node.contains("$ref"))
            open.push_back(at);
        for (const char* map : {"properties", "$defs"})
            if (node.contains(map))
                for (const auto& [name, part] : node[map].items()) look(part, at + "." + name);
        for (const char* part : {"items", "additionalProperties"})
            if (node.contains(part) && node[part].is_object()) look(node[part], at + "[]");
        if (node.contains("properties") && node["additionalProperties"] == false)
            CHECK_MESSAGE(node["required"].size() == node["properties"].size(), at);
        if (node.contains("anyOf"))
            for (const json& part : node["anyOf"]) look(part, at);
    };
    look(published(), "");
    CHECK(open ==
          std::vector<std::string>{".plan.document", ".precondition.tests[].value", ".request.body", ".step.patch"});
}

TEST_CASE("Impossible times are refused") {
    for (const char* time :
         {"2026-13-21T08:00:00.000000Z", "2026-00-21T08:00:00.000000Z", "2026-11-32T08:00:00.000000Z",
          "2026-11-21T24:00:00.000000Z", "2026-11-21T08:60:00.000000Z", "2026-11-21T08:00:00Z",
          "2026-11-21T08:00:00.000000+00:00", "2026-11-21t08:00:00.000000z"}) {
        json record = minimal_record();
        record["time"]["sealed_at"] = time;
        CHECK_MESSAGE(run_fault(record).starts_with(".time.sealed_at: expected ^"), time);
    }
}

TEST_CASE("Where anything is allowed nothing is too deep") {
    json record = full_record();
    // 60 levels below the four that lead to it: what the parser lets through.
    const json nested = base::parse_json(std::string(60, '[') + std::string(60, ']'), "x");
    record["steps"][0]["patch"] = nested;
    record["plan"]["document"] = nested;
    CHECK(record_fault(base::parse_json(record.dump(), "x")) == "allowed");
    // Deeper than any parser of ours: it is not entered, so the stack does not care.
    json deep = json::array();
    for (int i = 0; i < 200'000; ++i) {
        json outer = json::array();
        outer.push_back(std::move(deep));
        deep = std::move(outer);
    }
    record["plan"]["steps"][0]["request"]["body"] = std::move(deep);
    CHECK(record_fault(record) == "allowed");
    std::swap(record["plan"]["steps"][0]["request"]["body"], record["warnings"]);
    CHECK(record_fault(record) == ".warnings[0]: expected a string, found an array");
}

TEST_CASE("A record says which schema it keeps to") {
    json record = minimal_record();
    record["schema"] = "salve.run/v2";
    CHECK(record_fault(record) == ".schema: this salve reads \"salve.run/v1\", the record is \"salve.run/v2\"");
    for (const char* other : {"salve.run/v0", "salve.run/v1 ", "salve.run/v1.1"}) {
        record["schema"] = other;
        CHECK(record_fault(record) ==
              fmt::format(".schema: this salve reads \"salve.run/v1\", the record is \"{}\"", other));
    }
    record["schema"] = "salve.plan/v1";
    CHECK(record_fault(record) == ".schema: expected \"salve.run/v1\", found \"salve.plan/v1\"");
    record["schema"] = 1;
    CHECK(record_fault(record) == ".schema: expected \"salve.run/v1\", found 1");
    record.erase("schema");
    CHECK(record_fault(record) == ".: missing \"schema\"");
    CHECK(record_fault(json::array()) == ".: expected an object, found an array");
    CHECK(record_fault(nullptr) == ".: expected an object, found null");
}

TEST_CASE("A newer minor version may have keys that we do not know, and nothing else") {
    json record = full_record();
    record["new"] = {{"deep", json::array({1.5})}};
    record["steps"][0]["new"] = nullptr;
    CHECK(record_fault(record) == ".new: unknown key");
    record["schema_minor"] = audit::schema_minor + 1;
    CHECK(record_fault(record) == "allowed");
    record["steps"][0]["rc"] = "0";
    CHECK(record_fault(record) == ".steps[0].rc: expected an integer or null, found a string");
    record["steps"][0].erase("rc");
    CHECK(record_fault(record) == ".steps[0]: missing \"rc\"");
    for (const json& minor : {json("1"), json(1.0), json(true), json(), json(-1), json(18'446'744'073'709'551'615U)}) {
        json other = minimal_record();
        other["schema_minor"] = minor;
        CHECK(record_fault(other).starts_with(".schema_minor: expected "));
    }
    json other = minimal_record();
    other["schema_minor"] = -1;
    other["new"] = 1;
    CHECK(record_fault(other) == ".new: unknown key");
}
