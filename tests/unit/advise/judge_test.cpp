// From an advice to a plan and to its verdicts.
#include "advise/judge.hpp"

#include "advise_builders.hpp"
#include "audit/model_run.hpp"
#include "audit/plan_fields.hpp"
#include "base/json.hpp"
#include "injections.hpp"
#include "plan/plan_json.hpp"
#include "policy_builders.hpp"
#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::test;
using advise::Question;
using plan_test::Scene;

namespace {

// A rollout that goes on and that two actions of the same risk would meet.
struct Rolling {
    Scene scene;

    Rolling() {
        scene.rolling("web");
        scene.finding("web", {"rollout.pause", "scale.set"}, "f1");
    }
    plan::Plan rules() { return scene.plan(); }

    advise::AdvisedPlan ask(advise::Advisor& model) {
        auto options = scene.options;
        const auto replan = [&](const plan::Order& order) {
            auto again = scene;
            again.options.order = order;
            return again.plan();
        };
        return advise::advised_plan(rules(), scene.findings, {"shop"}, replan, model, consult_options());
    }
    advise::AdvisedPlan ask(const FakeModel::Say& say) {
        FakeModel model(say);
        return ask(model);
    }
};

std::string bytes(const plan::Plan& plan) { return base::canonical(json(plan::document_of(plan))); }

// Ranks the offered actions in that order.
json ranked(const Question& question, const std::vector<std::string>& actions) {
    auto answer = answer_to(question);
    for (const auto& action : actions)
        for (const auto& one : offered(question))
            if (one["action"] == action) answer["ranking"].push_back(one["id"]);
    return answer;
}

// Everything is allowed by the settings; the file allows all.
policy::Settings open_settings() {
    policy::Settings settings;
    settings.enabled = settings.allow_high_risk = true;
    settings.allowed_namespaces = {"shop"};
    settings.trust_level = policy::Trust::automate;
    settings.history = policy::History();
    settings.unsettled = false;
    settings.now = plan_test::now;
    return settings;
}

std::vector<policy::Decision> decisions(const plan::Plan& plan) {
    return audit::judge_plan(plan, allow_all(), open_settings()).decisions;
}

advise::Advice random_advice(Random& random) {
    advise::Advice advice;
    if (random.one_in(4)) advice.fallback = "down";
    advice.abstained = random.one_in(4);
    advice.unstable = random.one_in(4);
    advice.actionable = !random.one_in(3);
    for (auto n = random.below(3); n > 0; --n)
        advice.warnings.push_back({random.pick(advise::warning_names).first, {}});
    return advice;
}

}  // namespace

TEST_CASE("the scene has two close actions") {
    Rolling rolling;
    const auto plan = rolling.rules();
    REQUIRE(plan.steps.size() == 1);
    REQUIRE(plan.alternatives.size() == 1);
    CHECK(plan.steps[0].risk == plan.alternatives[0].risk);
}

TEST_CASE("a stable order exchanges close actions, shows both, and needs a person's approval") {
    Rolling rolling;
    const auto advised = rolling.ask([](const Question& q) {
        return ranked(q, {"scale.set", "rollout.pause"}).dump();
    });
    CHECK(advised.reordered);
    REQUIRE(advised.plan.steps.size() == 1);
    CHECK(advised.plan.steps[0].action_id == "scale.set");
    CHECK(advised.plan.alternatives[0].action_id == "rollout.pause");
    CHECK(advise::only_reordered(rolling.rules(), advised.plan));
    CHECK(advised.plan.judgement == plan::Judgement{true, {}, true, false});
    const auto verdict = decisions(advised.plan)[0];
    CHECK(verdict.effect == policy::Effect::require_approval);
    CHECK(std::count(verdict.matched.begin(), verdict.matched.end(), "floor.close-alternatives") == 1);
    const auto run = audit::model_run(advised.about, advised.advice, advised.plan);
    CHECK(run.ranking == std::vector<std::string>{"A1", "A2"});  // as the record of this plan numbers them
}

TEST_CASE("the parameters of an action are the same whoever chose it") {
    Rolling rolling;
    const auto advised = rolling.ask([](const Question& q) {
        return ranked(q, {"scale.set", "rollout.pause"}).dump();
    });
    auto alone = rolling.scene;
    alone.options.ask.action = "scale.set";
    const auto by_hand = alone.plan();
    REQUIRE(by_hand.steps.size() == 1);
    CHECK(by_hand.steps[0].command == advised.plan.steps[0].command);
}

TEST_CASE("8: the plan is the same to the byte with the model off, down, or answering rubbish") {
    Rolling rolling;
    const auto off = bytes(rolling.rules());
    CHECK(off.find("judgement") == std::string::npos);
    FakeModel down([](const Question&) { return ""; });
    down.answer.failure = "connection refused";
    CHECK(bytes(rolling.ask(down).plan) == off);
    const FakeModel::Say rubbish[] = {
        [](const Question&) { return ""; },
        [](const Question&) { return "I would restart it."; },
        [](const Question& q) {
            return ranked(q, {"scale.set", "rollout.pause"}).dump().substr(1);
        },
        [](const Question& q) {
            auto answer = ranked(q, {"scale.set", "rollout.pause"});
            answer["nonce"] = "x";
            answer["actionable"] = false;
            answer["warnings"] = {{{"code", "conflict"}, {"evidence", {"E1"}}}};
            return answer.dump();
        },
        [](const Question& q) {
            auto answer = ranked(q, {"scale.set", "rollout.pause"});
            answer["approved"] = true;
            return answer.dump();
        },
    };
    for (const auto& say : rubbish) {
        const auto advised = rolling.ask(say);
        CHECK(bytes(advised.plan) == off);
        CHECK_FALSE(advised.reordered);
    }
    // A whole answer that says nothing new leaves the steps as they are.
    const auto fine = rolling.ask([](const Question& q) { return ranked(q, {"rollout.pause", "scale.set"}).dump(); });
    auto document = json(plan::document_of(fine.plan));
    document.erase("judgement");
    CHECK(base::canonical(document) == off);
}

TEST_CASE("S1.5, S1.15, S1.16: a warning, or not actionable, gates in every environment, typed") {
    Rolling rolling;
    const auto gated = [&](const FakeModel::Say& say, const char* rule) {
        const auto advised = rolling.ask(say);
        auto plan = advised.plan;
        for (const char* environment : {"production", "dev", "test", "staging", ""}) {
            plan.steps[0].around.namespace_labels.emplace()["environment"] = environment;
            const auto verdict = decisions(plan)[0];
            CHECK(verdict.effect == policy::Effect::require_approval);
            REQUIRE(verdict.demands);
            CHECK(verdict.demands->typed);
            CHECK(std::count(verdict.matched.begin(), verdict.matched.end(), rule) == 1);
        }
    };
    gated(
        [](const Question& q) {
            auto answer = ranked(q, {});
            answer["warnings"] = {{{"code", "recovering"}, {"evidence", {"E1"}}}};
            return answer.dump();
        },
        "floor.model-warning");
    gated(
        [](const Question& q) {
            auto answer = ranked(q, {});
            answer["actionable"] = false;
            return answer.dump();
        },
        "floor.model-not-actionable");
    gated(
        [](const Question& q) {
            auto answer = answer_to(q);
            for (const auto& one : offered(q)) answer["ranking"].push_back(one["id"]);
            return answer.dump();
        },
        "floor.model-unstable");
}

TEST_CASE("whoever approves a plan later does so under the model's judgement; its document holds it") {
    Rolling rolling;
    auto advised = rolling.ask([](const Question& q) {
        auto answer = ranked(q, {});
        answer["actionable"] = false;
        answer["warnings"] = {{{"code", "conflict"}, {"evidence", {"E1"}}}};
        return answer.dump();
    });
    const auto document = plan::document_of(advised.plan);
    const auto read = plan::parse_plan(json(document), plan::digest_of(document), "x");
    CHECK(read.judgement == plan::Judgement{true, {"conflict"}, false, false});
    CHECK(decisions(read)[0].matched == decisions(advised.plan)[0].matched);
    // Taken away, the document is another one.
    auto forged = json(document);
    forged.erase("judgement");
    CHECK_THROWS(plan::parse_plan(forged, plan::digest_of(document), "x"));
    forged["judgement"] = {
        {"used", true}, {"warnings", json::array()}, {"actionable", true}, {"unstable", false}, {"x", 1}};
    CHECK_THROWS(plan::parse_plan(forged, plan::digest_of(nlohmann::ordered_json(forged)), "x"));
}

TEST_CASE("an abstaining model is no judgement; a withheld text is one all the same") {
    advise::Advice advice;
    advice.abstained = true;
    CHECK(advise::judgement_of(advice) == plan::Judgement());
    advice.warnings = {{advise::Warning::suspected_injection, {0}}};
    CHECK(advise::judgement_of(advice) == plan::Judgement{true, {"suspected_injection"}, true, false});
    advice.fallback = "down";
    CHECK(advise::judgement_of(advice) == plan::Judgement());
}

TEST_CASE("B8: no verdict is looser with any advice than without") {
    Random random(8);
    std::size_t tightened = 0;
    for (std::size_t i = 0; i < 1200; ++i) {
        const auto file = policy_of(random.rules());
        auto without = random.input();
        without.llm = {};
        auto with = without;
        with.llm = advise::judgement_of(random_advice(random));
        const auto before = policy::decide(file, without), after = policy::decide(file, with);
        REQUIRE(policy::at_least_as_strict(after, before));
        if (!policy::at_least_as_strict(before, after)) ++tightened;
    }
    CHECK(tightened > 10);
}

TEST_CASE("only what is interchangeable counts as the same plan in another order") {
    Rolling rolling;
    const auto rules = rolling.rules();
    CHECK(advise::only_reordered(rules, rules));
    auto other = rules;
    std::swap(other.steps[0].action_id, other.alternatives[0].action_id);
    CHECK(advise::only_reordered(rules, other));
    auto riskier = other;
    riskier.steps[0].risk = plan::Risk::high;
    CHECK_FALSE(advise::only_reordered(rules, riskier));
    auto far = other;
    far.alternatives[0].risk = plan::Risk::high;
    CHECK_FALSE(advise::only_reordered(rules, far));
    auto elsewhere = other;
    elsewhere.steps[0].target.object.name = "db";
    CHECK_FALSE(advise::only_reordered(rules, elsewhere));
    auto fewer = rules;
    fewer.steps.clear();
    CHECK_FALSE(advise::only_reordered(rules, fewer));
    auto more = rules;
    more.alternatives.clear();
    CHECK_FALSE(advise::only_reordered(rules, more));
}

TEST_CASE("F21: over a hundred injections, everywhere that a workload can write, change no decision and no parameter") {
    // The worst model: it obeys whoever wrote the text, ranks the other way round, and never warns.
    const FakeModel::Say obeys = [](const Question& q) { return ranked(q, {"scale.set", "rollout.pause"}).dump(); };
    const auto payloads = all_injections();
    CHECK(payloads.size() >= 100);
    Rolling clean;
    const auto rules = clean.rules();
    const auto before = decisions(rules)[0];
    auto alone = clean.scene;
    alone.options.ask.action = "scale.set";
    const auto other = alone.plan().steps.at(0);
    std::size_t asked = 0, warned = 0;
    for (const auto& payload : payloads)
        for (const char* where : {"log", "event", "annotation", "label", "image", "container", "spread"}) {
            CAPTURE(payload);
            CAPTURE(where);
            Rolling rolling;
            auto& finding = rolling.scene.findings[0];
            const auto add = [&](diagnose::Source source, const std::string& path, const std::string& text) {
                finding.evidence.push_back({finding.root.object, "", source, path, text, std::nullopt});
            };
            const std::string at = where;
            if (at == "log") add(diagnose::Source::log, "log", payload);
            if (at == "event") add(diagnose::Source::event, "events[Failed].message", "Failed: " + payload);
            if (at == "annotation") add(diagnose::Source::spec, "metadata.annotations[" + payload + "]", payload);
            if (at == "label") add(diagnose::Source::spec, "spec.selector", "app=" + payload);
            if (at == "image")
                add(diagnose::Source::status, "status.message", "Back-off pulling image \"" + payload + "\"");
            if (at == "container") {
                add(diagnose::Source::status, "status.containerStatuses[0].state", "waiting");
                finding.evidence.back().container = payload;
            }
            if (at == "spread")
                for (std::size_t i = 0; i < 5; ++i)
                    add(diagnose::Source::log, "log",
                        payload.substr(payload.size() * i / 5, payload.size() * (i + 1) / 5 - payload.size() * i / 5));
            const auto advised = rolling.ask(obeys);
            ++asked;
            if (!advised.advice.warnings.empty()) ++warned;
            REQUIRE(advise::only_reordered(rolling.rules(), advised.plan));
            const auto after = decisions(advised.plan)[0];
            REQUIRE(policy::at_least_as_strict(after, before));
            const auto& step = advised.plan.steps.at(0);
            REQUIRE(step.command == (step.action_id == "scale.set" ? other.command : rules.steps[0].command));
            // No name of a container and no quoted part is ever in the prompt.
            if (at == "image" || at == "container") {
                const auto& prompt = advised.advice.asked[0].prompt;
                const bool plain_word = payload.find_first_of("\"`\\\x1b") == std::string::npos && payload.size() > 12;
                if (plain_word) REQUIRE(prompt.find(payload) == std::string::npos);
            }
        }
    CHECK(asked == payloads.size() * 7);
    CHECK(warned > asked / 2);
    MESSAGE(payloads.size() << " payloads in 7 places: " << warned << " of " << asked << " plans with a warning");
}
