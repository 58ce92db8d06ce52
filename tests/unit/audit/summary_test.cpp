#include "audit/summary.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "base/error.hpp"
#include "hostile.hpp"
#include "run_builders.hpp"

using namespace salve;
using namespace salve::audit;
using tests::runs::Records;

namespace {

using Severity = diagnose::Severity;

Summary of(const nlohmann::json& record) { return summarize(record, tests::runs::digest('9'), "file.json"); }

bool kept(const nlohmann::json& record, const Filter& filter) { return matches(of(record), filter); }

}  // namespace

TEST_CASE("a triage in short") {
    const auto summary = of(Records().triage());
    CHECK(summary.seq == 1);
    CHECK(summary.run_id == "000000abc001");
    CHECK(summary.kind == "triage");
    CHECK(summary.status == "completed");
    CHECK(summary.exit_code == 1);
    CHECK(summary.started_at == tests::runs::start);
    CHECK(summary.ended_at == tests::runs::start + base::seconds(2));
    CHECK(summary.mono_us == 2'000'000);
    CHECK(summary.namespaces == std::vector<std::string>{"demo"});
    CHECK(summary.targets == std::vector<ObjectName>{{"Deployment", "demo", "web"}, {"Service", "demo", "shop"}});
    CHECK(summary.targets[0].text() == "Deployment/demo/web");
    CHECK(summary.of(Severity::critical) == 1);
    CHECK(summary.of(Severity::medium) == 1);
    CHECK(summary.modes == std::map<std::string, std::size_t>{{"pod.image.not-found", 1}, {"svc.no-endpoints", 1}});
    CHECK(summary.ticket == "INC-7");
    CHECK(summary.reason == "the shop is down");
    CHECK(actor(summary.os_user, summary.host) == "alice@ops-1");
    CHECK(summary.initiator == "user");
    CHECK(summary.digest == tests::runs::digest('9'));
    CHECK(summary.file == "file.json");
}

TEST_CASE("S2.11 S2.37: plans, parents and steps link the runs") {
    const auto apply = of(Records().apply());
    CHECK(apply.plans == std::vector<std::string>{"cccccccccccccccc"});
    CHECK(apply.parents == std::vector<std::string>{"000000abc004", "000000abc005"});
    CHECK(apply.of(StepOutcome::verified) == 1);
    CHECK(apply.of(StepOutcome::failed) == 1);
    CHECK(of(Records().reject()).plans == std::vector<std::string>{"bbbbbbbbbbbbbbbb"});
    CHECK(of(Records().plan()).targets.size() == 2);
}

TEST_CASE("the namespaces are those asked for and those of what is named") {
    auto record = Records().triage();
    record["scope"]["namespaces"] = {"shop"};
    CHECK(of(record).namespaces == std::vector<std::string>{"demo", "shop"});
    record["scope"] = {{"namespaces", nlohmann::json::array()}, {"all", true}, {"targets", nlohmann::json::array()}};
    CHECK(of(record).all_namespaces);
    CHECK(of(record).namespaces == std::vector<std::string>{"demo"});
}

TEST_CASE("how a step ended") {
    auto record = Records().apply();
    const auto outcome = [&](const char* effect, const nlohmann::json& rc, const nlohmann::json& passed) {
        record["steps"][0]["effect"] = effect;
        record["steps"][0]["rc"] = rc;
        record["verification"][0]["passed"] = passed;
        return step_outcome(record, record["steps"][0]);
    };
    CHECK(outcome("applied", 0, true) == StepOutcome::verified);
    CHECK(outcome("applied", 0, false) == StepOutcome::verify_failed);
    CHECK(outcome("applied", 0, nullptr) == StepOutcome::applied);
    CHECK(outcome("applied", 1, true) == StepOutcome::verified);
    CHECK(outcome("not_applied", 0, nullptr) == StepOutcome::not_applied);
    CHECK(outcome("not_applied", 1, nullptr) == StepOutcome::failed);
    CHECK(outcome("not_applied", nullptr, nullptr) == StepOutcome::failed);
    CHECK(outcome("unknown", 0, true) == StepOutcome::unknown);
    record["steps"][0]["timed_out"] = true;
    CHECK(outcome("not_applied", 0, nullptr) == StepOutcome::failed);
    record["verification"][0]["ordinal"] = nullptr;  // a check of the whole is not one of a step
    CHECK(outcome("applied", 0, false) == StepOutcome::applied);
}

TEST_CASE("S3.7 S3.58: one entry a step that was sent") {
    const auto list = entries(Records().apply());
    REQUIRE(list.size() == 2);
    const auto& first = list[0];
    CHECK(first.action == "rollout.undo");
    CHECK(first.actor_type == "user");
    CHECK(first.actor_id == "alice@ops-1");
    CHECK(first.org_id == "kind-demo");
    CHECK(first.target_type == "Deployment");
    CHECK(first.target_id == "cccccccccccccccc:1");
    CHECK(first.outcome == "verified");
    CHECK(first.plan_id == "cccccccccccccccc");
    CHECK(first.ordinal == 1);
    CHECK(first.kind == "kubectl");
    CHECK(first.verb == "patch");
    CHECK(first.connector_id == "uid-kube-system");
    CHECK(first.error.empty());
    CHECK(first.at == tests::runs::start + base::seconds(301));
    CHECK(list[1].outcome == "failed");
    CHECK(list[1].error == "The request is invalid:\nthe server rejected our request\n");
    CHECK(entries(Records().plan()).empty());
}

TEST_CASE("an entry of a step without a plan, and the words for other ends") {
    auto record = Records().apply();
    record["plan"] = nullptr;
    auto& step = record["steps"][1];
    step["plan_sha256"] = nullptr;
    step["argv"] = {"kubectl", "--context=x", "delete", "pod"};
    step["stderr"] = nullptr;
    CHECK(entries(record)[1].target_id == "000000abc006:2");
    CHECK(entries(record)[1].verb == "delete");
    CHECK(entries(record)[1].error == "exit code 1");
    step["rc"] = nullptr;
    step["signal"] = 9;
    CHECK(entries(record)[1].error == "ended by signal 9");
    step["timed_out"] = true;
    CHECK(entries(record)[1].error == "timed out");
    record["verification"][0]["passed"] = false;
    CHECK(entries(record)[0].error == "a check failed after the change");
}

TEST_CASE("filters: every field that is given must match") {
    const Records records;
    const auto triage = records.triage(), apply = records.apply(), reject = records.reject();
    CHECK(kept(triage, {}));
    CHECK(kept(triage, {.since = tests::runs::start}));
    CHECK_FALSE(kept(triage, {.since = tests::runs::start + base::seconds(1)}));
    CHECK_FALSE(kept(triage, {.until = tests::runs::start}));
    CHECK(kept(triage, {.kinds = {"apply", "triage"}}));
    CHECK_FALSE(kept(reject, {.kinds = {"apply", "triage"}}));
    CHECK(kept(reject, {.outcomes = {"rejected"}}));
    CHECK_FALSE(kept(triage, {.outcomes = {"rejected"}}));
    CHECK(kept(triage, {.namespaces = {"shop", "demo"}}));
    CHECK_FALSE(kept(triage, {.namespaces = {"shop"}}));
    CHECK(kept(triage, {.ticket = "INC-7"}));
    CHECK_FALSE(kept(triage, {.ticket = "INC-8"}));
    CHECK(kept(apply, {.targets = {diagnose::parse_target("deploy/web")}}));
    CHECK_FALSE(kept(apply, {.targets = {diagnose::parse_target("deploy/shop")}}));
    CHECK_FALSE(kept(reject, {.targets = {diagnose::parse_target("deploy/web")}}));
}

TEST_CASE("S3.60: filter by the type of the target") {
    const Records records;
    CHECK(kept(records.apply(), {.types = {diagnose::parse_kind("svc")}}));
    CHECK(kept(records.triage(), {.types = {"StatefulSet", "Deployment"}}));
    CHECK_FALSE(kept(records.apply(), {.types = {"StatefulSet"}}));
    CHECK_FALSE(kept(records.reject(), {.types = {"Deployment"}}));
    CHECK_FALSE(kept(records.apply(),
                     {.targets = {diagnose::parse_target("deploy/web")}, .types = {diagnose::parse_kind("svc")}}));
}

TEST_CASE("a filter that no run can match is refused") {
    CHECK_NOTHROW(check({.kinds = {"triage", "recover"}, .outcomes = {"abandoned"}}));
    try {
        check({.kinds = {"aply"}});
        FAIL("taken");
    } catch (const base::Error& error) {
        CHECK(error.kind() == base::ErrorKind::usage);
        CHECK(std::string(error.what()) == "kind of run \"aply\" is not known");
        CHECK(error.hint() == "did you mean \"apply\"?");
    }
    CHECK_THROWS_AS(check({.outcomes = {"done"}}), base::Error);
}

TEST_CASE("fields that are missing or of another type read as nothing") {
    const nlohmann::json odd[] = {
        nullptr, 7, "x", nlohmann::json::array({1}), {{"steps", 3}, {"findings", {{"x", 1}}}}};
    for (const auto& record : odd) {
        const auto summary = of(record);
        CHECK(summary.run_id.empty());
        CHECK(summary.targets.size() <= 1);
        CHECK(entries(record).empty());
    }
    const nlohmann::json large = {{"n", 18446744073709551615ULL}, {"t", "yesterday"}};
    CHECK_FALSE(fields::integer(large, "n"));
    CHECK_FALSE(fields::time(large, "t"));
}

TEST_CASE("hostile text stays what it is") {
    tests::Hostile hostile(31);
    const Records records([&](const std::string& text) { return text + hostile.text(); });
    for (int round = 0; round < 50; ++round)
        for (const auto& record : records.incident()) {
            const auto summary = of(record);
            CHECK(summary.ticket.starts_with("INC-7"));
            matches(summary, {.namespaces = {"demo"}, .types = {"Deployment"}});
            for (const auto& entry : entries(record)) CHECK(entry.error.size() <= 4096);
        }
}
