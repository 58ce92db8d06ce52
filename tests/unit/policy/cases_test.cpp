#include "policy/cases.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;

namespace {

json with(const json& cases, const json& defaults = json::object()) {
    return {{"schema", "policy-test/v1"}, {"defaults", defaults}, {"cases", cases}};
}

json one_case(const char* text) {
    auto cases = json::array();
    cases.push_back(json::parse(text));
    return with(cases);
}

std::string refusal_of(const json& document) {
    const auto error = error_of([&] { policy::parse_cases(document, "c.yaml"); });
    CHECK(error.kind() == base::ErrorKind::usage);
    const std::string message = error.what();
    CHECK(message.starts_with("c.yaml: "));
    return message.substr(8);
}

// Every input of the good one as a default.
policy::CaseReport run(const Rules& rules, const json& cases) {
    return policy::run_cases(policy_of(rules), policy::parse_cases(with(cases, policy::input_json(good_input())), "c"));
}

}  // namespace

TEST_CASE("a case is the defaults with its own input put over them") {
    const auto cases =
        policy::parse_cases(with(json::parse(R"([{"name": "a", "expect": {"effect": "allow"}},
             {"name": "b", "input": {"kind": "Pod", "blast": {"pods": 1}, "namespace_labels": {"team": "x"}, "managed_by": ["b"]},
              "expect": {"effect": "deny", "rule_id": "r"}},
             {"name": "c", "input": {"kind": null, "blast": null, "namespace_labels": {"tier": "gold"}},
              "expect": {"effect": "require_approval", "rule_id": null}}])"),
                                 json::parse(R"({"kind": "Job", "name": "n", "blast": {"pods": 7, "percent": 50},
                             "namespace_labels": {"team": "t"}, "managed_by": ["a"]})")),
                            "c.yaml");
    REQUIRE(cases.size() == 3);
    CHECK(cases[0].name == "a");
    CHECK(cases[0].input.kind == "Job");
    CHECK(cases[0].effect == Effect::allow);
    CHECK_FALSE(cases[0].rule_id.has_value());
    CHECK(cases[1].input.kind == "Pod");
    CHECK(cases[1].input.name == "n");
    CHECK(cases[1].input.blast_pods == 1);
    CHECK(cases[1].input.blast_percent == 50);
    CHECK(cases[1].input.namespace_labels->at("team") == "x");
    CHECK(cases[1].input.managed_by == std::vector<std::string>{"b"});
    CHECK(cases[1].rule_id == "r");
    CHECK_FALSE(cases[2].input.kind.has_value());
    CHECK_FALSE(cases[2].input.blast_percent.has_value());
    CHECK(cases[2].input.namespace_labels->size() == 2);
    CHECK(cases[2].rule_id == "");
    CHECK(cases[2].effect == Effect::require_approval);
    CHECK(
        policy::parse_cases(
            json::parse(R"({"schema": "policy-test/v1", "cases": [{"name": "a", "expect": {"effect": "deny"}}]})"), "c")
            .size() == 1);
}

TEST_CASE("cases that are none are refused with their path") {
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "expect": {"effect": "alow"}})")),
                   ".cases[0].expect.effect: unknown effect"));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "expect": {"effect": "deny", "rule": "x"}})")),
                   "unknown key \"rule\""));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "expect": {}})")), "missing \"effect\""));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "expect": {"effect": "deny", "rule_id": 1}})")),
                   "expected text"));
    CHECK(contains(refusal_of(one_case(R"({"name": "a"})")), "missing \"expect\""));
    CHECK(contains(refusal_of(one_case(R"({"expect": {"effect": "deny"}})")), "missing \"name\""));
    CHECK(contains(refusal_of(one_case(R"({"name": "", "expect": {"effect": "deny"}})")), "must have 1 to 256 bytes"));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "inputs": {}, "expect": {"effect": "deny"}})")),
                   "unknown key \"inputs\""));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "input": {"kin": "x"}, "expect": {"effect": "deny"}})")),
                   ".cases[0].input: unknown input \"kin\""));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "input": [], "expect": {"effect": "deny"}})")),
                   ".cases[0].input: expected an object"));
    CHECK(contains(refusal_of(one_case(R"({"name": "a", "input": {"blast": 3}, "expect": {"effect": "deny"}})")),
                   ".input.blast"));
    CHECK(contains(refusal_of(with(json::array())), ".cases: must not be empty"));
    CHECK(contains(refusal_of(with(json::array(), {{"kin", "x"}})), ".defaults: unknown input \"kin\""));
    CHECK(contains(refusal_of({{"schema", "policy-test/v2"}, {"cases", json::array()}}), "is not policy-test/v1"));
    CHECK(contains(refusal_of({{"cases", json::array()}}), "missing \"schema\""));
    CHECK(contains(refusal_of({{"schema", "policy-test/v1"}}), "missing \"cases\""));
    CHECK(contains(refusal_of(json::array()), "expected an object"));
    const auto same = json::parse(R"({"name": "a", "expect": {"effect": "deny"}})");
    CHECK(contains(refusal_of(with(json::array({same, same}))), ".cases[1]: the name \"a\" stands there twice"));
    CHECK(contains(refusal_of({{"schema", "policy-test/v1"}, {"rules", 1}, {"cases", json::array()}}), "unknown key"));
}

TEST_CASE("a case passes with its effect, and with its headline where it names one") {
    const auto report = run({rule("ask", "require_approval", {{"kind", {{"eq", "Deployment"}}}})}, json::parse(R"([
        {"name": "effect", "expect": {"effect": "require_approval"}},
        {"name": "rule", "expect": {"effect": "require_approval", "rule_id": "ask"}},
        {"name": "other effect", "expect": {"effect": "deny"}},
        {"name": "other rule", "expect": {"effect": "require_approval", "rule_id": "as"}},
        {"name": "no rule", "input": {"kind": "Pod"}, "expect": {"effect": "deny", "rule_id": null}},
        {"name": "not no rule", "expect": {"effect": "require_approval", "rule_id": null}},
        {"name": "floor", "input": {"cooldown": true}, "expect": {"effect": "deny", "rule_id": "floor.cooldown"}}])"));
    std::vector<bool> passed;
    for (const auto& result : report.results) passed.push_back(result.passed());
    CHECK(passed == std::vector<bool>{true, true, false, false, true, false, true});
    CHECK(report.failed() == 3);
}

TEST_CASE("coverage: a rule that never applied, or always did, is not covered; without a condition it cannot fail") {
    const json both = json::parse(R"([{"name": "a", "expect": {"effect": "deny"}},
                                      {"name": "b", "input": {"kind": "Pod"}, "expect": {"effect": "deny"}}])");
    const Rules rules = {rule("some", "deny", {{"kind", {{"eq", "Pod"}}}}),
                         rule("all", "deny", {{"name", {{"eq", "web"}}}}),
                         rule("none", "deny", {{"name", {{"eq", "x"}}}}), rule("always", "deny", json::object()),
                         rule("any", "deny", json::parse(R"({"any": [{"kind": {"eq": "Pod"}}]})"))};
    const auto report = run(rules, both);
    REQUIRE(report.uses.size() == 5);
    std::vector<bool> covered;
    for (const auto& use : report.uses) {
        CHECK(use.applied + use.not_applied == 2);
        covered.push_back(use.covered());
    }
    CHECK(covered == std::vector<bool>{true, false, false, true, true});
    CHECK(report.uses[0].applied == 1);
    CHECK_FALSE(report.covered());
    CHECK(run({rules[0], rules[3]}, both).covered());
    CHECK_FALSE(run({rules[0], rules[1]}, both).covered());
}

TEST_CASE("10,000 cases and no more") {
    auto cases = json::array();
    for (int i = 0; i < 10'000; ++i) cases.push_back({{"name", std::to_string(i)}, {"expect", {{"effect", "deny"}}}});
    CHECK(policy::parse_cases(with(cases), "c").size() == 10'000);
    cases.push_back({{"name", "last"}, {"expect", {{"effect", "deny"}}}});
    CHECK(refusal_of(with(cases)) == ".cases: more than 10000 cases");
}
