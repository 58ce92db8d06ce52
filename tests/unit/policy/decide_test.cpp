// The floor and the file together.
#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy/floor.hpp"
#include "policy/plan_input.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;
using policy::Input;
using Texts = std::vector<std::string>;

TEST_CASE("the floor never lets anything happen") {
    for (const auto& outcome : policy::judge_floor(good_input())) {
        CHECK_FALSE(outcome.grants);
        CHECK(outcome.effect != Effect::allow);
        CHECK(outcome.id.starts_with("floor."));
        if (outcome.effect == Effect::deny) CHECK(outcome.demands == policy::Demands{});
        CHECK_FALSE(outcome.message.empty());
    }
    CHECK_FALSE(policy::judge_automation(good_input()).grants);
    auto input = good_input();
    input.target_exists = false;  // a rule of the floor asks: that alone is no permission
    const auto decision = policy::decide(policy::Policy(), input);
    CHECK(decision.effect == Effect::deny);
    CHECK(decision.message == "no rule allows it");
}

TEST_CASE("floor and file together: every rule is listed, the first of the strictest is the headline") {
    const auto file = policy_of({rule("ask", "require_approval", json::object())});
    auto input = good_input();
    input.trust_level = policy::Trust::approve;
    auto decision = policy::decide(file, input);
    CHECK(decision.rule_id == "ask");  // not the general rule about automation
    CHECK(decision.matched == Texts{"ask", "floor.automation"});
    input.target_exists = false;
    decision = policy::decide(file, input);
    CHECK(decision.matched == Texts{"floor.no-target", "ask", "floor.automation"});
    CHECK(decision.rule_id == "floor.no-target");
    input.cooldown = true;
    decision = policy::decide(file, input);
    CHECK(decision.rule_id == "floor.cooldown");
    CHECK(decision.outcomes.size() == policy::judge_floor(input).size() + 2);
    CHECK(policy::decide(policy::Policy::denying("gone"), good_input()).rule_id == "policy.unusable");
}

TEST_CASE("a rule of the floor tells what it read") {
    auto input = good_input();
    input.ns = "other";
    input.hpa.reset();
    for (const auto& outcome : policy::judge_floor(input)) {
        REQUIRE(outcome.decided_by.size() == 1);
        const auto& check = outcome.decided_by[0];
        if (outcome.id == "floor.namespace-not-allowed") {
            CHECK(check.words == R"(namespace "other", allowed_namespaces ["demo", "prod-a"])");
            CHECK(check.value == R"("other", ["demo", "prod-a"])");
        }
        if (outcome.id == "floor.autoscaled") CHECK(check.words == R"(action "rollout.restart", hpa missing)");
    }
    input.allowed_namespaces.reset();
    const auto words = [](const char* id, const Input& told = Input()) {
        for (const auto& outcome : policy::judge_floor(told))
            if (outcome.id == id) return outcome.decided_by[0].words;
        return std::string();
    };
    CHECK(words("floor.cooldown") == "cooldown is not known");
    CHECK(words("floor.low-confidence") == "confidence and confidence_threshold are not known");
    CHECK(words("floor.namespace-not-allowed", input) == "allowed_namespaces is not known");
}

TEST_CASE("the verdict of a step is the decision's effect, its rules and its first sentence") {
    plan::Step step;
    policy::give_verdict(step, policy::evaluate(allow_all(), good_input()));
    CHECK(step.verdict.effect == "allow");
    CHECK(step.verdict.rules == Texts{"all"});
    CHECK(step.verdict.reason == "allowed: rule all, because it always applies");
    policy::give_verdict(step, policy::evaluate(policy::Policy(), good_input()));
    CHECK(step.verdict.effect == "deny");
    CHECK(step.verdict.rules.empty());
    CHECK(step.verdict.reason == "denied: no rule allows it");
}
