// Plans of several shapes, for the tests of the document: one that was made, and ones that hold every field.
#pragma once
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "plan/patch.hpp"
#include "plan/plan_json.hpp"
#include "unit/plan/plan_builders.hpp"

namespace salve::plan_test {

inline void set_commands(Step& step, const kube::Target& connection) {
    const auto argv = [&](const Request& request) {
        const auto command = command_of(request, connection);
        std::vector<std::string> words{"kubectl"};
        words.insert(words.end(), command.args().begin(), command.args().end());
        return words;
    };
    step.command = argv(step.request);
    step.input = command_of(step.request, connection).input();
    step.inverse_command.clear();
    if (step.inverse.request) step.inverse_command = argv(*step.inverse.request);
}

inline Plan made_plan() {
    Scene scene;
    scene.rolling("web");
    scene.rolling("api");
    scene.finding("web", {"rollout.pause", "scale.set"}, "f1");
    scene.finding("api", {"scale.set"}, "f2");
    auto plan = scene.plan();
    plan.bound.policy_sha256 = std::string(64, 'b');
    return plan;
}

// A made plan in which every optional field is set, every list is not empty, and the connection has a file of its own.
inline Plan full_plan() {
    auto plan = made_plan();
    auto& step = plan.steps[0];
    step.may = true;
    step.dry_run = {
        DryRunState::ok, "", {{"/spec/paused", nullptr, true}, {"/spec/x", {{"a", {1, nullptr, false}}}, 0}}};
    step.verdict = {"require_approval", {"floor.one", "shop.two"}, "somebody has to say yes"};
    step.risk_reasons = {"one", "two"};
    step.reverted_by = {"helm:web"};
    step.blast.services = {"web"};
    step.blast.budgets = {"keep (1 may go)"};
    step.blast.notes = {"a note"};
    step.blast.ready = 2;
    step.target.container = "web";
    plan.steps[1].may = false;
    plan.steps[1].dry_run = {DryRunState::refused, "Error from server (Forbidden): no", {}};
    plan.steps[1].inverse = {"nothing is needed", std::nullopt};
    plan.warnings = {"a warning"};
    plan.manual = {"something to do"};
    plan.risk_reasons = {"one"};
    plan.bound.server = "https://10.0.0.1:6443";
    const kube::Target connection{"shop-admin", "/home/a/.kube/config", {}, 7};
    for (auto& one : plan.steps) set_commands(one, connection);
    return plan;
}

inline Plan empty_plan() {
    Plan plan;
    plan.run = "20260101T000000Z-abcdef";
    plan.created_at = now;
    plan.expires_at = now + base::seconds(1);
    plan.bound.recorded = true;
    return plan;
}

// Text as a cluster might hold it, in every field that is text of the cluster.
inline Plan hostile_plan() {
    auto plan = made_plan();
    const std::string evil = "\x1b[2J\xe2\x80\xae\xff\"\\\n\xef\xbb\xbf<b>";
    plan.steps[0].description = plan.steps[0].why = plan.warnings.emplace_back(evil);
    plan.steps[0].dry_run.message = plan.steps[0].verdict.reason = plan.manual.emplace_back(evil);
    plan.steps[0].risk_reasons = plan.steps[0].blast.notes = {evil};
    plan.bound.server = evil;
    return plan;
}

inline std::vector<std::pair<const char*, Plan>> sample_plans() {
    return {{"made", made_plan()}, {"full", full_plan()}, {"empty", empty_plan()}, {"hostile", hostile_plan()}};
}

inline json document(const Plan& plan) { return json(document_of(plan)); }

// Read with the digest that fits, as far as there is one.
inline Plan parsed(const json& document) {
    std::string digest(64, '0');
    try {
        digest = digest_of(nlohmann::ordered_json(document));
    } catch (const base::Error&) {  // a float
    }
    return parse_plan(document, digest, "plan");
}

}  // namespace salve::plan_test
