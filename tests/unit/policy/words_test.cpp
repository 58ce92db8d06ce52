#include "policy/words.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

using Texts = std::vector<std::string>;

Texts words(const Rules& rules, const policy::Input& input) {
    return policy::decision_words(policy::evaluate(policy_of(rules), input));
}

}  // namespace

TEST_CASE("the first sentence is the verdict and the rule that decided it (S1.17)") {
    auto eyes = rule("prod-two-eyes", "require_approval", {{"namespace", {{"glob", "prod-*"}}}});
    eyes["requires"] = {{"approvers", 2}, {"typed", true}, {"ttl_s", 600}};
    auto input = good_input();
    input.ns = "prod-a";
    CHECK(words({eyes}, input) ==
          Texts{"needs approval: rule prod-two-eyes, because namespace \"prod-a\" matches prod-*",
                "needed: approval by two people, the target's name typed, good for 10m"});
    CHECK(words({eyes}, good_input()) == Texts{"denied: no rule allows it"});
    CHECK(words({rule("all", "allow", json::object())}, input) ==
          Texts{"allowed: rule all, because it always applies"});
    auto no = rule("no", "deny", {{"kind", {{"eq", "Deployment"}}}, {"name", {{"eq", "web"}}}});
    no["message"] = "not this one";
    CHECK(words({eyes, no, rule("all", "allow", json::object())}, input) ==
          Texts{"denied: rule no, because kind \"Deployment\" is Deployment and name \"web\" is web (not this one)",
                "also asks for approval: rule prod-two-eyes, because namespace \"prod-a\" matches prod-*",
                "would allow it: rule all, because it always applies"});
    CHECK(words({no, rule("never", "deny", json::object())}, input).back() ==
          "also denied: rule never, because it always applies");
    auto closed = rule("closed", "deny", json::object());
    closed["message"] = "until Monday";
    CHECK(words({closed}, input) == Texts{"denied: rule closed, because until Monday"});
}

TEST_CASE("the floor and an unusable policy say what they are") {
    auto input = good_input();
    input.cooldown = true;
    CHECK(policy::decision_words(policy::decide(allow_all(), input)) ==
          Texts{"denied: floor.cooldown, because the same change was tried or rejected a moment ago (cooldown true)",
                "would allow it: rule all, because it always applies"});
    input.cooldown.reset();
    CHECK(policy::decision_words(policy::decide(allow_all(), input)).front() ==
          "denied: floor.cooldown, because cooldown is not known");
    CHECK(policy::decision_words(policy::evaluate(policy::Policy::denying("p.yaml: gone"), input)) ==
          Texts{"denied: policy.unusable, because p.yaml: gone"});
}

TEST_CASE("effects and demands in words") {
    CHECK(policy::effect_words(policy::Effect::allow) == "allowed");
    CHECK(policy::effect_words(policy::Effect::require_approval) == "needs approval");
    CHECK(policy::effect_words(policy::Effect::deny) == "denied");
    CHECK(policy::demand_words({}) == "approval by one person");
    CHECK(policy::demand_words({3, false, 3600}) == "approval by 3 people, good for 1h");
    CHECK(policy::demand_words({1, true, {}}) == "approval by one person, the target's name typed");
}
