#include "policy/plan_input.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "plan/interchange.hpp"
#include "policy/words.hpp"

namespace salve::policy {
namespace {

// Thousandths for what a finding says of itself (TAXONOMY 0.2): a status literal is sure, an event that a status agrees
// with lies at the default threshold, a log pattern below it.
std::int64_t confidence_of(diagnose::Confidence confidence) {
    switch (confidence) {
        case diagnose::Confidence::confirmed:
            return 950;
        case diagnose::Confidence::probable:
            return 800;
        case diagnose::Confidence::possible:
            return 500;
    }
    return 0;
}

// The labels by which namespaces usually say what they are for.
constexpr auto environment_labels = std::to_array<std::string_view>(
    {"environment", "env", "app.kubernetes.io/environment", "kubernaut.ai/environment"});

Maybe<std::string> environment_of(const plan::Circumstances& around) {
    if (!around.namespace_labels) return std::nullopt;
    for (const auto label : environment_labels)
        if (const auto at = around.namespace_labels->find(std::string(label)); at != around.namespace_labels->end())
            return at->second;
    return std::nullopt;
}

// 1970-01-01 was a Thursday.
Weekday weekday_of(base::Time time) {
    constexpr std::int64_t day_us = 86'400'000'000;
    const auto days = time.us / day_us;
    return static_cast<Weekday>((days + 3) % 7);
}

void add_target(const plan::Step& step, Input& input) {
    const auto& target = step.target.object;
    input.ns = target.ns;
    input.kind = target.kind;
    input.name = target.name;
    input.namespace_labels = step.around.namespace_labels;
    input.environment = environment_of(step.around);
    input.target_exists = !step.preconditions.uid.empty();
    input.cluster_scoped = target.ns.empty();
    input.hpa = step.around.autoscaler;
    if (step.blast.pods) {
        input.replicas = *step.blast.pods;
        input.blast_pods = *step.blast.pods;
        // A template that changes replaces all of them, sooner or later.
        if (target.kind != "Pod") input.blast_percent = 100;
    }
    input.managed_by = step.reverted_by;
}

void add_history(const plan::Plan& plan, const plan::Step& step, const Settings& settings, Input& input) {
    if (!settings.history) return;
    const auto& cluster = plan.bound.cluster.uid;
    input.cooldown =
        !settings.override_cooldown && cooldown(*settings.history, cluster, step, settings.now).has_value();
    input.verified_successes = verified_successes(*settings.history, cluster, step);
}

void add_settings(const Settings& settings, Input& input) {
    input.trust_level = settings.trust_level;
    input.enabled = settings.enabled;
    input.allow_high_risk = settings.allow_high_risk;
    input.allowed_namespaces = settings.allowed_namespaces;
    input.enabled_actions = settings.enabled_actions;
    input.confidence_threshold = settings.confidence_threshold;
    constexpr std::int64_t hour_us = 3'600'000'000;
    input.utc_hour = settings.now.us / hour_us % 24;
    input.weekday = weekday_of(settings.now);
    input.graduated = false;  // no action is listed for a namespace yet
    input.unknown_outcome = settings.unsettled;
}

}  // namespace

Input input_of(const plan::Plan& plan, const plan::Step& step, const Settings& settings) {
    Input input;
    const auto* action = plan::find_action(step.action_id);
    input.action = step.action_id;
    input.rule_id = step.around.mode;
    input.risk = step.risk;
    input.reversible = step.reversible;
    input.destructive = step.destructive;
    input.deletes_without_uid = kube::removes(step.request.verb) && step.request.uid.empty();
    if (action) input.off_by_default = action->off;
    input.preview =
        base::parse(preview_names, base::word(plan::dry_run_state_names, step.dry_run.state));  // the same words
    input.evidence_count = step.around.evidence;
    input.confidence = confidence_of(step.around.confidence);
    input.alternatives_close =
        std::any_of(plan.alternatives.begin(), plan.alternatives.end(),
                    [&](const plan::Alternative& other) { return plan::interchangeable(step, other); });
    add_target(step, input);
    if (!plan.bound.cluster.uid.empty()) input.cluster_uid = plan.bound.cluster.uid;
    if (!plan.bound.cluster.context.empty()) input.cluster_context = plan.bound.cluster.context;
    input.plan_steps = static_cast<std::int64_t>(plan.steps.size());
    input.plan_expires_at = plan.expires_at;
    input.llm = plan.judgement;
    add_settings(settings, input);
    add_history(plan, step, settings, input);
    return input;
}

void give_verdict(plan::Step& step, const Decision& decision) {
    step.verdict.effect = std::string(base::word(effect_names, decision.effect));
    step.verdict.rules = decision.matched;
    step.verdict.reason = decision_words(decision).front();  // 'policy explain' tells the rest
}

}  // namespace salve::policy
