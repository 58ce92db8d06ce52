// What a policy is told of a step by what was tried before.
#include <doctest/doctest.h>

#include "policy/floor.hpp"
#include "policy/plan_input.hpp"
#include "policy_builders.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using plan_test::made_plan;
using plan_test::now;
using policy::Result;

namespace {

struct Case {
    plan::Plan plan = made_plan();
    policy::Settings settings;

    Case() {
        settings.now = now;
        settings.history.emplace();
    }
    // Of the first step, the older ones further back.
    void tried(const std::vector<Result>& results) {
        settings.history->attempts.clear();
        const auto count = static_cast<std::int64_t>(results.size());
        for (std::int64_t i = 0; i < count; ++i)
            settings.history->attempts.push_back({plan.bound.cluster.uid, plan.steps[0].action_id,
                                                  plan.steps[0].target.object, now - base::seconds(count - i),
                                                  results[static_cast<std::size_t>(i)], "kim", "no"});
    }
    policy::Input input(std::size_t step = 0) const { return policy::input_of(plan, plan.steps.at(step), settings); }
};

}  // namespace

TEST_CASE("a step that was never tried is in no cooldown and has earned nothing") {
    const Case one;
    CHECK(one.input().cooldown == false);
    CHECK(one.input().verified_successes == 0);
}

TEST_CASE("without a history nothing is known of cooldown and successes") {
    Case one;
    one.settings.history.reset();
    CHECK_FALSE(one.input().cooldown);
    CHECK_FALSE(one.input().verified_successes);
    // Not by an override either: what is not known is not overridden.
    one.settings.override_cooldown = true;
    CHECK_FALSE(one.input().cooldown);
    CHECK(policy::decide(test::allow_all(), one.input()).effect == policy::Effect::deny);
}

TEST_CASE("a step that failed or was rejected a moment ago is in its cooldown, until that is over") {
    for (const auto bad : {Result::failed, Result::unverified, Result::unknown, Result::rejected}) {
        Case one;
        one.tried({bad});
        CHECK(one.input().cooldown == true);
        CHECK(one.input().verified_successes == 0);
        one.settings.now = now + base::minutes(15);
        CHECK(one.input().cooldown == false);
    }
    Case one;
    one.tried({Result::verified, Result::verified});
    CHECK(one.input().cooldown == false);
    CHECK(one.input().verified_successes == 2);
    one.tried({Result::not_sent});
    CHECK(one.input().cooldown == false);
}

TEST_CASE("only the step that was tried is in its cooldown, and only on that cluster") {
    Case one;
    one.tried({Result::failed});
    CHECK(one.input(1).cooldown == false);
    one.plan.bound.cluster.uid = "uid-other";
    CHECK(one.input().cooldown == false);
}

TEST_CASE("a person may override the cooldown, and nothing else by it") {
    Case one;
    one.tried({Result::failed});
    const auto before = policy::input_json(one.input());
    one.settings.override_cooldown = true;
    auto after = policy::input_json(one.input());
    CHECK(after["cooldown"] == false);
    after["cooldown"] = true;
    CHECK(after == before);
}

TEST_CASE("an unsettled run is told, and what could not be read stays missing") {
    Case one;
    CHECK_FALSE(one.input().unknown_outcome);
    for (const bool unsettled : {false, true}) {
        one.settings.unsettled = unsettled;
        CHECK(one.input().unknown_outcome == unsettled);
    }
}
