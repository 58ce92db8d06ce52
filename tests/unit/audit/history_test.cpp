#include "audit/history.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "audit/record.hpp"
#include "audit_builders.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using audit::Effect;
using nlohmann::json;
using plan_test::made_plan;
using policy::History;
using policy::Result;

namespace {

constexpr base::Time start{1'795'248'000'000'000};  // 2026-11-21T08:00:00Z

base::Time at(std::int64_t minute) { return start + base::minutes(minute); }

audit::Record record_of(const std::string& kind, std::int64_t minute) {
    audit::Record record;
    record.kind = kind;
    record.status = "completed";
    record.exit_code = 0;
    record.cluster = {"shop-admin", "v1.32.2", "uid-cluster"};
    record.actor.os_user = "kim";
    record.started_at = at(minute);
    record.ended_at = at(minute + 1);
    return record;
}

audit::Record planned(std::int64_t minute, const plan::Plan& plan) {
    auto record = record_of("plan", minute);
    record.plan = plan;
    return record;
}

std::string digest(const plan::Plan& plan) { return plan::digest_of(plan::document_of(plan)); }

audit::Record decided(const std::string& kind, const std::string& decision, std::int64_t minute,
                      const std::string& plan_sha256) {
    auto record = record_of(kind, minute);
    audit::Approval approval;
    approval.decision = decision;
    approval.plan_sha256 = plan_sha256;
    approval.approver = "lee";
    approval.at = at(minute);
    approval.reason = "not now";
    record.approvals.push_back(approval);
    return record;
}

audit::Record snoozed(const std::string& finding, std::int64_t minute, std::int64_t until) {
    auto record = decided("snooze", "snoozed", minute, "");
    record.approvals[0].finding_id = finding;
    record.approvals[0].expires_at = at(until);
    return record;
}

audit::Record applied(Effect effect, std::optional<bool> check, const std::string& status = "completed") {
    auto record = record_of("apply", 5);
    record.status = status;
    audit::Step step;
    step.action_id = "rollout.restart";
    step.target.object = {"apps/v1", "Deployment", "shop", "web", "uid-web"};
    step.effect = effect;
    step.rc = effect == Effect::applied ? 0 : 1;
    step.ended_at = at(5);
    record.steps.push_back(step);
    audit::Verification verification;
    verification.ordinal = 1;
    verification.check = "rollout_complete";
    verification.passed = check;
    record.verification.push_back(verification);
    return record;
}

History told(const std::vector<audit::Record>& records) {
    History history;
    for (const auto& one : records) audit::add_to(history, audit::to_document(one));
    return history;
}

bool is_empty(const History& history) {
    return history.attempts.empty() && history.decided.empty() && history.snoozes.empty() && history.plans.empty();
}

Result result_of(const audit::Record& record) {
    const auto history = told({record});
    REQUIRE(history.attempts.size() == 1);
    return history.attempts[0].result;
}

}  // namespace

TEST_CASE("each step of an apply is an attempt, with what came of it") {
    const auto history = told({applied(Effect::applied, true)});
    REQUIRE(history.attempts.size() == 1);
    const auto& one = history.attempts[0];
    CHECK(one.cluster_uid == "uid-cluster");
    CHECK(one.action_id == "rollout.restart");
    CHECK(one.target == kube::ObjectRef{"apps/v1", "Deployment", "shop", "web", "uid-web"});
    CHECK(one.at == at(6));
    CHECK(one.by == "kim");
    CHECK(one.result == Result::verified);
}

TEST_CASE("what came of a step counts as what it was") {
    CHECK(result_of(applied(Effect::applied, false)) == Result::unverified);
    CHECK(result_of(applied(Effect::unknown, std::nullopt)) == Result::unknown);
    CHECK(result_of(applied(Effect::unknown, true)) == Result::unknown);
    CHECK(result_of(applied(Effect::not_applied, std::nullopt, "failed")) == Result::failed);
    CHECK(result_of(applied(Effect::not_applied, std::nullopt, "halted")) == Result::failed);
    // Somebody else was faster.
    CHECK(result_of(applied(Effect::not_applied, std::nullopt, "stale")) == Result::not_sent);
    // Nobody waited for the proof.
    CHECK(result_of(applied(Effect::applied, std::nullopt, "interrupted")) == Result::not_sent);
}

TEST_CASE("a check counts for its own step") {
    auto record = applied(Effect::applied, true);
    record.steps.push_back(record.steps[0]);
    record.steps[1].ordinal = 2;
    record.verification.push_back(record.verification[0]);
    record.verification[1].ordinal = 2;
    record.verification[1].passed = false;
    const auto history = told({record});
    REQUIRE(history.attempts.size() == 2);
    CHECK(history.attempts[0].result == Result::verified);
    CHECK(history.attempts[1].result == Result::unverified);
}

TEST_CASE("a plan is told with its outcome and findings, and tells of no attempt") {
    const auto plan = made_plan();
    const auto history = told({planned(0, plan)});
    CHECK(history.attempts.empty());
    CHECK(history.decided.empty());
    REQUIRE(history.plans.size() == 1);
    CHECK(history.plans[0].at == at(1));
    CHECK(history.plans[0].outcome == "Planned");
    CHECK(history.plans[0].findings == plan.findings);
}

TEST_CASE("a rejected plan is an attempt of each of its steps") {
    const auto plan = made_plan();
    auto history = told({planned(0, plan), decided("reject", "rejected", 3, digest(plan))});
    REQUIRE(history.attempts.size() == plan.steps.size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const auto& one = history.attempts[i];
        CHECK(one.result == Result::rejected);
        CHECK(one.cluster_uid == "uid-cluster");
        CHECK(one.action_id == plan.steps[i].action_id);
        CHECK(one.target.same_name(plan.steps[i].target.object));
        CHECK(one.at == at(3));
        CHECK(one.by == "lee");
        CHECK(one.reason == "not now");
        const auto wait = policy::cooldown(history, "uid-cluster", plan.steps[i], at(4));
        REQUIRE(wait);
        CHECK(wait->until == at(18));
    }
    CHECK(history.decided.at(digest(plan)).decision == "rejected");
    CHECK(history.decided.at(digest(plan)).reason == "not now");
    // Of a plan that is not told it is only known that it is used.
    history = told({decided("reject", "rejected", 3, digest(plan))});
    CHECK(history.attempts.empty());
    CHECK(history.decided.count(digest(plan)) == 1);
}

TEST_CASE("a plan is used by the first decision on it") {
    const auto plan = made_plan();
    const auto history = told({planned(0, plan), decided("apply", "approved", 2, digest(plan)),
                               decided("apply", "approved", 9, digest(plan))});
    REQUIRE(history.decided.size() == 1);
    CHECK(history.decided.at(digest(plan)).decision == "approved");
    CHECK(history.decided.at(digest(plan)).at == at(2));
    CHECK(history.decided.at(digest(plan)).by == "lee");
    CHECK(history.attempts.empty());
}

TEST_CASE("the newest snooze of a finding counts, and uses no plan") {
    auto history = told({snoozed("f1", 0, 60), snoozed("f2", 1, 90), snoozed("f1", 2, 30)});
    CHECK(history.decided.empty());
    REQUIRE(history.snoozes.size() == 2);
    CHECK(history.snoozes.at("f1").until == at(30));
    CHECK(history.snoozes.at("f1").at == at(2));
    CHECK(history.snoozes.at("f1").by == "lee");
    CHECK(history.snoozes.at("f2").until == at(90));
    auto endless = snoozed("f1", 0, 60);
    endless.approvals[0].expires_at.reset();
    CHECK(told({endless}).snoozes.empty());
}

TEST_CASE("records of other kinds tell nothing") {
    for (const char* kind : {"triage", "verify", "recover", "rescue", "", "applied"}) {
        auto record = applied(Effect::applied, true);
        record.kind = kind;
        record.plan = made_plan();
        CHECK(is_empty(told({record})));
    }
}

TEST_CASE("what is no record tells nothing and breaks nothing") {
    History history;
    for (const json& document : {json(), json(7), json("x"), json::array({1}), json::object(), json{{"kind", 7}},
                                 json{{"kind", "plan"}}, json{{"kind", "plan"}, {"plan", "x"}},
                                 json{{"kind", "apply"}, {"steps", "x"}}, json{{"kind", "apply"}, {"steps", nullptr}},
                                 json{{"kind", "snooze"}, {"approvals", {{"decision", "snoozed"}}}}})
        audit::add_to(history, document);
    CHECK(is_empty(history));
    // Each field of a whole record lost or of another type.
    const auto plan = made_plan();
    for (auto record : {planned(0, plan), decided("reject", "rejected", 3, digest(plan)), snoozed("f1", 0, 60),
                        applied(Effect::applied, true)}) {
        const auto whole = audit::to_document(record).flatten();
        for (const auto& [path, value] : whole.items())
            for (const json& other : {json(), json(-7), json("\x1b"), json::array({1}), json{{"uid", 7}}}) {
                auto document = audit::to_document(record);
                document[json::json_pointer(path)] = other;
                History one;
                audit::add_to(one, document);
                CHECK(one.attempts.size() <= 1);
            }
    }
}

TEST_CASE("an attempt whose effect is not told counts as unknown") {
    auto document = audit::to_document(applied(Effect::applied, true));
    document["steps"][0]["effect"] = "perhaps";
    History history;
    audit::add_to(history, document);
    CHECK(history.attempts.at(0).result == Result::unknown);
}

TEST_CASE("old records cannot tell anything that counts") {
    constexpr auto plans = base::hours(25);
    CHECK(audit::may_tell("plan", start, start + plans - base::Duration{1}));
    CHECK_FALSE(audit::may_tell("plan", start, start + plans));
    CHECK(plans > policy::no_action_hold);
    for (const char* kind : {"apply", "approve", "reject", "snooze"}) {
        CHECK(audit::may_tell(kind, start, start + audit::longest_snooze - base::Duration{1}));
        CHECK_FALSE(audit::may_tell(kind, start, start + audit::longest_snooze));
        CHECK(audit::may_tell(kind, start, start - base::hours(1)));  // the clock was set back
    }
    for (const char* kind : {"triage", "verify", "rescue", "recover", "", "Plan"})
        CHECK_FALSE(audit::may_tell(kind, start, start));
}
