#include "policy/approved_plan.hpp"

#include <doctest/doctest.h>

#include <type_traits>

#include "io_fakes.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using namespace salve::plan_test;
using policy::ApprovedPlan;
using policy::ApprovedStep;
using policy::Decision;
using policy::Effect;

// An approval cannot be copied, kept for another time, or made by anything but approve().
static_assert(!std::is_copy_constructible_v<ApprovedPlan> && !std::is_copy_assignable_v<ApprovedPlan>);
static_assert(!std::is_copy_constructible_v<ApprovedStep> && !std::is_copy_assignable_v<ApprovedStep>);
static_assert(std::is_nothrow_move_constructible_v<ApprovedPlan> && std::is_move_assignable_v<ApprovedPlan>);
static_assert(std::is_move_constructible_v<ApprovedStep> && std::is_move_assignable_v<ApprovedStep>);
static_assert(!std::is_default_constructible_v<ApprovedPlan> && !std::is_default_constructible_v<ApprovedStep>);
static_assert(!std::is_constructible_v<ApprovedStep, plan::Step>);
static_assert(!std::is_constructible_v<ApprovedPlan, plan::Plan, std::string, std::vector<int>, base::Time>);

namespace {

Decision asking(policy::Demands demands = {}) {
    Decision decision;
    decision.effect = Effect::require_approval;
    decision.demands = demands;
    return decision;
}

// A plan of two steps on two Deployments, "web" and "api", with what the policy says and what a person said.
struct Case {
    plan::Plan plan = made_plan();
    std::vector<Decision> decisions{asking(), asking()};
    policy::Approval approval{plan::digest_of(plan::document_of(plan)), now, {}, {}};

    void deny(std::size_t step, const std::string& message = "not here") {
        decisions[step].effect = Effect::deny;
        decisions[step].message = message;
        decisions[step].demands.reset();
    }
    void sign() { approval.plan_sha256 = plan::digest_of(plan::document_of(plan)); }
    std::variant<ApprovedPlan, policy::Refusal> ask() const { return policy::approve(plan, decisions, approval); }
    ApprovedPlan approved() const {
        auto answer = ask();
        if (const auto* refusal = std::get_if<policy::Refusal>(&answer)) FAIL("refused: " << refusal->words);
        return std::get<ApprovedPlan>(std::move(answer));
    }
    policy::Refusal refused() const {
        auto answer = ask();
        REQUIRE(std::holds_alternative<policy::Refusal>(answer));
        auto refusal = std::get<policy::Refusal>(answer);
        CHECK_FALSE(refusal.words.empty());
        CHECK_FALSE(refusal.hint.empty());
        return refusal;
    }
    std::string why() const { return std::string(base::word(policy::refused_names, refused().why)); }
};

std::vector<int> handed_out(ApprovedPlan plan) {
    std::vector<int> ordinals;
    while (const auto step = plan.next()) ordinals.push_back(step->step().ordinal);
    CHECK_FALSE(plan.next());
    CHECK_FALSE(plan.next());
    return ordinals;
}

}  // namespace

TEST_CASE("what was approved is handed out step by step, each once, and never again") {
    Case one;
    REQUIRE(one.plan.steps.size() == 2);
    auto approved = one.approved();
    CHECK(approved.sha256() == one.approval.plan_sha256);
    CHECK(approved.ordinals() == std::vector<int>{1, 2});
    CHECK(approved.expires_at() == one.plan.expires_at);
    CHECK(plan::digest_of(plan::document_of(approved.plan())) == one.approval.plan_sha256);
    auto first = approved.next();
    REQUIRE(first);
    CHECK(first->step().request.patch == one.plan.steps[0].request.patch);
    // A plan that was moved goes on where it was.
    CHECK(handed_out(std::move(approved)) == std::vector<int>{2});
}

TEST_CASE("only the steps that were named are approved, in the plan's order") {
    Case one;
    one.approval.steps = {2};
    CHECK(handed_out(one.approved()) == std::vector<int>{2});
    one.approval.steps = {2, 1};
    CHECK(handed_out(one.approved()) == std::vector<int>{1, 2});
    for (const std::vector<int>& steps : {std::vector<int>{3}, std::vector<int>{0}, std::vector<int>{-1},
                                          std::vector<int>{1, 3}, std::vector<int>{1, 1}}) {
        one.approval.steps = steps;
        CHECK(one.why() == "no_steps");
    }
    // What keeps a step from being done does not touch the others.
    one.deny(0);
    one.approval.steps = {2};
    CHECK(handed_out(one.approved()) == std::vector<int>{2});
    one.decisions[0] = asking({2, true, 1});
    CHECK(one.approved().expires_at() == one.plan.expires_at);
}

TEST_CASE("a plan without steps cannot be approved") {
    Case one;
    one.plan.steps.clear();
    one.decisions.clear();
    one.sign();
    CHECK(one.why() == "no_steps");
}

TEST_CASE("a plan of which anything was changed is another plan") {
    const auto changed = [](auto change) {
        Case one;
        change(one.plan);
        return one.why();
    };
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].request.patch.back()["value"] = "x"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].request.name = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].request.ns = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].target.object.name = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].target.object.uid = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].command.push_back("--force"); }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].input = "{}"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].preconditions.uid = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { ++*plan.steps[0].preconditions.generation; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[1].preconditions.tests[0].from = 7; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[1].preconditions.tests.clear(); }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[1].changes[0].to = 99; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].risk = plan::Risk::high; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].verify.pop_back(); }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { ++plan.steps[0].verify[0].window_ms; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].continue_on_error = true; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].finding_id = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].action_id = "rollout.resume"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.steps[0].ordinal = 3; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { std::swap(plan.steps[0], plan.steps[1]); }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.bound.cluster.uid = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.bound.cluster.context = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.bound.server = "https://other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.bound.policy_sha256 = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.bound.catalog_sha256 = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.bound.evidence_sha256.pop_back(); }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { plan.run = "other"; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { ++plan.created_at.us; }) == "other_plan");
    CHECK(changed([](plan::Plan& plan) { ++plan.expires_at.us; }) == "other_plan");
}

TEST_CASE("an approval names the whole digest") {
    Case one;
    const auto digest = one.approval.plan_sha256;
    for (const std::string& other : {std::string(), digest.substr(0, 63), digest + "0", "sha256:" + digest,
                                     digest.substr(0, plan::id_digits), std::string(64, '0')}) {
        one.approval.plan_sha256 = other;
        CHECK(one.why() == "other_plan");
    }
}

TEST_CASE("a plan is good until its time is over, and not before it was made") {
    Case one;
    one.approval.at = one.plan.expires_at - base::Duration{1};
    one.approved();
    one.approval.at = one.plan.expires_at;
    CHECK(one.why() == "expired");
    one.approval.at = one.plan.created_at - base::seconds(60);
    one.approved();
    one.approval.at = one.approval.at - base::Duration{1};
    CHECK(one.why() == "clock_skew");
}

TEST_CASE("the policy can shorten the time of a plan, never lengthen it") {
    Case one;
    one.decisions[1] = asking({1, false, 120});
    CHECK(one.approved().expires_at() == one.plan.created_at + base::seconds(120));
    one.approval.at = one.plan.created_at + base::seconds(120);
    CHECK(one.why() == "expired");
    one.approval.at = now;
    one.decisions[0] = asking({1, false, 60});
    CHECK(one.approved().expires_at() == one.plan.created_at + base::seconds(60));
    one.decisions[0] = one.decisions[1] = asking({1, false, 86'400});
    CHECK(one.approved().expires_at() == one.plan.expires_at);
}

TEST_CASE("what the policy denies, and what takes several people, is not approved") {
    Case one;
    one.deny(1, "not on a Friday");
    CHECK(one.why() == "denied");
    CHECK(contains(one.refused().words, "step 2 (Deployment shop/api) is denied: not on a Friday"));
    one.decisions[1] = asking({2, false, {}});
    CHECK(one.why() == "approvers");
    CHECK(contains(one.refused().words, "step 2 (Deployment shop/api) needs 2 approvers"));
    one.decisions[1] = Decision();  // no rule allows it
    CHECK(one.why() == "denied");
    one.decisions[1].effect = Effect::allow;
    one.approved();
}

TEST_CASE("a step of high risk, or where the policy says so, has its target typed") {
    Case one;
    one.decisions[0] = asking({1, true, {}});
    CHECK(policy::must_type(one.plan.steps[0], one.decisions[0]));
    CHECK_FALSE(policy::must_type(one.plan.steps[1], one.decisions[1]));
    CHECK(one.why() == "unconfirmed");
    CHECK(one.refused().hint == "add --confirm web");
    for (const char* word : {"", "we", "webb", "Web", "yes", "shop", "shop/", "shop/api", "api", "other/web",
                             "StatefulSet/web", "web ", " web", "*"}) {
        one.approval.confirmed = {word};
        CHECK(one.why() == "unconfirmed");
    }
    for (const char* word : {"web", "shop/web", "Deployment/web"}) {
        one.approval.confirmed = {"other", word};
        CHECK(handed_out(one.approved()) == std::vector<int>{1, 2});
    }
    one.decisions[0] = asking();
    one.approval.confirmed.clear();
    one.plan.steps[1].risk = plan::Risk::high;
    one.sign();
    CHECK(one.refused().hint == "add --confirm api");
    // Also where the policy lets it happen without asking.
    one.decisions[1] = Decision();
    one.decisions[1].effect = Effect::allow;
    CHECK(one.why() == "unconfirmed");
    one.approval.steps = {1};
    one.approved();
}

// The one that is told first is the one that no other word can mend.
TEST_CASE("of several reasons the first in the order counts, over all steps") {
    Case one;
    one.decisions[0] = asking({1, true, {}});  // not typed
    one.decisions[1] = asking({2, false, {}});
    CHECK(one.why() == "approvers");
    one.decisions[0] = asking({2, true, {}});
    one.deny(1);
    CHECK(one.why() == "denied");
    one.approval.at = one.plan.expires_at;
    CHECK(one.why() == "expired");
    one.approval.steps = {9};
    CHECK(one.why() == "no_steps");
    one.plan.bound.recorded = true;
    one.sign();
    CHECK(one.why() == "recorded");
    one.approval.plan_sha256.clear();
    CHECK(one.why() == "other_plan");
}

TEST_CASE("decisions about another number of steps are a mistake of ours") {
    Case one;
    one.decisions.pop_back();
    CHECK(test::error_of([&] { one.ask(); }).kind() == base::ErrorKind::internal);
    one.decisions = {asking(), asking(), asking()};
    CHECK(test::error_of([&] { one.ask(); }).kind() == base::ErrorKind::internal);
}
