#include "report/policy.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "hostile.hpp"
#include "io_fakes.hpp"
#include "policy/floor.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

std::vector<report::JudgedStep> two_steps() {
    auto eyes = rule("prod-two-eyes", "require_approval", {{"namespace", {{"glob", "prod-*"}}}});
    eyes["requires"] = {{"approvers", 2}, {"typed", true}, {"ttl_s", 600}};
    const auto file = policy_of({eyes, rule("no-pods", "deny", {{"kind", {{"eq", "Pod"}}}}),
                                 rule("freeze", "deny", {{"freeze", {{"eq", true}}}})});
    auto first = good_input(), second = good_input();
    first.ns = "prod-a";
    second.kind = "Pod";
    second.freeze.reset();
    return {{"step 1: rollout.restart on Deployment prod-a/web", first, policy::decide(file, first)},
            {"step 2: pod.evict on Pod demo/web-1", second, policy::decide(file, second)}};
}

const report::Style plain{};

policy::CaseReport case_report() {
    const auto document = json::parse(R"({"schema": "policy-test/v1", "cases": [
        {"name": "good", "input": {"kind": "Job"}, "expect": {"effect": "deny"}},
        {"name": "wrong", "input": {"kind": "Pod"}, "expect": {"effect": "allow", "rule_id": "yes"}},
        {"name": "by none", "input": {"kind": "Pod"}, "expect": {"effect": "allow", "rule_id": null}}]})");
    auto report = policy::run_cases(
        policy_of({rule("pods", "deny", {{"kind", {{"eq", "Pod"}}}}), rule("x", "deny", {{"kind", {{"eq", "x"}}}}),
                   rule("all", "deny", {{"kind", {{"glob", "*"}}}})}),
        policy::parse_cases(document, "c"));
    report.cases_file = "cases.yaml";
    report.policy_file = "policy.yaml";
    return report;
}

}  // namespace

TEST_CASE("check tells the verdict of each step, the rule that decided, and the others") {
    CHECK(report::policy_check_human(two_steps(), plain) == R"(step 1: rollout.restart on Deployment prod-a/web
  needs approval: rule prod-two-eyes, because namespace "prod-a" matches prod-*
    needed: approval by two people, the target's name typed, good for 10m

step 2: pod.evict on Pod demo/web-1
  denied: rule no-pods, because kind "Pod" is Pod
    also denied: rule freeze, because freeze is not known
)");
    const auto coloured = report::policy_check_human(two_steps(), {.colour = true});
    CHECK(contains(coloured, "\x1b[33m"));
    CHECK(contains(coloured, "\x1b[31m"));
    CHECK(report::policy_check_human({}, plain).empty());
}

TEST_CASE("check as JSON") {
    const auto document = json::parse(report::policy_check_json(two_steps()));
    CHECK(document["schema"] == "salve.policy.check/v1");
    REQUIRE(document["steps"].size() == 2);
    CHECK(document["steps"][0] ==
          json::parse(R"({"title": "step 1: rollout.restart on Deployment prod-a/web", "verdict": {
        "effect": "require_approval", "rule_id": "prod-two-eyes", "message": "", "matched": ["prod-two-eyes"],
        "requires": {"approvers": 2, "typed": true, "ttl_s": 600},
        "words": ["needs approval: rule prod-two-eyes, because namespace \"prod-a\" matches prod-*",
                  "needed: approval by two people, the target's name typed, good for 10m"]}})"));
    CHECK(document["steps"][1]["verdict"]["requires"].is_null());
    CHECK(document["steps"][1]["verdict"]["matched"] == json({"no-pods", "freeze"}));
    auto step = two_steps()[0];
    step.decision = policy::evaluate(policy::Policy(), step.input);
    CHECK(json::parse(report::policy_check_json({&step, 1}))["steps"][0]["verdict"]["rule_id"].is_null());
}

TEST_CASE("explain tells each rule, whether it matched, and the test and value that decided") {
    const auto steps = two_steps();
    const auto words = report::policy_explain_human({&steps[1], 1}, plain);
    CHECK(words == R"(step 2: pod.evict on Pod demo/web-1
  denied: rule no-pods, because kind "Pod" is Pod

  prod-two-eyes (require_approval): did not match
    test:  namespace: {glob: "prod-*"}
    value: "demo"
  no-pods (deny): matched
    test:  kind: {eq: "Pod"}
    value: "Pod"
  freeze (deny): counts, for want of knowing
    test:  freeze: {eq: true}
    value: missing
  and 25 rules of the floor that did not match (-v shows them)
)");
    const auto all = report::policy_explain_human({&steps[1], 1}, {.verbosity = 1});
    CHECK(contains(all, "floor.cooldown (deny): did not match"));
    CHECK_FALSE(contains(all, "-v shows them"));
    auto step = steps[0];
    step.input.freeze.reset();
    step.input.cooldown = true;
    step.decision = policy::decide(
        policy_of({rule("all", "allow", json::object()), rule("f", "allow", {{"freeze", {{"eq", true}}}})}),
        step.input);
    const auto mixed = report::policy_explain_human({&step, 1}, plain);
    CHECK(contains(mixed,
                   "floor.cooldown (deny): matched\n    test:  the same change was tried or rejected a moment ago\n    "
                   "value: true\n"));
    CHECK(contains(mixed, "  all (allow): matched\n    it has no condition\n"));
    CHECK(contains(mixed, "  f (allow): did not match, for want of knowing\n"));
}

TEST_CASE("explain as JSON has the input and every rule") {
    const auto steps = two_steps();
    const auto document = json::parse(report::policy_explain_json(steps));
    CHECK(document["schema"] == "salve.policy.explain/v1");
    const auto& step = document["steps"][1];
    CHECK(step["input"] == policy::input_json(steps[1].input));
    CHECK(step["rules"].size() == steps[1].decision.outcomes.size());
    CHECK(step["verdict"]["effect"] == "deny");
    for (const auto& one : step["rules"])
        if (one["id"] == "freeze")
            CHECK(one == json::parse(
                             R"({"id": "freeze", "effect": "deny", "match": "unknown", "applies": true, "message": null,
                "decided_by": [{"condition": "freeze: {eq: true}", "value": "missing", "match": "unknown", "words": "freeze is not known"}]})"));
}

TEST_CASE("lint in words and as JSON") {
    const std::vector<policy::Issue> issues = {{"a", policy::Flaw::never_matches, "its tests contradict each other"},
                                               {"", policy::Flaw::allows_nothing, "nothing"}};
    CHECK(
        report::policy_lint_human("p.yaml", 2, issues, plain) ==
        "p.yaml: 2 rules, 2 issues\n  a: never matches: its tests contradict each other\n  allows nothing: nothing\n");
    CHECK(report::policy_lint_human("p.yaml", 1, {}, plain) == "p.yaml: 1 rule, nothing wrong\n");
    CHECK(json::parse(report::policy_lint_json("p.yaml", 2, issues)) ==
          json::parse(R"({"schema": "salve.policy.lint/v1", "file": "p.yaml",
        "rules": 2, "issues": [{"rule_id": "a", "flaw": "never_matches", "words": "its tests contradict each other"},
        {"rule_id": null, "flaw": "allows_nothing", "words": "nothing"}]})"));
}

TEST_CASE("cases in words: what failed, with its reason, and the tally last") {
    CHECK(contains(report::policy_test_human(case_report(), false, plain), "\ncases.yaml: 1 passed, 2 failed\n"));
    const auto words = report::policy_test_human(case_report(), true, plain);
    CHECK(contains(
        words, "FAIL wrong\n  expected: allowed, by yes\n  denied: floor.not-enabled, because enabled is not known\n"));
    CHECK(contains(words, "FAIL by none\n  expected: allowed, by no rule\n"));
    CHECK(contains(words, "not covered: x: no case that it applies to\n"));
    CHECK(contains(words, "not covered: all: no case that it does not apply to\n"));
    CHECK_FALSE(contains(words, "not covered: pods"));
    CHECK(words.ends_with("cases.yaml: 1 passed, 2 failed; not every rule is covered\n"));
    CHECK_FALSE(contains(words, "FAIL good"));
    auto covered = case_report();
    covered.uses.resize(1);
    CHECK(report::policy_test_human(covered, true, plain).ends_with("; every rule is covered\n"));
}

TEST_CASE("cases as JSON") {
    const auto document = json::parse(report::policy_test_json(case_report(), true));
    CHECK(document["schema"] == "salve.policy.test/v1");
    CHECK(document["policy"] == "policy.yaml");
    CHECK(document["file"] == "cases.yaml");
    CHECK(document["passed"] == 1);
    CHECK(document["failed"] == 2);
    CHECK(document["cases"][0]["passed"] == true);
    CHECK(document["cases"][0]["expected"] == json::parse(R"({"effect": "deny", "rule_id": null})"));
    CHECK(document["cases"][1]["passed"] == false);
    CHECK(document["cases"][1]["expected"] == json::parse(R"({"effect": "allow", "rule_id": "yes"})"));
    CHECK(document["cases"][1]["effect"] == "deny");
    CHECK(document["cases"][1]["rule_id"] == "floor.not-enabled");
    CHECK(document["cases"][2]["expected"]["rule_id"] == "");
    CHECK(document["coverage"][0] == json::parse(R"({"id": "pods", "applied": 2, "not_applied": 1, "covered": true})"));
    CHECK(document["coverage"][1]["covered"] == false);
    CHECK(json::parse(report::policy_test_json(case_report(), false))["coverage"].is_null());
}

TEST_CASE("whatever stands in a file, a name or a label is shown and cannot act") {
    tests::Hostile hostile(11);
    const auto safe = [](const std::string& text) {
        std::string bare;
        for (const char c : text)
            if (c != '\n') bare += c;
        CHECK(base::visible(bare) == bare);
    };
    for (int i = 0; i < 60; ++i) {
        auto one = rule("a", "deny", {{"name", {{"glob", base::sanitize_utf8(hostile.text()) + "x"}}}});
        one["message"] = base::sanitize_utf8(hostile.text());
        auto input = good_input();
        input.name = hostile.text();
        input.llm.warnings = {hostile.text()};
        input.ns = hostile.text();
        const report::JudgedStep step{hostile.text(), input, policy::decide(policy_of({one}), input)};
        safe(report::policy_check_human({&step, 1}, plain));
        safe(report::policy_explain_human({&step, 1}, {.verbosity = 1}));
        safe(report::policy_check_json({&step, 1}));
        safe(report::policy_explain_json({&step, 1}));
        const std::vector<policy::Issue> issues = policy::lint(policy_of({one}));
        safe(report::policy_lint_human(hostile.text(), 1, issues, plain));
        safe(report::policy_lint_json(hostile.text(), 1, issues));
    }
}
