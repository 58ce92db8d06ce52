// What `salve policy init` prints does what its comments say, also the lines that are commented out.
#include "policy/starter.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.hpp"
#include "io/yaml.hpp"
#include "io_fakes.hpp"
#include "policy/cases.hpp"
#include "policy/lint.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;

namespace {

policy::Policy of(const std::string& text) {
    return policy::parse_policy(io::parse_yaml(text, "starter", {.depth = 64}), "starter", policy::known_actions);
}

// With the comment taken from each line that holds one of these.
std::string uncommented(const std::vector<std::string>& marks) {
    std::string text;
    std::size_t taken = 0;
    for (const auto line : base::split_lines(policy::starter_policy())) {
        auto kept = std::string(line);
        for (const auto& mark : marks)
            if (const auto at = kept.find("# "); at != std::string::npos && contains(kept, mark)) {
                kept.erase(at, 2);
                ++taken;
            }
        text += kept + "\n";
    }
    CHECK(taken == marks.size());
    return text;
}

std::string without(std::string text, const std::string& line) {
    const auto at = text.find(line);
    REQUIRE(at != std::string::npos);
    return text.erase(at, line.size());
}

policy::Decision decide(const policy::Policy& file, const std::function<void(policy::Input&)>& change) {
    auto input = good_input();
    input.allowed_namespaces = {"demo", "PROD-b", "cert-system", "payments"};
    change(input);
    return policy::decide(file, input);
}

Effect effect(const policy::Policy& file, const std::function<void(policy::Input&)>& change) {
    return decide(file, change).effect;
}

}  // namespace

TEST_CASE("the starter policy reads, has no flaw, and passes its own cases with every rule covered") {
    const auto file = of(std::string(policy::starter_policy()));
    CHECK(file.rules.size() == 8);
    CHECK(policy::lint(file).empty());
    const auto cases = policy::parse_cases(io::parse_yaml(policy::starter_cases(), "cases"), "cases");
    const auto report = policy::run_cases(file, cases);
    CHECK(report.failed() == 0);
    CHECK(report.covered());
    CHECK(cases.size() >= 14);
}

TEST_CASE(
    "S0.26 to S0.29, S0.31, S1.15, S1.18, S1.21: as it stands, everything in an allowed namespace needs approval") {
    const auto file = of(std::string(policy::starter_policy()));
    CHECK(decide(file, [](auto&) {}).rule_id == "everything-else");
    const std::vector<std::pair<const char*, std::function<void(policy::Input&)>>> typed = {
        {"production", [](auto& in) { in.environment = "PRODUCTION"; }},
        {"production", [](auto& in) { in.environment = "eu-Prod-2"; }},
        {"production", [](auto& in) { in.environment = "LIVE"; }},
        {"production", [](auto& in) { in.ns = "PROD-b"; }},
        {"production", [](auto& in) { in.environment.reset(); }},
        {"node-or-stateful-set", [](auto& in) { in.kind = "StatefulSet"; }},
        {"no-target", [](auto& in) { in.target_exists = false; }},
        {"low-confidence", [](auto& in) { in.confidence = 799; }},
        {"model-warning", [](auto& in) { in.llm.warnings = {"w"}; }}};
    for (const auto& [id, change] : typed) {
        const auto decision = decide(file, change);
        CAPTURE(std::string(id));
        CHECK(decision.effect == Effect::require_approval);
        CHECK(std::count(decision.matched.begin(), decision.matched.end(), id) == 1);
        CHECK(decision.demands->typed);
    }
    CHECK_FALSE(decide(file, [](auto&) {}).demands->typed);
    CHECK(decide(file, [](auto& in) { in.ns = "cert-system"; }).rule_id == "system-namespaces");
    for (const auto* manager : {"argocd", "flux:web", "kapp"})
        CHECK(decide(file, [&](auto& in) {
                  in.managed_by = {manager};
                  in.action = "memory.raise";
              }).rule_id == "gitops");
    CHECK(effect(file, [](auto& in) { in.managed_by = {"argocd"}; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) {
              in.managed_by = {"helm:web"};
              in.action = "memory.raise";
          }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.ns = "elsewhere"; }) == Effect::deny);
    CHECK(decide(file, [](auto& in) { in.kind = "Node"; }).rule_id == "floor.kind");
}

TEST_CASE("S0.30, S0.39: with its two lines, what is not production happens by itself") {
    const auto text = without(uncommented({"# when: {not: {environment", "# - {id: auto-elsewhere"}), "    when: {}\n");
    const auto file = of(text);
    for (const auto* environment : {"staging", "development", "qa", "test", "Staging"})
        CHECK(effect(file, [&](auto& in) { in.environment = environment; }) == Effect::allow);
    CHECK(effect(file, [](auto& in) { in.environment = "production"; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.environment = "sandbox"; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.environment.reset(); }) == Effect::deny);
    CHECK(effect(file, [](auto& in) { in.confidence = 799; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.target_exists = false; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.kind = "StatefulSet"; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.llm.warnings = {"w"}; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.trust_level = policy::Trust::approve; }) == Effect::require_approval);
    CHECK(effect(file, [](auto& in) { in.risk = plan::Risk::medium; }) == Effect::require_approval);
    // S0.46, S0.31: one line takes it all back.
    CHECK(effect(of(text + "  - {id: approve-all, effect: require_approval, when: {}}\n"), [](auto&) {}) ==
          Effect::require_approval);
}

TEST_CASE("S0.40: with its three lines, named actions happen in production by themselves, but never on a StatefulSet") {
    const auto file = of(without(
        uncommented({"# not: {action", "# when: {not: {any", "# - {id: trusted-in-production"}), "    when: {}\n"));
    const auto production = [](auto& in) { in.environment = "production"; };
    CHECK(effect(file, production) == Effect::allow);
    CHECK(effect(file, [&](auto& in) {
              production(in);
              in.kind = "StatefulSet";
          }) == Effect::require_approval);
    CHECK(effect(file, [&](auto& in) {
              production(in);
              in.action = "pod.evict";
          }) == Effect::require_approval);
}

TEST_CASE("the further lines") {
    const auto proven = of(uncommented({"# - {id: proven"}));
    CHECK(decide(proven, [](auto& in) { in.verified_successes = 9; }).demands->typed);
    CHECK_FALSE(decide(proven, [](auto& in) { in.verified_successes = 10; }).demands->typed);
    const auto eyes = decide(of(uncommented({"# - {id: four-eyes"})), [](auto& in) { in.ns = "payments"; });
    CHECK(*eyes.demands == policy::Demands{2, true, 600});
    const auto friday = of(uncommented({"# - {id: friday"}));
    CHECK(effect(friday, [](auto& in) {
              in.weekday = policy::Weekday::fri;
              in.utc_hour = 15;
          }) == Effect::deny);
    CHECK(effect(friday, [](auto& in) { in.utc_hour = 15; }) == Effect::require_approval);
    CHECK(effect(friday, [](auto& in) { in.weekday = policy::Weekday::fri; }) == Effect::require_approval);
}
