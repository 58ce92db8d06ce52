#include "policy/floor.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "io_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;
using policy::Input;

namespace {

using Texts = std::vector<std::string>;

// The floor's rules that apply to the good input after the change.
Texts applied(const std::function<void(Input&)>& change) {
    auto input = good_input();
    change(input);
    Texts ids;
    for (const auto& outcome : policy::judge_floor(input))
        if (outcome.applies()) ids.push_back(outcome.id);
    if (const auto outcome = policy::judge_automation(input); outcome.applies()) ids.push_back(outcome.id);
    return ids;
}

// The verdict with a file that allows everything.
policy::Decision verdict(const std::function<void(Input&)>& change) {
    auto input = good_input();
    change(input);
    return policy::decide(allow_all(), input);
}

// Exactly this rule of the floor applies, and it denies.
void denied(const std::string& id, const std::function<void(Input&)>& change) {
    CAPTURE(id);
    CHECK(applied(change) == Texts{id});
    const auto decision = verdict(change);
    CHECK(decision.effect == Effect::deny);
    CHECK(decision.rule_id == id);
}

void asked(const std::string& id, bool typed, const std::function<void(Input&)>& change) {
    CAPTURE(id);
    CHECK(applied(change) == Texts{id});
    const auto decision = verdict(change);
    CHECK(decision.effect == Effect::require_approval);
    CHECK(decision.rule_id == id);
    REQUIRE(decision.demands.has_value());
    CHECK(*decision.demands == policy::Demands{1, typed, std::nullopt});
}

void fine(const std::function<void(Input&)>& change) {
    CHECK(applied(change) == Texts{});
    CHECK(verdict(change).effect == Effect::allow);
}

}  // namespace

TEST_CASE("with everything known and nothing against it, the floor holds nothing back") {
    fine([](Input&) {});
    CHECK(verdict([](Input&) {}).matched == Texts{"all"});
}

TEST_CASE("S4.57: nothing is changed before remediation is enabled") {
    denied("floor.not-enabled", [](Input& in) { in.enabled = false; });
    denied("floor.not-enabled", [](Input& in) { in.enabled.reset(); });
}

TEST_CASE("S3.43: never in the namespaces of the system, in whatever spelling") {
    for (const auto* ns : {"kube-system", "kube-public", "kube-node-lease", "KUBE-System"})
        denied("floor.system-namespace", [&](Input& in) {
            in.ns = ns;
            in.allowed_namespaces = {ns};
        });
    fine([](Input& in) {
        in.ns = "kube-systems";
        in.allowed_namespaces = {"kube-systems"};
    });
}

TEST_CASE("S3.48, S4.23, S4.54, S2.31: only in namespaces that are listed; an empty list is none") {
    denied("floor.namespace-not-allowed", [](Input& in) { in.ns = "other"; });
    denied("floor.namespace-not-allowed", [](Input& in) { in.ns = "Demo"; });
    denied("floor.namespace-not-allowed", [](Input& in) { in.allowed_namespaces->clear(); });
    denied("floor.namespace-not-allowed", [](Input& in) { in.allowed_namespaces.reset(); });
    fine([](Input& in) { in.ns = "prod-a"; });
    CHECK(applied([](Input& in) { in.ns.reset(); }) == Texts{"floor.system-namespace", "floor.namespace-not-allowed"});
    CHECK(applied([](Input& in) { in.ns = ""; }) == Texts{"floor.namespace-not-allowed"});
}

TEST_CASE("S3.18, S4.24: never beyond a namespace") {
    denied("floor.cluster-scoped", [](Input& in) { in.cluster_scoped = true; });
    denied("floor.cluster-scoped", [](Input& in) { in.cluster_scoped.reset(); });
}

TEST_CASE("S2.30, S2.32: only actions of the given list") {
    for (const auto* action : {"pod.exec", "rollout.redo", "", "ROLLOUT.RESTART", "namespace.delete", "node.drain"})
        denied("floor.unknown-action", [&](Input& in) { in.action = action; });
    denied("floor.unknown-action", [](Input& in) { in.action.reset(); });
    for (const auto action : policy::known_actions) fine([&](Input& in) { in.action = std::string(action); });
    constexpr std::array<std::string_view, 1> one{"pod.evict"};
    CHECK(policy::decide(allow_all(), good_input(), one).rule_id == "floor.unknown-action");
    auto evict = good_input();
    evict.action = "pod.evict";
    CHECK(policy::decide(allow_all(), evict, one).effect == Effect::allow);
}

TEST_CASE("S4.21, S4.22: only kinds that an action changes; no claim, no namespace, no node, nothing of RBAC") {
    for (const auto* kind : {"Node", "Namespace", "PersistentVolumeClaim", "Role", "RoleBinding", "Secret", "Service",
                             "", "deployment", "ServiceAccount"})
        denied("floor.kind", [&](Input& in) { in.kind = kind; });
    denied("floor.kind", [](Input& in) { in.kind.reset(); });
    for (const auto* kind :
         {"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler"})
        fine([&](Input& in) { in.kind = kind; });
}

TEST_CASE("an action that is off by default has to be turned on") {
    denied("floor.action-off", [](Input& in) { in.off_by_default = true; });
    denied("floor.action-off", [](Input& in) { in.off_by_default.reset(); });
    denied("floor.action-off", [](Input& in) {
        in.off_by_default = true;
        in.enabled_actions.reset();
    });
    denied("floor.action-off", [](Input& in) {
        in.off_by_default = true;
        in.enabled_actions = {"pod.evict"};
    });
    fine([](Input& in) {
        in.off_by_default = true;
        in.enabled_actions = {"pod.evict", "rollout.restart"};
    });
    fine([](Input& in) { in.enabled_actions.reset(); });
}

TEST_CASE("S4.56: nothing is deleted by its name alone") {
    denied("floor.delete-without-uid", [](Input& in) { in.deletes_without_uid = true; });
    denied("floor.delete-without-uid", [](Input& in) { in.deletes_without_uid.reset(); });
}

TEST_CASE("S2.10: no evidence, no action") {
    denied("floor.no-evidence", [](Input& in) { in.evidence_count = 0; });
    denied("floor.no-evidence", [](Input& in) { in.evidence_count.reset(); });
    fine([](Input& in) { in.evidence_count = 1; });
}

TEST_CASE("S2.33, S4.52, S4.14: high risk is denied unless allowed, and then typed") {
    CHECK(applied([](Input& in) {
              in.risk = plan::Risk::high;
              in.allow_high_risk = false;
          }) == Texts{"floor.high-risk", "floor.high-risk-typed", "floor.automation"});
    for (const auto& allow : {std::optional<bool>(false), std::optional<bool>()}) {
        const auto decision = verdict([&](Input& in) {
            in.risk = plan::Risk::high;
            in.allow_high_risk = allow;
        });
        CHECK(decision.effect == Effect::deny);
        CHECK(decision.rule_id == "floor.high-risk");
    }
    const auto allowed = verdict([](Input& in) { in.risk = plan::Risk::high; });
    CHECK(allowed.effect == Effect::require_approval);
    CHECK(allowed.rule_id == "floor.high-risk-typed");
    CHECK(allowed.demands->typed);
    CHECK(applied([](Input& in) { in.risk.reset(); }) == Texts{"floor.high-risk-typed", "floor.automation"});
    const auto unknown = verdict([](Input& in) {
        in.risk.reset();
        in.allow_high_risk = false;
    });
    CHECK(unknown.effect == Effect::deny);
    CHECK(unknown.rule_id == "floor.high-risk");
    fine([](Input& in) { in.allow_high_risk = false; });
    fine([](Input& in) { in.allow_high_risk.reset(); });
}

TEST_CASE("a preview that was refused denies, one that cannot be made asks") {
    denied("floor.preview-refused", [](Input& in) { in.preview = policy::Preview::refused; });
    asked("floor.no-preview", false, [](Input& in) { in.preview = policy::Preview::not_possible; });
    CHECK(applied([](Input& in) { in.preview.reset(); }) == Texts{"floor.preview-refused", "floor.no-preview"});
}

TEST_CASE("an open outcome and a cooldown on the target deny") {
    denied("floor.unknown-outcome", [](Input& in) { in.unknown_outcome = true; });
    denied("floor.unknown-outcome", [](Input& in) { in.unknown_outcome.reset(); });
    denied("floor.cooldown", [](Input& in) { in.cooldown = true; });
    denied("floor.cooldown", [](Input& in) { in.cooldown.reset(); });
}

TEST_CASE("replicas that an autoscaler sets are not set here") {
    denied("floor.autoscaled", [](Input& in) {
        in.action = "scale.set";
        in.hpa = true;
    });
    denied("floor.autoscaled", [](Input& in) {
        in.action = "scale.set";
        in.hpa.reset();
    });
    fine([](Input& in) { in.action = "scale.set"; });
    fine([](Input& in) { in.hpa = true; });
    fine([](Input& in) { in.hpa.reset(); });
}

TEST_CASE("S1.15, S1.16: a warning of the model is approved by a person who types, in any environment") {
    for (const auto* environment : {"staging", "production", "dev"})
        asked("floor.model-warning", true, [&](Input& in) {
            in.environment = environment;
            in.llm = {true, {"the cause may be elsewhere"}, true, false};
        });
    asked("floor.model-warning", true, [](Input& in) { in.llm.warnings = {"said by a model that is not used"}; });
    asked("floor.model-not-actionable", true, [](Input& in) { in.llm = {true, {}, false, false}; });
    asked("floor.model-unstable", true, [](Input& in) { in.llm = {true, {}, true, true}; });
    fine([](Input& in) { in.llm = {true, {}, true, false}; });
}

TEST_CASE("S0.28: a missing target needs approval") {
    asked("floor.no-target", false, [](Input& in) { in.target_exists = false; });
    asked("floor.no-target", false, [](Input& in) { in.target_exists.reset(); });
}

TEST_CASE("S0.29: confidence below the threshold needs approval") {
    asked("floor.low-confidence", false, [](Input& in) { in.confidence = 799; });
    asked("floor.low-confidence", false, [](Input& in) { in.confidence.reset(); });
    asked("floor.low-confidence", false, [](Input& in) { in.confidence_threshold.reset(); });
    asked("floor.low-confidence", false, [](Input& in) { in.confidence_threshold = 951; });
    fine([](Input& in) { in.confidence = 800; });
    fine([](Input& in) { in.confidence_threshold = 950; });
}

TEST_CASE("S1.36: two fixes that are close need approval") {
    asked("floor.close-alternatives", false, [](Input& in) { in.alternatives_close = true; });
    asked("floor.close-alternatives", false, [](Input& in) { in.alternatives_close.reset(); });
}

TEST_CASE("S0.3, S0.10, S0.11: observe changes nothing, selective only what is listed") {
    const auto at = [](policy::Trust level) { return [level](Input& in) { in.trust_level = level; }; };
    CHECK(applied(at(policy::Trust::observe)) == Texts{"floor.trust-observe", "floor.automation"});
    const auto observing = verdict(at(policy::Trust::observe));
    CHECK(observing.effect == Effect::deny);
    CHECK(observing.rule_id == "floor.trust-observe");
    CHECK(applied(at(policy::Trust::selective)) == Texts{"floor.automation"});
    for (const auto& listed : {std::optional<bool>(false), std::optional<bool>()}) {
        const auto decision = verdict([&](Input& in) {
            in.trust_level = policy::Trust::selective;
            in.graduated = listed;
        });
        CHECK(decision.effect == Effect::deny);
        CHECK(decision.rule_id == "floor.trust-selective");
    }
    fine([](Input& in) { in.graduated = false; });
    const auto unknown = verdict([](Input& in) { in.trust_level.reset(); });
    CHECK(unknown.effect == Effect::deny);
    CHECK(unknown.rule_id == "floor.trust-observe");
}

TEST_CASE("S0.35: without asking only at automate, at low risk, after five verified successes") {
    for (const auto level : {policy::Trust::selective, policy::Trust::approve})
        asked("floor.automation", false, [&](Input& in) { in.trust_level = level; });
    asked("floor.automation", false, [](Input& in) { in.risk = plan::Risk::medium; });
    asked("floor.automation", false, [](Input& in) { in.verified_successes = 4; });
    asked("floor.automation", false, [](Input& in) { in.verified_successes.reset(); });
    fine([](Input& in) { in.verified_successes = 5; });
}

TEST_CASE("with nothing known, everything that could speak against it does") {
    const auto ids = applied([](Input& in) { in = Input(); });
    std::set<std::string> all;
    for (const auto& outcome : policy::judge_floor(good_input())) all.insert(outcome.id);
    // The rest are about a model, which has not spoken.
    CHECK(ids.size() == all.size() - 3 + 1);
    CHECK(policy::decide(allow_all(), Input()).effect == Effect::deny);
}
