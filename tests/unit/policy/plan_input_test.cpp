// What a policy is told of a step; and that what nobody knows stays missing.
#include "policy/plan_input.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "policy/floor.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Input;
using policy::Settings;

namespace {

using Labels = std::map<std::string, std::string>;
using Texts = std::vector<std::string>;

// One step, on a Deployment of three pods.
plan::Plan one_step() {
    plan::Plan plan;
    plan.bound.cluster = {"kind-demo", "v1.32.2", "uid-cluster"};
    plan.expires_at = *base::parse_time("2026-11-21T08:15:00Z");
    plan::Step step;
    step.action_id = "rollout.restart";
    step.target.object = {"apps/v1", "Deployment", "demo", "web", ""};
    step.around.mode = "pod.crashloop.oom";
    step.around.confidence = diagnose::Confidence::confirmed;
    step.around.evidence = 2;
    step.around.namespace_labels = Labels{{"team", "shop"}, {"environment", "staging"}};
    step.around.autoscaler = false;
    step.preconditions.uid = "uid-web";
    step.blast.pods = 3;
    step.risk = plan::Risk::low;
    step.dry_run.state = plan::DryRunState::ok;
    plan.steps.push_back(step);
    return plan;
}

Settings settings_at(const char* time = "2026-11-24T09:30:00Z") {
    Settings settings;
    settings.unsettled = false;
    settings.now = *base::parse_time(time);
    return settings;
}

Input told(const plan::Plan& plan, const Settings& settings = settings_at()) {
    return policy::input_of(plan, plan.steps.at(0), settings);
}

Input told_of(const std::function<void(plan::Step&)>& change) {
    auto plan = one_step();
    change(plan.steps[0]);
    return told(plan);
}

Input at(const char* time) { return told(one_step(), settings_at(time)); }

plan::Alternative alternative(const std::string& name, plan::Risk risk) {
    plan::Alternative other;
    other.action_id = "rollout.undo";
    other.target.object = {"apps/v1", "Deployment", "demo", name, ""};
    other.risk = risk;
    return other;
}

}  // namespace

TEST_CASE("a step tells what it does, and what the finding says") {
    const auto in = told_of([](plan::Step& step) {
        step.risk = plan::Risk::medium;
        step.reversible = false;
        step.destructive = true;
    });
    CHECK(in.action == "rollout.restart");
    CHECK(in.rule_id == "pod.crashloop.oom");
    CHECK(in.risk == plan::Risk::medium);
    CHECK(in.reversible == false);
    CHECK(in.destructive == true);
    CHECK(in.evidence_count == 2);
    const auto other = told(one_step());
    CHECK(other.risk == plan::Risk::low);
    CHECK(other.reversible == true);
    CHECK(other.destructive == false);
    CHECK(other.llm == policy::Judgement{});
}

TEST_CASE("S0.29: the confidence is told in thousandths: a log pattern lies below the threshold, an event at it") {
    const auto of = [](diagnose::Confidence confidence) {
        return told_of([&](plan::Step& step) { step.around.confidence = confidence; }).confidence;
    };
    CHECK(of(diagnose::Confidence::confirmed) == 950);
    CHECK(of(diagnose::Confidence::probable) == 800);
    CHECK(of(diagnose::Confidence::possible) == 500);
    CHECK(told(one_step()).confidence_threshold == 800);
}

TEST_CASE("S4.56: what removes a pod by its name alone is told, and nothing else is") {
    const auto by_name = [](kube::WriteVerb verb, const std::string& uid) {
        return told_of([&](plan::Step& step) {
                   step.request.verb = verb;
                   step.request.uid = uid;
               })
            .deletes_without_uid;
    };
    for (const auto verb : {kube::WriteVerb::evict, kube::WriteVerb::delete_pod}) {
        CHECK(by_name(verb, "") == true);
        CHECK(by_name(verb, "uid-pod") == false);
    }
    CHECK(by_name(kube::WriteVerb::patch, "") == false);
}

TEST_CASE("whether the action is off by default is known of the catalog's actions only") {
    const auto off = [](const char* action) {
        return told_of([&](plan::Step& step) { step.action_id = action; }).off_by_default;
    };
    for (const auto* action : {"sts.replace-stuck-pod", "env.set-literal", "command.set"}) CHECK(off(action) == true);
    CHECK(off("rollout.restart") == false);
    CHECK(off("node.drain") == std::nullopt);
}

TEST_CASE("the dry run is told by the same words") {
    const std::vector<std::pair<plan::DryRunState, policy::Preview>> table = {
        {plan::DryRunState::ok, policy::Preview::ok},
        {plan::DryRunState::refused, policy::Preview::refused},
        {plan::DryRunState::not_possible, policy::Preview::not_possible}};
    for (const auto& [state, preview] : table)
        CHECK(told_of([state = state](plan::Step& step) { step.dry_run.state = state; }).preview == preview);
}

TEST_CASE("S1.36: another action for the same object is close when its risk is the same") {
    const auto close = [](const std::vector<plan::Alternative>& alternatives) {
        auto plan = one_step();
        plan.alternatives = alternatives;
        return told(plan).alternatives_close;
    };
    CHECK(close({}) == false);
    CHECK(close({alternative("web", plan::Risk::low)}) == true);
    CHECK(close({alternative("web", plan::Risk::medium)}) == false);
    CHECK(close({alternative("api", plan::Risk::low)}) == false);
    CHECK(close({alternative("api", plan::Risk::low), alternative("web", plan::Risk::low)}) == true);
}

TEST_CASE("the target is told; without a namespace it is one of the cluster, without a uid it is not there") {
    const auto in = told(one_step());
    CHECK(in.ns == "demo");
    CHECK(in.kind == "Deployment");
    CHECK(in.name == "web");
    CHECK(in.cluster_scoped == false);
    CHECK(in.target_exists == true);
    CHECK(told_of([](plan::Step& step) { step.target.object.ns.clear(); }).cluster_scoped == true);
    CHECK(told_of([](plan::Step& step) { step.preconditions.uid.clear(); }).target_exists == false);
}

TEST_CASE("the environment is what a label of the namespace says; without such a label it is not known") {
    const auto environment = [](const std::optional<Labels>& labels) {
        return told_of([&](plan::Step& step) { step.around.namespace_labels = labels; }).environment;
    };
    CHECK(told(one_step()).namespace_labels == Labels{{"team", "shop"}, {"environment", "staging"}});
    for (const auto* label : {"environment", "env", "app.kubernetes.io/environment", "kubernaut.ai/environment"})
        CHECK(environment(Labels{{"team", "shop"}, {label, "prod"}}) == "prod");
    CHECK(environment(Labels{{"env", "b"}, {"environment", "a"}}) == "a");
    CHECK(environment(Labels{{"kubernaut.ai/environment", "d"}, {"app.kubernetes.io/environment", "c"}}) == "c");
    CHECK(environment(Labels{{"team", "shop"}, {"tier", "prod"}}) == std::nullopt);
    CHECK(environment(Labels{}) == std::nullopt);
    CHECK(environment(std::nullopt) == std::nullopt);
    CHECK(told_of([](plan::Step& step) { step.around.namespace_labels.reset(); }).namespace_labels == std::nullopt);
}

TEST_CASE("whether an autoscaler sets the replicas stays unknown where it was not read") {
    for (const auto known : {std::optional<bool>(true), std::optional<bool>(false), std::optional<bool>()})
        CHECK(told_of([&](plan::Step& step) { step.around.autoscaler = known; }).hpa == known);
}

TEST_CASE("pods that are touched: all of a workload, of a single pod no part is known") {
    const auto in = told(one_step());
    CHECK(in.replicas == 3);
    CHECK(in.blast_pods == 3);
    CHECK(in.blast_percent == 100);
    const auto pod = told_of([](plan::Step& step) {
        step.target.object.kind = "Pod";
        step.blast.pods = 1;
    });
    CHECK(pod.blast_pods == 1);
    CHECK(pod.blast_percent == std::nullopt);
    const auto unknown = told_of([](plan::Step& step) { step.blast.pods.reset(); });
    CHECK(unknown.replicas == std::nullopt);
    CHECK(unknown.blast_pods == std::nullopt);
    CHECK(unknown.blast_percent == std::nullopt);
}

TEST_CASE("who would put it back is told; nobody is an empty list") {
    CHECK(told_of([](plan::Step& step) {
              step.reverted_by = {"argocd", "helm:web"};
          }).managed_by == Texts{"argocd", "helm:web"});
    CHECK(told(one_step()).managed_by == Texts{});
}

TEST_CASE("the cluster and the plan are told; a cluster that does not say who it is stays unknown") {
    auto plan = one_step();
    plan.steps.push_back(plan.steps[0]);
    auto in = told(plan);
    CHECK(in.cluster_uid == "uid-cluster");
    CHECK(in.cluster_context == "kind-demo");
    CHECK(in.plan_steps == 2);
    CHECK(in.plan_expires_at == plan.expires_at);
    plan.bound.cluster = {};
    in = told(plan);
    CHECK(in.cluster_uid == std::nullopt);
    CHECK(in.cluster_context == std::nullopt);
}

TEST_CASE("the settings are told as they are") {
    auto settings = settings_at();
    auto in = told(one_step(), settings);
    CHECK(in.enabled == false);
    CHECK(in.allow_high_risk == false);
    CHECK(in.allowed_namespaces == Texts{});
    CHECK(in.enabled_actions == Texts{});
    CHECK(in.trust_level == policy::Trust::approve);
    CHECK(in.unknown_outcome == false);
    CHECK(in.graduated == false);  // no action is listed for a namespace yet
    settings.enabled = settings.allow_high_risk = true;
    settings.allowed_namespaces = {"demo"};
    settings.enabled_actions = {"command.set"};
    settings.confidence_threshold = 700;
    settings.trust_level = policy::Trust::automate;
    settings.unsettled = true;
    in = told(one_step(), settings);
    CHECK(in.enabled == true);
    CHECK(in.allow_high_risk == true);
    CHECK(in.allowed_namespaces == Texts{"demo"});
    CHECK(in.enabled_actions == Texts{"command.set"});
    CHECK(in.confidence_threshold == 700);
    CHECK(in.trust_level == policy::Trust::automate);
    CHECK(in.unknown_outcome == true);
    settings.unsettled.reset();
    CHECK(told(one_step(), settings).unknown_outcome == std::nullopt);
}

TEST_CASE("the hour and the day are those of UTC") {
    const std::vector<std::tuple<const char*, std::int64_t, policy::Weekday>> table = {
        {"2026-11-22T23:59:59.999999Z", 23, policy::Weekday::sun}, {"2026-11-23T00:00:00Z", 0, policy::Weekday::mon},
        {"2026-11-24T09:30:00Z", 9, policy::Weekday::tue},         {"2026-11-25T12:00:00Z", 12, policy::Weekday::wed},
        {"2026-11-26T15:00:00Z", 15, policy::Weekday::thu},        {"2026-11-27T14:59:59Z", 14, policy::Weekday::fri},
        {"2028-02-26T23:00:00+02:00", 21, policy::Weekday::sat},   {"1970-01-01T00:00:00Z", 0, policy::Weekday::thu}};
    for (const auto& [time, hour, day] : table) {
        CAPTURE(time);
        CHECK(at(time).utc_hour == hour);
        CHECK(at(time).weekday == day);
    }
}

TEST_CASE("what the records tell of the same change is told; where they could not be read it is not known") {
    auto settings = settings_at();
    const auto attempt_on = [](const char* name, const char* time, policy::Result result) {
        return policy::Attempt{"uid-cluster",
                               "rollout.restart",
                               {"apps/v1", "Deployment", "demo", name, ""},
                               *base::parse_time(time),
                               result,
                               "ops",
                               ""};
    };
    settings.history.emplace();
    auto in = told(one_step(), settings);
    CHECK(in.cooldown == false);
    CHECK(in.verified_successes == 0);
    settings.history->attempts = {attempt_on("web", "2026-11-24T08:00:00Z", policy::Result::verified),
                                  attempt_on("web", "2026-11-24T08:30:00Z", policy::Result::verified),
                                  attempt_on("api", "2026-11-24T09:29:30Z", policy::Result::failed)};
    in = told(one_step(), settings);
    CHECK(in.cooldown == false);
    CHECK(in.verified_successes == 2);
    auto elsewhere = one_step();
    elsewhere.bound.cluster.uid = "uid-other";
    CHECK(told(elsewhere, settings).verified_successes == 0);
    settings.history->attempts.push_back(attempt_on("web", "2026-11-24T09:29:30Z", policy::Result::failed));
    in = told(one_step(), settings);
    CHECK(in.cooldown == true);
    CHECK(in.verified_successes == 0);
    settings.override_cooldown = true;
    CHECK(told(one_step(), settings).cooldown == false);
    settings.history.reset();
    in = told(one_step(), settings);
    CHECK(in.cooldown == std::nullopt);
    CHECK(in.verified_successes == std::nullopt);
}

TEST_CASE("nobody can say that there is a freeze, so nobody says that there is none") {
    CHECK(told(one_step()).freeze == std::nullopt);
    const auto file = policy_of(
        {rule("ask", "require_approval", json::object()), rule("freeze", "deny", {{"freeze", {{"eq", true}}}})});
    CHECK(policy::evaluate(file, told(one_step())).rule_id == "freeze");
}

TEST_CASE("a step that speaks for itself is held back by nothing but the general rule about automation") {
    auto settings = settings_at();
    settings.enabled = true;
    settings.allowed_namespaces = {"demo"};
    settings.history.emplace();
    const auto decision = policy::decide(allow_all(), told(one_step(), settings));
    CHECK(decision.matched == Texts{"all", "floor.automation"});
    CHECK(decision.effect == policy::Effect::require_approval);
}
