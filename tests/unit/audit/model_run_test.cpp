// What a record keeps of a model.
#include "audit/model_run.hpp"

#include "advise/judge.hpp"
#include "advise_builders.hpp"
#include "audit/record.hpp"
#include "audit/schema.hpp"
#include "audit_builders.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"

using namespace salve;
using namespace salve::test;
using advise::Question;

namespace {

std::string answer(const Question& q) {
    auto said = answer_to(q);
    said["ranking"] = {id_of(q, "memory.raise", "deployment-1"), id_of(q, "rollout.undo", "deployment-1"), "A1"};
    said["notes"] = {{{"action", id_of(q, "memory.raise", "deployment-1")},
                      {"text", "deployment-1 was killed with exit code 137"},
                      {"evidence", {"E1"}}}};
    said["warnings"] = {{{"code", "conflict"}, {"evidence", {"E1", "E3"}}}};
    return said.dump();
}

// The plan that the candidates of the outage are of, with memory.raise as the step.
plan::Plan plan_of(const Outage& outage) {
    plan::Plan plan;
    const auto& all = outage.about.candidates;
    for (const std::size_t at : {2U, 1U}) {
        plan::Step step;
        step.action_id = all[at].action_id;
        step.target = all[at].target;
        plan.steps.push_back(step);
    }
    plan.alternatives.push_back({all[0].action_id, all[0].finding_id, all[0].target, "", "", all[0].risk, ""});
    return plan;
}

std::string fault_of(const audit::ModelRun& run) {
    auto record = minimal_record();
    record["llm"] = audit::model_fields(run);
    return audit::record_fault(record).value_or("");
}

}  // namespace

TEST_CASE("S1.24: the record names the model, what it was asked, and what came of it") {
    const Outage outage;
    FakeModel model(answer);
    model.answer.model_digest = "sha256:abc";
    model.answer.endpoint = "http://127.0.0.1:11434";
    model.answer.server_version = "0.17.4";
    model.answer.latency_us = 1'000;
    const auto advice = advise::consult(outage.about, model, consult_options());
    const auto run = audit::model_run(outage.about, advice, plan_of(outage));
    CHECK(fault_of(run) == "");
    const auto fields = audit::model_fields(run);
    CHECK(fields["used"] == true);
    CHECK(fields["model"] == "fake:7b");
    CHECK(fields["model_digest"] == "sha256:abc");
    CHECK(fields["endpoint"] == "http://127.0.0.1:11434");
    CHECK(fields["server_version"] == "0.17.4");
    CHECK(fields["prompt_tokens"] == 1500);
    CHECK(fields["num_ctx"] == 8192);
    CHECK(fields["latency_us"] == 2'000);            // of both questions
    CHECK(fields["ranking"] == json({"A1", "A3"}));  // as the record numbers the actions of its plan
    CHECK(fields["notes"] == json::parse(R"([{"candidate":"A1","evidence":["000000000001/E1"],)"
                                         R"("text":"Deployment reports was killed with exit code 137"}])"));
    CHECK(fields["warnings"] == json({"conflict (000000000001/E1, 000000000001/E2)"}));
    CHECK(fields["dropped"][0]["reason"] == "no candidate has that id");
    CHECK(fields["actionable"] == true);
    CHECK(fields["fallback_reason"].is_null());
    CHECK(fields["prompt_sha256"] == base::sha256_hex(advice.asked[0].prompt));
    CHECK(fields["options"]["prompt_sha256.2"] == advice.asked[1].prompt_sha256);
    CHECK(fields["options"]["questions"] == 2);
    CHECK(base::canonical(fields).size() > 100);  // it has a canonical spelling
}

TEST_CASE("the prompt's text is kept only where that was asked for, and then to the byte") {
    const Outage outage;
    const auto advice = consulted(outage.about, answer);
    auto run = audit::model_run(outage.about, advice, plan_of(outage));
    CHECK(audit::model_fields(run)["prompt"].is_null());
    CHECK(audit::model_fields(run)["response"].is_null());
    run.keep_prompt = true;
    const auto kept = audit::model_fields(run);
    CHECK(base::sha256_hex(kept["prompt"].get<std::string>()) == kept["prompt_sha256"]);
    CHECK(kept["response"] == advice.asked[0].answer.content);
    CHECK(fault_of(run) == "");
}

TEST_CASE("a model that did not answer is on record too, with why") {
    const Outage outage;
    FakeModel model(answer);
    model.answer = {};
    model.answer.failure = "connection refused";
    const auto advice = advise::consult(outage.about, model, consult_options());
    const auto run = audit::model_run(outage.about, advice, plan_of(outage));
    CHECK(fault_of(run) == "");
    const auto fields = audit::model_fields(run);
    CHECK(fields["used"] == false);
    CHECK(fields["actionable"].is_null());
    CHECK(fields["response_sha256"].is_null());
    CHECK(fields["prompt_tokens"].is_null());
    CHECK(fields["fallback_reason"] == "connection refused");
}

TEST_CASE("whatever a model says, the record of it is one that the schema allows") {
    const Outage outage;
    std::string huge(60'000, 'x');
    const FakeModel::Say all[] = {
        [](const Question&) { return std::string("\x1b[2J\xff\x00{", 7); },
        [&](const Question& q) {
            auto said = answer_to(q);
            said["ranking"] = {huge};
            said["warnings"] = {{{"code", "\u202e"}, {"evidence", {"E1"}}}};
            return said.dump();
        },
        [](const Question& q) {
            auto said = answer_to(q);
            for (int i = 0; i < 3000; ++i) said["ranking"].push_back("A" + std::to_string(i));
            return said.dump();
        },
    };
    for (const auto& say : all) {
        auto run = audit::model_run(outage.about, consulted(outage.about, say), plan_of(outage));
        run.keep_prompt = true;
        CHECK(fault_of(run) == "");
    }
}
