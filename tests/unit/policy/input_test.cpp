#include "policy/input.hpp"

#include <doctest/doctest.h>

#include <set>

#include "io_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

policy::Input of(const char* text) {
    const auto document = json::parse(text);
    return policy::parse_input(base::JsonView(document, "c.yaml: .input"));
}

std::string refusal_of(const char* text, std::string* hint = nullptr) {
    const auto error = error_of([&] { of(text); });
    CHECK(error.kind() == base::ErrorKind::usage);
    if (hint) *hint = error.hint();
    return error.what();
}

}  // namespace

TEST_CASE("the JSON of an input has every field, nested at the dots, null for what is missing") {
    CHECK(policy::input_json(good_input()) == json::parse(R"({
        "action": "rollout.restart", "rule_id": "pod.crashloop.oom", "risk": "low", "reversible": true, "destructive": false,
        "deletes_without_uid": false, "off_by_default": false, "preview": "ok", "evidence_count": 2, "confidence": 950,
        "confidence_threshold": 800, "alternatives_close": false, "namespace": "demo", "kind": "Deployment", "name": "web",
        "namespace_labels": {"team": "shop"}, "target_exists": true, "cluster_scoped": false, "hpa": false, "replicas": 3,
        "blast": {"pods": 3, "percent": 100}, "managed_by": [], "cluster": {"uid": "uid-cluster", "context": "kind-demo"},
        "environment": "staging", "time": {"utc_hour": 9, "weekday": "tue"}, "freeze": false,
        "plan": {"steps": 1, "expires_at": "2026-11-21T08:15:00.000000Z"}, "cooldown": false, "unknown_outcome": false,
        "verified_successes": 7, "trust_level": "automate", "graduated": true, "enabled": true, "allow_high_risk": true,
        "allowed_namespaces": ["demo", "prod-a"], "enabled_actions": [],
        "llm": {"used": false, "warnings": [], "actionable": true, "unstable": false}})"));
    const auto empty = policy::input_json(policy::Input());
    CHECK(empty.size() == policy::input_json(good_input()).size());
    for (const auto& [key, value] : empty.items()) {
        if (key == "llm") continue;
        if (value.is_object())
            for (const auto& [inner, part] : value.items()) CHECK(part.is_null());
        else
            CHECK(value.is_null());
    }
    CHECK(base::canonical(policy::input_json(good_input())).size() > 400);  // no fraction, nothing that is no UTF-8
}

TEST_CASE("an input that a hostile cluster wrote still has a canonical spelling") {
    auto input = good_input();
    input.ns = input.name = "a\xff\n";
    input.managed_by = {"\xc3"};
    input.llm.warnings = {"\xed\xa0\x80"};
    input.namespace_labels->emplace("k\xc3\xa4", "\xff");
    input.namespace_labels->emplace("\x80\x7f", "x");
    const auto text = base::canonical(policy::input_json(input));
    CHECK(contains(text, R"("k\\xc3\\xa4":")"));
    CHECK(contains(text, "\"\\\\x80\x7f\":\"x\""));
    CHECK(contains(text, "\"name\":\"a\xef\xbf\xbd"));
}

TEST_CASE("an input reads back") {
    const auto text = policy::input_json(good_input()).dump();
    CHECK(policy::input_json(of(text.c_str())) == policy::input_json(good_input()));
    CHECK(of("{}").llm == policy::Judgement());
    const auto judged = of(R"({"llm": {"used": true, "warnings": ["a", "b"], "actionable": false, "unstable": true}})");
    CHECK(judged.llm == policy::Judgement{true, {"a", "b"}, false, true});
    const auto some = of(R"({"namespace": "a", "risk": "high", "blast": {"pods": 3}, "kind": null, "time": null})");
    CHECK(some.ns == "a");
    CHECK(some.risk == plan::Risk::high);
    CHECK(some.blast_pods == 3);
    CHECK_FALSE(some.blast_percent.has_value());
    CHECK_FALSE(some.kind.has_value());
    CHECK_FALSE(some.enabled.has_value());
    CHECK(of(R"({"plan": {"expires_at": "2026-11-21T08:15:00Z"}})").plan_expires_at == good_input().plan_expires_at);
    CHECK(of(R"({"replicas": 0})").replicas == 0);
    CHECK(of(R"({"replicas": 9007199254740991})").replicas == 9007199254740991);
    CHECK(of(R"({"confidence_threshold": 1000})").confidence_threshold == 1000);
}

TEST_CASE("what no input has is refused with its path and the nearest known word") {
    std::string hint;
    CHECK(refusal_of(R"({"namespce": "a"})", &hint) == "c.yaml: .input: unknown input \"namespce\"");
    CHECK(hint == "did you mean \"namespace\"?");
    CHECK(refusal_of(R"({"blast": {"pod": 1}})", &hint) == "c.yaml: .input.blast: unknown input \"blast.pod\"");
    CHECK(hint == "did you mean \"blast.pods\"?");
    CHECK(refusal_of(R"({"risk": "hihg"})", &hint) == "c.yaml: .input.risk: unknown word \"hihg\"");
    CHECK(hint == "did you mean \"high\"?");
    for (const auto* text : {R"({"namespace": 1})",
                             R"({"namespace": true})",
                             R"({"enabled": "true"})",
                             R"({"enabled": 1})",
                             R"({"replicas": "3"})",
                             R"({"replicas": 1.5})",
                             R"({"replicas": -1})",
                             R"({"replicas": 9007199254740992})",
                             R"({"confidence": 1001})",
                             R"({"confidence": 0.8})",
                             R"({"confidence_threshold": 1001})",
                             R"({"time": {"utc_hour": 24}})",
                             R"({"time": {"weekday": "Tue"}})",
                             R"({"time": "now"})",
                             R"({"time": {"llm": {"used": true}}})",
                             R"({"blast": {"percent": 101}})",
                             R"({"managed_by": "argocd"})",
                             R"({"managed_by": [1]})",
                             R"({"trust_level": "auto"})",
                             R"({"preview": "maybe"})",
                             R"({"plan": {"expires_at": "soon"}})",
                             R"({"namespace_labels": {"a": 1}})",
                             R"({"namespace_labels": ["a"]})",
                             R"({"namespace_labels": {"a": null}})",
                             R"({"llm": {"use": true}})",
                             R"({"llm": {"warnings": "x"}})",
                             R"({"llm": true})",
                             R"({"blast.pods": 1})",
                             R"({"cluster": []})",
                             "[]",
                             "1",
                             "null"}) {
        CAPTURE(text);
        CHECK(refusal_of(text).starts_with("c.yaml: .input"));
    }
}

TEST_CASE("a field has one spelling") {
    std::string hint;
    CHECK(refusal_of(R"({"blast.pods": 1})", &hint) == "c.yaml: .input: unknown key \"blast.pods\"");
    CHECK(hint == "nest it: blast: {pods: ...}");
    CHECK(contains(refusal_of(R"({"blast.pods": null})"), "unknown key"));
}

TEST_CASE("the table has each field once, and finds it by its name") {
    std::set<std::string_view> names;
    for (const auto& field : policy::fields()) {
        CHECK(names.insert(field.name).second);
        const bool labels = field.type == policy::FieldType::labels;
        CHECK((policy::find_field(field.name) == &field) == !labels);
        CHECK(field.words.empty() == (field.type != policy::FieldType::word));
        if (field.type == policy::FieldType::number) CHECK(field.most > 0);
        if (labels) CHECK(policy::is_missing(policy::value_of(field, field.name, good_input())));
        if (labels || field.of_model()) continue;
        CHECK_FALSE(policy::is_missing(policy::value_of(field, field.name, good_input())));
        auto input = good_input();
        policy::remove(field, input);
        CHECK(policy::is_missing(policy::value_of(field, field.name, input)));
    }
    CHECK(policy::field_names().size() == names.size());
    CHECK(policy::find_field("namespace_labels.a/b.c")->name == "namespace_labels");
    CHECK(policy::find_field("namespace_labels") == nullptr);
    CHECK(policy::find_field("namespace_labels.") == nullptr);
    CHECK(policy::find_field("") == nullptr);
    auto input = good_input();
    input.llm = {true, {"w"}, false, true};
    for (const auto& field : policy::fields())
        if (field.of_model()) policy::remove(field, input);
    CHECK(input.llm == policy::Judgement());
}

TEST_CASE("values in words") {
    using policy::Value;
    using Texts = std::vector<std::string>;
    CHECK(policy::value_words(Value()) == "missing");
    CHECK(policy::value_words(Value(true)) == "true");
    CHECK(policy::value_words(Value(std::int64_t{7})) == "7");
    CHECK(policy::value_words(Value(std::string("a\x1b\"b"))) == R"("a\x1b\"b")");
    CHECK(policy::value_words(Value(Texts{"a", "b"})) == R"(["a", "b"])");
    CHECK(policy::value_words(Value(Texts(10, "a"))) == R"(["a", "a", "a", "a", "a", "a", "a", "a", 2 more])");
    CHECK(policy::value_words(Value(Texts(8, "a"))) == R"(["a", "a", "a", "a", "a", "a", "a", "a"])");
    CHECK(policy::value_words(Value(std::string(200, 'a'))).size() <= 122);
}
