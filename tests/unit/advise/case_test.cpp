// What a model is asked about, and how its choice is held against a known truth.
#include "advise/case.hpp"

#include "advise/truth.hpp"
#include "advise_builders.hpp"

using namespace salve;
using namespace salve::test;

TEST_CASE("the candidates are those of the plan, the steps first, with their findings and causes") {
    Outage outage;
    auto extra = outage.findings[0];
    extra.id = "000000000009";
    outage.findings.push_back(extra);  // nothing of the plan is about it
    outage.findings[0].caused_by = outage.findings[1].id;
    plan::Plan plan;
    plan::Step step;
    step.action_id = "memory.raise";
    step.finding_id = outage.findings[0].id;
    step.target = outage.findings[0].root;
    step.risk = plan::Risk::medium;
    plan.steps.push_back(step);
    plan.alternatives.push_back({"rollout.undo", step.finding_id, step.target, "", "", plan::Risk::medium, ""});
    const auto made = advise::case_of(plan, outage.findings, {"shop"}, outage.about.now);
    REQUIRE(made.candidates.size() == 2);
    CHECK(made.candidates[0].action_id == "memory.raise");
    CHECK(made.candidates[1].action_id == "rollout.undo");
    REQUIRE(made.findings.size() == 2);
    CHECK(made.findings[1]->id == outage.findings[1].id);
    CHECK(advise::interchangeable(made.candidates[0], made.candidates[1]));
    CHECK(advise::candidate_name(0) == "A1");
    plan.steps.assign(100, step);
    CHECK(advise::case_of(plan, outage.findings, {}, {}).candidates.size() == advise::max_candidates);
    CHECK(advise::case_of(plan::Plan(), outage.findings, {}, {}).findings.empty());
}

TEST_CASE("a chain of causes that bites its tail ends") {
    Outage outage;
    outage.findings[0].caused_by = outage.findings[1].id;
    outage.findings[1].caused_by = outage.findings[0].id;
    plan::Plan plan;
    plan::Step step;
    step.finding_id = outage.findings[0].id;
    plan.steps.push_back(step);
    CHECK(advise::case_of(plan, outage.findings, {}, {}).findings.size() == 2);
}

TEST_CASE("a choice treats the truth if its finding's root is blamed, as such or as accepted") {
    const Outage outage;
    const auto& web = outage.about.candidates[1];
    const auto truth = [](const char* text) { return json::parse(text); };
    const auto treats = [&](const char* text) { return advise::treats_truth(outage.about, web, truth(text)); };
    CHECK(treats(R"({"root":{"kind":"Deployment","namespace":"shop","name":"web"}})") == true);
    CHECK(treats(R"({"root":{"kind":"deployment","name":"w*b"}})") == true);
    CHECK(treats(R"({"root":{"kind":"Service","name":"web"}})") == false);
    CHECK(treats(R"({"root":{"kind":"Deployment","namespace":"pay","name":"web"}})") == false);
    CHECK(treats(R"({"root":{"kind":"x","name":"y"},"accept":[{"kind":"Deployment","name":"web"}]})") == true);
    CHECK(treats(R"({"root":{"kind":"x","name":"y"},"also":[{"root":{"kind":"Deployment","name":"web"}}]})") == true);
    CHECK_FALSE(treats(R"({"category":"healthy","root":{"kind":"Deployment","name":"web"}})"));
    CHECK_FALSE(treats("null"));
    CHECK_FALSE(treats("[]"));
    CHECK(treats(R"({"root":7,"accept":7,"also":7})") == false);
}
