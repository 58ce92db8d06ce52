#include "advise/judge.hpp"

#include <algorithm>
#include <tuple>

namespace salve::advise {
namespace {

using Did = std::tuple<std::string, std::string, std::string, std::string>;  // kind, namespace, name, action

template <typename T>
Did did(const T& one) {
    const auto& object = one.target.object;
    return {object.kind, object.ns, object.name, one.action_id};
}

std::vector<Did> actions_of(const plan::Plan& plan) {
    std::vector<Did> all;
    for (const auto& step : plan.steps) all.push_back(did(step));
    for (const auto& other : plan.alternatives) all.push_back(did(other));
    std::sort(all.begin(), all.end());
    return all;
}

// Does the plan still show that step of the rules, as close to the one that it has in its place?
bool shows(const plan::Plan& plan, const plan::Step& of_rules) {
    return std::any_of(plan.alternatives.begin(), plan.alternatives.end(), [&](const plan::Alternative& other) {
        return did(other) == did(of_rules) && other.risk == of_rules.risk;
    });
}

}  // namespace

plan::Judgement judgement_of(const Advice& advice) {
    plan::Judgement judgement;
    if (!advice.counts()) return judgement;
    judgement.warnings = advice.warning_words();
    judgement.used = !advice.abstained || !judgement.warnings.empty() || advice.unstable;
    judgement.actionable = advice.actionable;
    judgement.unstable = advice.unstable;
    return judgement;
}

bool only_reordered(const plan::Plan& rules, const plan::Plan& other) {
    if (rules.steps.size() != other.steps.size() || actions_of(rules) != actions_of(other)) return false;
    for (std::size_t i = 0; i < rules.steps.size(); ++i) {
        const auto &before = rules.steps[i], &after = other.steps[i];
        if (!before.target.object.same_name(after.target.object) || before.risk != after.risk) return false;
        if (did(before) != did(after) && !shows(other, before)) return false;
    }
    return true;
}

AdvisedPlan advised_plan(plan::Plan rules, const std::vector<diagnose::Finding>& findings,
                         const std::vector<std::string>& namespaces, const Replan& replan, Advisor& model,
                         const ConsultOptions& options) {
    AdvisedPlan made;
    made.plan = std::move(rules);
    if (made.plan.steps.empty()) {
        made.advice.fallback = "there is nothing to choose from";
        return made;
    }
    made.about = case_of(made.plan, findings, namespaces, made.plan.created_at);
    made.advice = consult(made.about, model, options);
    if (const auto order = plan_order(made.about, made.advice); !order.empty()) {
        auto other = replan(order);
        made.reordered = only_reordered(made.plan, other);
        if (made.reordered) made.plan = std::move(other);
    }
    made.plan.judgement = judgement_of(made.advice);
    return made;
}

}  // namespace salve::advise
