#include "policy/policy.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy/actions.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;

namespace {

std::string refusal_of(const json& document, std::string* hint = nullptr) {
    const auto error = error_of([&] { policy::parse_policy(document, "p.yaml"); });
    CHECK(error.kind() == base::ErrorKind::usage);
    if (hint) *hint = error.hint();
    const std::string message = error.what();
    CHECK(message.starts_with("p.yaml: "));
    return message.substr(8);
}

// A policy of one good rule with a change.
json changed(const char* key, const json& value) {
    auto one = rule("a", "require_approval", {{"kind", {{"eq", "Pod"}}}});
    one[key] = value;
    return document({one});
}

json parsed(const char* text) { return json::parse(text); }

}  // namespace

TEST_CASE("every key of a policy is read") {
    const auto policy = policy::parse_policy(parsed(R"({"schema": "policy/v1", "default": "deny", "rules": [
        {"id": "no-system", "effect": "deny", "when": {"namespace": {"in": ["kube-system"]}}, "message": "system namespace"},
        {"id": "two.eyes_1", "effect": "require_approval", "when": {"namespace": {"glob": "prod-*"}},
         "requires": {"approvers": 2, "typed": true, "ttl_s": 600}},
        {"id": "3", "effect": "require_approval", "when": {}, "requires": {}},
        {"id": "yes", "effect": "allow", "when": {}}]})"),
                                             "dir/p.yaml");
    CHECK(policy.file == "dir/p.yaml");
    CHECK_FALSE(policy.unusable.has_value());
    REQUIRE(policy.rules.size() == 4);
    CHECK(policy.rules[0].id == "no-system");
    CHECK(policy.rules[0].effect == Effect::deny);
    CHECK(policy.rules[0].message == "system namespace");
    CHECK(to_words(policy.rules[0].when) == R"(namespace: {in: ["kube-system"]})");
    CHECK(policy.rules[1].demands == policy::Demands{2, true, 600});
    CHECK(policy.rules[2].demands == policy::Demands{1, false, std::nullopt});
    CHECK(policy.rules[3].effect == Effect::allow);
    CHECK(policy::parse_policy(document({}), "p").rules.empty());
}

TEST_CASE("S0.25: the default is deny and nothing else") {
    auto one = document({});
    for (const auto* word : {"allow", "require_approval", "Deny", ""}) {
        one["default"] = word;
        CHECK(contains(refusal_of(one), ".default: what no rule allows can only be denied"));
    }
    one["default"] = nullptr;
    CHECK(contains(refusal_of(one), "\"default\" must not be null"));
    one["default"] = false;
    CHECK(contains(refusal_of(one), "expected text"));
}

TEST_CASE("the head of a policy") {
    for (const auto& schema : {json("policy/v0"), json("policy/v2"), json("policy/v1 "), json("v1"), json("")})
        CHECK(contains(refusal_of({{"schema", schema}, {"rules", json::array()}}), "is not policy/v1"));
    CHECK(contains(refusal_of({{"schema", 1}, {"rules", json::array()}}), ".schema: expected text"));
    CHECK(contains(refusal_of({{"rules", json::array()}}), "missing \"schema\""));
    CHECK(contains(refusal_of({{"schema", "policy/v1"}}), "missing \"rules\""));
    CHECK(contains(refusal_of({{"schema", "policy/v1"}, {"rules", nullptr}}), "\"rules\" must not be null"));
    CHECK(contains(refusal_of({{"schema", "policy/v1"}, {"rules", json::object()}}), ".rules: expected an array"));
    for (const auto& odd : {json(), json(1), json("x"), json::array()})
        CHECK(contains(refusal_of(odd), "expected an object"));
    std::string hint;
    auto more = document({});
    more["rulse"] = 1;
    CHECK(contains(refusal_of(more, &hint), "unknown key \"rulse\""));
    CHECK(hint == "did you mean \"rules\"?");
}

TEST_CASE("a key of a rule that is unknown, missing, null or of the wrong type") {
    std::string hint;
    CHECK(refusal_of(changed("efect", "deny"), &hint) == ".rules[0]: unknown key \"efect\"");
    CHECK(hint == "did you mean \"effect\"?");
    for (const auto* key : {"id", "effect", "when", "requires", "message"})
        CHECK(refusal_of(changed(key, nullptr)) == ".rules[0]: \"" + std::string(key) + "\" must not be null");
    for (const auto* key : {"id", "effect", "when"}) {
        auto without = changed("message", "m");
        without["rules"][0].erase(key);
        CHECK(refusal_of(without) == ".rules[0]: missing \"" + std::string(key) + "\"");
    }
    for (const auto& odd : {json(1), json(true), json::array(), json(1.5)})
        for (const auto* key : {"id", "effect", "when", "requires", "message"})
            CHECK(contains(refusal_of(changed(key, odd)), ".rules[0]." + std::string(key) + ": expected"));
    CHECK(contains(refusal_of(document({json(1)})), ".rules[0]: expected an object"));
    CHECK(contains(refusal_of(document({json()})), ".rules[0]: expected an object"));
    CHECK(refusal_of(changed("effect", "alow"), &hint) == ".rules[0].effect: unknown effect \"alow\"");
    CHECK(hint == "did you mean \"allow\"?");
    for (const auto* effect : {"Deny", "ALLOW", "", "permit", "require-approval"})
        CHECK(contains(refusal_of(changed("effect", effect)), "unknown effect"));
    CHECK(contains(refusal_of(changed("when", {{"kid", {{"eq", "a"}}}})), ".rules[0].when: unknown input \"kid\""));
    CHECK(contains(refusal_of(changed("message", std::string(513, 'm'))), "longer than 512 bytes"));
    CHECK_NOTHROW(policy::parse_policy(changed("message", std::string(512, 'm')), "p"));
}

TEST_CASE("an id is a word of its own, not empty, not doubled, not reserved") {
    for (const auto* id : {"", "-a", ".a", "_a", "A", "a b", "a/b", "a\n", "\xc3\xa4", "a:"})
        CHECK(contains(refusal_of(changed("id", id)), ".rules[0].id: \""));
    CHECK(contains(refusal_of(changed("id", std::string(65, 'a'))), "is no rule id"));
    CHECK_NOTHROW(policy::parse_policy(changed("id", std::string(64, 'a')), "p"));
    for (const auto* id : {"floor.cooldown", "floor.x", "policy.unusable"})
        CHECK(contains(refusal_of(changed("id", id)), "is a reserved name"));
    CHECK_NOTHROW(policy::parse_policy(changed("id", "floors.x"), "p"));
    CHECK(refusal_of(document({rule("a", "deny", json::object()), rule("b", "deny", json::object()),
                               rule("a", "allow", json::object())})) == ".rules[2]: the id \"a\" stands there twice");
}

TEST_CASE("what an approval requires has bounds, and stands at require_approval only") {
    const auto requires_ = [](const char* key, const json& value) { return changed("requires", {{key, value}}); };
    for (const auto& [key, least, most] :
         std::vector<std::tuple<const char*, int, int>>{{"approvers", 1, 8}, {"ttl_s", 60, 3600}}) {
        CHECK_NOTHROW(policy::parse_policy(requires_(key, least), "p"));
        CHECK_NOTHROW(policy::parse_policy(requires_(key, most), "p"));
        CHECK(contains(refusal_of(requires_(key, least - 1)), "expected"));
        CHECK(contains(refusal_of(requires_(key, most + 1)), "expected"));
        for (const auto& odd :
             {json(-1), json(1.0), json("2"), json(true), json(std::uint64_t{1} << 63), json::array()})
            CHECK(contains(refusal_of(requires_(key, odd)), ".rules[0].requires." + std::string(key)));
        CHECK(contains(refusal_of(requires_(key, nullptr)), "must not be null"));
    }
    for (const auto& odd : {json("yes"), json(1), json("true")})
        CHECK(contains(refusal_of(requires_("typed", odd)), "expected a boolean"));
    CHECK(contains(refusal_of(requires_("aprovers", 2)), "unknown key \"aprovers\""));
    for (const auto* effect : {"allow", "deny"}) {
        auto one = requires_("typed", true);
        one["rules"][0]["effect"] = effect;
        CHECK(refusal_of(one) == ".rules[0].requires: only require_approval can require something");
    }
}

TEST_CASE("256 rules and no more") {
    Rules rules;
    for (int i = 0; i < 256; ++i) rules.push_back(rule("r" + std::to_string(i), "deny", json::object()));
    CHECK(policy::parse_policy(document(rules), "p").rules.size() == 256);
    rules.push_back(rule("last", "deny", json::object()));
    CHECK(refusal_of(document(rules)) == ".rules: more than 256 rules");
}

TEST_CASE("an action that looks like none, or that is none of the known ones, is refused") {
    for (const auto* id : {"rollout.undo", "a.b", "sts.replace-stuck-pod", "a1.b2.c3", "zz.z09"})
        CHECK(policy::is_action_id(id));
    for (const auto* id : {"", "rollout", "Rollout.undo", "rollout.", ".undo", "a..b", "a.b c", "a.1b", "1a.b", "a.-b",
                           "a.b*", "a.b{", "a.b_c", "a.b\n", "-a.b"}) {
        CAPTURE(id);
        CHECK_FALSE(policy::is_action_id(id));
    }
    CHECK_FALSE(policy::is_action_id("a." + std::string(63, 'b')));
    CHECK(policy::is_action_id("a." + std::string(62, 'b')));
    const auto with = [](const json& test) { return document({rule("a", "deny", {{"not", {{"action", test}}}})}); };
    const auto known = [&](const json& test) { policy::parse_policy(with(test), "p", policy::known_actions); };
    CHECK(contains(refusal_of(with({{"eq", "rollout undo"}})), ".rules[0].when: \"rollout undo\" is no action id"));
    CHECK(contains(refusal_of(with({{"in", {"rollout.undo", "x"}}})), "\"x\" is no action id"));
    CHECK(contains(refusal_of(with({{"not_in", {"Rollout.undo"}}})), "is no action id"));
    CHECK_NOTHROW(policy::parse_policy(with({{"eq", "rollout.redo"}}), "p"));
    CHECK_NOTHROW(known({{"in", {"rollout.undo", "pod.evict"}}}));
    CHECK_NOTHROW(known({{"glob", "rollout*"}}));
    for (const json& test : {json{{"eq", "rollout.redo"}}, json{{"in", {"pod.evict", "rollout.redo"}}},
                             json{{"not_in", {"rollout.redo"}}}}) {
        const auto error = error_of([&] { known(test); });
        CHECK(contains(error.what(), "p: .rules[0].when: unknown action \"rollout.redo\""));
        CHECK(error.hint() == "did you mean \"rollout.undo\"?");
    }
    const auto listed = document({rule("a", "deny", {{"enabled_actions", {{"eq", "rollout.redo"}}}})});
    CHECK_THROWS_AS(policy::parse_policy(listed, "p", policy::known_actions), base::Error);
}
