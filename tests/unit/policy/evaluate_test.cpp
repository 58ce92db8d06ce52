#include "policy/evaluate.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Effect;
using policy::Match;

namespace {

const json always = json::object();
const json here = {{"namespace", {{"eq", "demo"}}}};
const json elsewhere = {{"namespace", {{"eq", "other"}}}};
const json unknown = {{"freeze", {{"eq", true}}}};

policy::Decision on(const Rules& rules) {
    auto input = good_input();
    input.freeze.reset();
    return policy::evaluate(policy_of(rules), input);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the strictest rule that matches wins, in any order, and each is listed") {
    const std::vector<std::pair<std::string, Effect>> effects = {
        {"allow", Effect::allow}, {"require_approval", Effect::require_approval}, {"deny", Effect::deny}};
    for (const auto& [first, a] : effects)
        for (const auto& [second, b] : effects) {
            const auto decision =
                on({rule("one", first, here), rule("two", second, here), rule("three", "deny", elsewhere)});
            CHECK(decision.effect == std::max(a, b));
            CHECK(decision.rule_id == (b > a ? "two" : "one"));
            CHECK(decision.matched == Texts{"one", "two"});
            REQUIRE(decision.outcomes.size() == 3);
            CHECK(decision.outcomes[2].match == Match::no);
            CHECK_FALSE(decision.outcomes[2].applies());
        }
}

TEST_CASE("S0.25, S3.16: what no rule allows is denied, and says so") {
    for (const auto& rules : {Rules{}, Rules{rule("a", "allow", elsewhere)},
                              Rules{rule("a", "require_approval", elsewhere)}, Rules{rule("a", "deny", elsewhere)},
                              Rules{rule("a", "allow", unknown)}, Rules{rule("a", "require_approval", unknown)}}) {
        const auto decision = on(rules);
        CHECK(decision.effect == Effect::deny);
        CHECK(decision.rule_id.empty());
        CHECK(decision.message == "no rule allows it");
        CHECK_FALSE(decision.demands.has_value());
    }
}

TEST_CASE("missing input matches for deny") {
    const auto decision = on({rule("all", "allow", always), rule("freeze", "deny", unknown)});
    CHECK(decision.effect == Effect::deny);
    CHECK(decision.rule_id == "freeze");
    CHECK(decision.outcomes[1].match == Match::unknown);
    CHECK(on({rule("all", "allow", always), rule("freeze", "deny", {{"not", unknown}})}).effect == Effect::deny);
    CHECK(on({rule("all", "allow", always), rule("f", "deny", {{"any", {elsewhere, unknown}}})}).effect ==
          Effect::deny);
    CHECK(on({rule("all", "allow", always), rule("f", "deny", {{"all", {elsewhere, unknown}}})}).effect ==
          Effect::allow);
}

TEST_CASE("missing input raises the gate of require_approval, and opens nothing") {
    const auto decision = on({rule("all", "allow", always), rule("freeze", "require_approval", unknown)});
    CHECK(decision.effect == Effect::require_approval);
    CHECK(decision.rule_id == "freeze");
    CHECK(decision.matched == Texts{"all", "freeze"});
    CHECK(on({rule("freeze", "require_approval", unknown)}).effect == Effect::deny);
    CHECK(on({rule("freeze", "require_approval", unknown), rule("b", "allow", unknown)}).effect == Effect::deny);
    CHECK(on({rule("freeze", "require_approval", unknown), rule("b", "require_approval", here)}).effect ==
          Effect::require_approval);
}

TEST_CASE("missing input never matches for allow, also under not") {
    for (const auto& when : {unknown, json{{"not", unknown}}, json{{"freeze", {{"not_in", {true}}}}},
                             json{{"any", {elsewhere, unknown}}}, json{{"freeze", {{"exists", false}}}}}) {
        const auto decision = on({rule("a", "allow", when)});
        CHECK(decision.effect == Effect::deny);
        CHECK(decision.matched.empty());
    }
    CHECK(on({rule("a", "allow", {{"any", {unknown, here}}})}).effect == Effect::allow);
}

TEST_CASE("only a rule that holds for certain grants, and one that denies never does") {
    for (const auto* effect : {"allow", "require_approval", "deny"})
        for (const auto& [when, holds] :
             std::vector<std::pair<json, bool>>{{here, true}, {elsewhere, false}, {unknown, false}})
            CHECK(on({rule("a", effect, when)}).outcomes.at(0).grants == (holds && std::string(effect) != "deny"));
}

TEST_CASE("the demands of all that apply are merged to the strictest") {
    const auto ask = [](const char* id, const json& when, const json& demands) {
        auto one = rule(id, "require_approval", when);
        one["requires"] = demands;
        return one;
    };
    const auto demands = [&](const json& a, const json& b) {
        const auto decision = on({ask("a", here, a), ask("b", here, b), ask("c", elsewhere, {{"approvers", 8}})});
        REQUIRE(decision.demands.has_value());
        return *decision.demands;
    };
    CHECK(demands({{"approvers", 2}}, {{"approvers", 3}}) == policy::Demands{3, false, std::nullopt});
    CHECK(demands({{"approvers", 3}}, {{"approvers", 2}}).approvers == 3);
    CHECK(demands({{"typed", true}}, {{"typed", false}}).typed);
    CHECK(demands({{"typed", false}}, {{"typed", true}}).typed);
    CHECK_FALSE(demands({{"typed", false}}, json::object()).typed);
    CHECK(demands({{"ttl_s", 600}}, {{"ttl_s", 300}}).ttl_s == 300);
    CHECK(demands({{"ttl_s", 300}}, {{"ttl_s", 600}}).ttl_s == 300);
    CHECK(demands({{"ttl_s", 600}}, json::object()).ttl_s == 600);
    CHECK(demands(json::object(), {{"ttl_s", 600}}).ttl_s == 600);
    CHECK(demands(json::object(), json::object()) == policy::Demands{});
    // Also of those that apply for want of knowing; and they need no allow.
    const auto decision = on({ask("a", unknown, {{"approvers", 2}}), ask("b", here, {{"ttl_s", 60}})});
    CHECK(*decision.demands == policy::Demands{2, false, 60});
    CHECK_FALSE(on({rule("a", "allow", here)}).demands.has_value());
    CHECK_FALSE(on({ask("a", here, {{"typed", true}}), rule("d", "deny", here)}).demands.has_value());
}

TEST_CASE("a policy that cannot be used denies everything, says why, and never throws") {
    const auto decision = policy::evaluate(policy::Policy::denying("broken \x1b[31m"), good_input());
    CHECK(decision.effect == Effect::deny);
    CHECK(decision.rule_id == "policy.unusable");
    CHECK(decision.message == "broken \\x1b[31m");
    CHECK(decision.matched == Texts{"policy.unusable"});
    CHECK(decision.outcomes.at(0).match == Match::yes);  // nothing about it is unknown
    auto both = allow_all();
    both.unusable = "half read";
    CHECK(policy::evaluate(both, good_input()).effect == Effect::deny);
    CHECK(policy::evaluate(policy::Policy(), good_input()).effect == Effect::deny);
    CHECK_NOTHROW(policy::evaluate(allow_all(), policy::Input()));
}

TEST_CASE("S1.17, S1.20: the message of the headline is the decision's, made visible") {
    auto one = rule("a", "deny", here);
    one["message"] = "no\ttabs";
    const auto decision = on({one});
    CHECK(decision.message == "no\\x09tabs");
    CHECK(decision.outcomes[0].decided_by.size() == 1);
    CHECK(decision.outcomes[0].decided_by[0].value == "\"demo\"");
}

TEST_CASE("what is stricter than what") {
    using policy::Decision;
    using policy::Demands;
    const auto of = [](Effect effect, std::optional<Demands> demands = {}) {
        Decision decision;
        decision.effect = effect;
        decision.demands = demands;
        return decision;
    };
    const auto strict = [](const Decision& a, const Decision& b) { return policy::at_least_as_strict(a, b); };
    const auto deny = of(Effect::deny), allow = of(Effect::allow), ask = of(Effect::require_approval, Demands{});
    CHECK(strict(deny, ask));
    CHECK(strict(ask, allow));
    CHECK(strict(deny, allow));
    CHECK_FALSE(strict(allow, ask));
    CHECK_FALSE(strict(ask, deny));
    CHECK(strict(deny, deny));
    CHECK(strict(allow, allow));
    const std::vector<std::pair<Demands, Demands>> stricter_first = {{{2, false, {}}, {1, false, {}}},
                                                                     {{1, true, {}}, {1, false, {}}},
                                                                     {{1, false, 60}, {1, false, {}}},
                                                                     {{1, false, 60}, {1, false, 61}}};
    for (const auto& [a, b] : stricter_first) {
        CHECK(strict(of(Effect::require_approval, a), of(Effect::require_approval, b)));
        CHECK(strict(of(Effect::require_approval, a), of(Effect::require_approval, a)));
        CHECK_FALSE(strict(of(Effect::require_approval, b), of(Effect::require_approval, a)));
    }
}
