// What must hold for every policy and every input (SAFETY 7.5). The seeds are fixed: a failure repeats itself.
#include <doctest/doctest.h>

#include <map>

#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;

namespace {

constexpr std::size_t rounds = 1200;

bool stricter_or_same(const policy::Decision& decision, const policy::Decision& than) {
    return policy::at_least_as_strict(decision, than);
}

// The verdict that the floor alone would come to if everything were allowed.
policy::Decision floor_of(const policy::Input& input) { return policy::decide(allow_all(), input); }

}  // namespace

TEST_CASE("no policy makes the floor looser, and all three verdicts come up") {
    Random random(1);
    std::map<Effect, std::size_t> floors, verdicts;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto file = policy_of(random.rules());
        const auto input = random.input();
        const auto verdict = policy::decide(file, input);
        const auto floor = floor_of(input);
        REQUIRE(stricter_or_same(verdict, floor));
        REQUIRE(stricter_or_same(verdict, policy::evaluate(file, input)));
        ++floors[floor.effect];
        ++verdicts[verdict.effect];
    }
    for (const auto effect : {Effect::allow, Effect::require_approval, Effect::deny}) {
        CHECK(floors[effect] > rounds / 20);
        CHECK(verdicts[effect] > rounds / 100);
    }
}

TEST_CASE("taking an input away never makes a verdict looser") {
    Random random(2);
    std::size_t tightened = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto file = policy_of(random.rules());
        const auto input = random.input();
        const auto alone = policy::evaluate(file, input), whole = policy::decide(file, input);
        for (const auto& field : policy::fields()) {
            if (field.of_model()) continue;
            auto less = input;
            policy::remove(field, less);
            CAPTURE(field.name);
            REQUIRE(stricter_or_same(policy::evaluate(file, less), alone));
            REQUIRE(stricter_or_same(policy::decide(file, less), whole));
            if (!stricter_or_same(alone, policy::evaluate(file, less))) ++tightened;
        }
        if (input.namespace_labels && !input.namespace_labels->empty()) {
            auto less = input;
            less.namespace_labels->clear();
            REQUIRE(stricter_or_same(policy::evaluate(file, less), alone));
        }
    }
    CHECK(tightened > 100);
}

TEST_CASE("B8: a judgement of a model never makes a verdict looser") {
    Random random(3);
    std::size_t tightened = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto file = policy_of(random.rules());
        auto without = random.input();
        without.llm = {};
        auto with = without;
        with.llm = random.judgement();
        const auto alone = policy::evaluate(file, without), whole = policy::decide(file, without);
        REQUIRE(stricter_or_same(policy::evaluate(file, with), alone));
        REQUIRE(stricter_or_same(policy::decide(file, with), whole));
        if (!stricter_or_same(alone, policy::evaluate(file, with))) ++tightened;
    }
    CHECK(tightened > 10);
}

TEST_CASE("the order of the rules changes the headline at most") {
    Random random(4);
    for (std::size_t i = 0; i < rounds; ++i) {
        auto rules = random.rules();
        const auto input = random.input();
        const auto before = policy::decide(policy_of(rules), input);
        std::reverse(rules.begin(), rules.end());
        const auto after = policy::decide(policy_of(rules), input);
        REQUIRE(before.effect == after.effect);
        REQUIRE(before.demands == after.demands);
        REQUIRE(before.matched.size() == after.matched.size());
    }
}

TEST_CASE("a further rule that restricts never makes a verdict looser") {
    Random random(5);
    for (std::size_t i = 0; i < rounds; ++i) {
        auto rules = random.rules();
        const auto input = random.input();
        const auto before = policy::evaluate(policy_of(rules), input);
        rules.push_back(rule("no", "deny", {{"namespace", {{"glob", "*o*"}}}}));
        REQUIRE(stricter_or_same(policy::evaluate(policy_of(rules), input), before));
    }
}

TEST_CASE("an input reads back from its JSON, and decides the same (B5, B6)") {
    Random random(6);
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto input = random.input();
        const auto text = base::canonical(policy::input_json(input));
        const auto again = policy::parse_input(base::JsonView(json::parse(text), "again"));
        REQUIRE(base::canonical(policy::input_json(again)) == text);
        const auto file = policy_of(random.rules());
        REQUIRE(policy::decide(file, again).matched == policy::decide(file, input).matched);
    }
}
