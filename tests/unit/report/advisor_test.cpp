// What is told of a model.
#include "report/advisor.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "report/advisor_eval.hpp"

using namespace salve;
using report::Json;

namespace {

audit::ModelRun run() {
    audit::ModelRun one;
    one.used = true;
    one.actionable = true;
    one.ranking = {"A1"};
    one.asked.emplace_back();
    one.asked[0].answer.model = "qwen2.5:7b";
    return one;
}

std::string words(const audit::ModelRun& one) { return base::join(report::advisor_words(one), "\n"); }

report::EvaluatedCase evaluated(const std::string& name, const std::string& model = "m") {
    report::EvaluatedCase one;
    one.name = name;
    one.model = model;
    one.candidates = 2;
    one.as_rules = true;
    one.latency_us = 1'500'000;
    return one;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("one sentence says whose order it is") {
    auto one = run();
    CHECK(words(one) == "Advisor qwen2.5:7b: its order changes nothing.");
    one.reordered = true;
    CHECK(has(words(one), "among actions of the same risk for the same object"));
    one.unstable = true;
    CHECK(has(words(one), "says two things: the rules' order stands"));
    one.abstained = true;
    CHECK(has(words(one), "abstains"));
    auto none = run();
    none.used = false;
    none.fallback_reason = "connection \x1b refused";
    CHECK(words(none) ==
          "Advisor qwen2.5:7b: no answer that counts (connection \\x1b refused); the rules' order stands.");
}

TEST_CASE("S1.3, S1.12: warnings and NotActionable say what they take") {
    auto one = run();
    one.actionable = false;
    one.warnings = {{"conflict", {"64265bb16218/E1"}}};
    one.dropped = {{"note", "it holds a link"}};
    CHECK(has(words(one), "NotActionable"));
    CHECK(has(words(one), "warning: conflict (64265bb16218/E1). An approval takes the name, typed."));
    CHECK(has(words(one), "1 item was left out"));
}

TEST_CASE("a note is told as the model's own words, escaped") {
    const audit::ModelNote note{"A1", "memory.raise", {}, "red \x1b[31m \"x\"", {"f/E1", "f/E2"}};
    CHECK(report::note_words(note) == "says: \"red \\x1b[31m \\\"x\\\"\" (f/E1, f/E2)");
}

TEST_CASE("every key of the JSON is always there") {
    auto one = run();
    one.actionable = false;
    const auto full = report::advisor_json(one), none = report::advisor_json(audit::ModelRun());
    std::vector<std::string> a, b;
    for (const auto& [key, unused] : full.items()) a.push_back(key);
    for (const auto& [key, unused] : none.items()) b.push_back(key);
    CHECK(a == b);
    CHECK(full["actionability"] == "NotActionable");
    CHECK(none["actionability"].is_null());
    CHECK(full["order"] == "rules");
    one.actionable = true;
    one.reordered = true;
    CHECK(report::advisor_json(one)["actionability"] == "Actionable");
    CHECK(report::advisor_json(one)["order"] == "model");
}

TEST_CASE("an evaluation counts by model, and tells where a model differs") {
    auto other = evaluated("other");
    other.as_rules = false;
    other.as_truth = false;
    other.warnings = {"conflict"};
    other.latency_us = 3'000'000;
    auto down = evaluated("down");
    down.fallback = "timeout";
    down.as_rules.reset();
    auto right = evaluated("right");
    right.as_truth = true;
    right.dropped = {{"note", "it holds a link"}};
    const std::vector<report::EvaluatedCase> cases{right, other, down, evaluated("right", "n")};
    const auto table = report::advisor_eval_human(cases, false);
    CHECK(has(table, "1/2       1/2"));
    CHECK(has(table,
              "  other: another first choice than the rules'; its first choice treats what is not at fault; "
              "warns: conflict\n"));
    CHECK(has(table, "  down: no answer that counts: timeout\n"));
    CHECK_FALSE(has(table, "  right:"));
    CHECK(has(report::advisor_eval_human(cases, true), "  right: as the rules\n"));
    CHECK(has(table, "1 it holds a link"));
    const auto document = Json::parse(report::advisor_eval_json(cases));
    REQUIRE(document["models"].size() == 2);
    CHECK(document["models"][0]["cases"] == 3);
    CHECK(document["models"][0]["answers"] == 2);
    CHECK(document["models"][0]["as_rules"] == Json({{"agree", 1}, {"of", 2}}));
    CHECK(document["models"][0]["latency_us"]["greatest"] == 3'000'000);
    CHECK(document["cases"].size() == 4);
    CHECK(document["cases"][2]["fallback_reason"] == "timeout");
    CHECK(report::advisor_eval_human({}, false) == "No case has an action to choose.\n");
}
