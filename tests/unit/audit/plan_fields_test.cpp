#include "audit/plan_fields.hpp"

#include <doctest/doctest.h>

using namespace salve;
using nlohmann::json;

TEST_CASE("each action names the rule and the evidence of its finding, the chosen ones first") {
    plan::Plan made;
    made.steps.resize(1);
    made.steps[0].action_id = "rollout.undo";
    made.steps[0].finding_id = "f1";
    made.alternatives = {{"memory.raise", "f2", {}, "It.", "Because.", plan::Risk::medium, "rollout.undo"},
                         {"scale.set", "f3", {}, "It.", "Because.", plan::Risk::high, "rollout.undo"}};
    const json findings = {{{"id", "f1"}, {"rule", "pod.image.not-found"}, {"evidence_ids", {"E1", "E2"}}},
                           {{"id", "f2"}, {"rule", "pod.crashloop.oom"}, {"evidence_ids", json::array()}}};
    const auto list = audit::candidate_fields(made, findings);
    REQUIRE(list.size() == 3);
    CHECK(list[0]["action_id"] == "rollout.undo");
    CHECK(list[0]["rule"] == "pod.image.not-found");
    CHECK(list[0]["evidence_ids"] == json{"E1", "E2"});
    CHECK(list[1]["action_id"] == "memory.raise");
    CHECK(list[1]["rule"] == "pod.crashloop.oom");
    CHECK(list[1]["rule_rank"] == 1);
    // The record had no room for that finding.
    CHECK(list[2]["rule"] == "f3");
    CHECK(list[2]["evidence_ids"] == json::array());
    CHECK(audit::candidate_fields(made, json::array())[0]["rule"] == "f1");
}

TEST_CASE("the step that is held back the longest is told, with how often it failed") {
    plan::Plan made;
    made.bound.cluster.uid = "uid-cluster";
    for (const auto* name : {"web", "api"}) {
        auto& step = made.steps.emplace_back();
        step.action_id = "rollout.restart";
        step.target.object = {"apps/v1", "Deployment", "shop", name, ""};
    }
    policy::Settings settings;
    settings.now = base::Time{1'000'000'000};
    settings.history.emplace();
    CHECK(audit::cooldown_fields(audit::judge_plan(made, {}, settings)).is_null());
    const auto tried = [&](const char* name, int times) {
        for (int i = 0; i < times; ++i)
            settings.history->attempts.push_back({"uid-cluster",
                                                  "rollout.restart",
                                                  {"apps/v1", "Deployment", "shop", name, ""},
                                                  base::Time{999'000'000},
                                                  policy::Result::failed,
                                                  "kim",
                                                  ""});
    };
    tried("web", 1);
    tried("api", 2);
    const auto fields = audit::cooldown_fields(audit::judge_plan(made, {}, settings));
    CHECK(fields["fingerprint"] == policy::fingerprint("uid-cluster", made.steps[1]));
    CHECK(fields["consecutive_failures"] == 2);
    CHECK(fields["next_allowed_at"] == base::to_rfc3339(base::Time{999'000'000} + base::minutes(2)));
    settings.history.reset();
    CHECK(audit::cooldown_fields(audit::judge_plan(made, {}, settings)).is_null());
}
