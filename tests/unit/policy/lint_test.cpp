#include "policy/lint.hpp"

#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy/starter.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

// "rule: flaw; ..." in the order told.
std::string flaws(const Rules& rules) {
    std::string told;
    for (const auto& issue : policy::lint(policy_of(rules))) {
        told += told.empty() ? "" : "; ";
        told += issue.rule_id + ": " + std::string(base::word(policy::flaw_names, issue.flaw));
        CHECK_FALSE(issue.words.empty());
    }
    return told;
}

json parsed(const char* text) { return json::parse(text); }

policy::Condition of(const char* text) {
    const auto when = parsed(text);
    return policy::parse_condition(base::JsonView(when, "w"));
}

const json always = json::object();
const Rules good = {rule("ask", "require_approval", {{"namespace", {{"glob", "d*"}}}})};

Rules and_good(const json& one) { return {good[0], one}; }

}  // namespace

TEST_CASE("a good policy has no flaw") {
    CHECK(flaws(good).empty());
    CHECK(flaws({rule("ask", "require_approval", always), rule("no", "deny", parsed(R"({"kind": {"eq": "Pod"}})"))})
              .empty());
    CHECK(flaws({rule("yes", "allow", parsed(R"({"kind": {"eq": "Pod"}})")),
                 rule("no", "deny", parsed(R"({"name": {"eq": "a"}})"))})
              .empty());
}

TEST_CASE("the same rule twice is told at the second") {
    auto twin = good[0];
    twin["id"] = "twin";
    CHECK(flaws({good[0], twin}) == "twin: duplicate");
    twin["requires"] = {{"typed", true}};
    CHECK(flaws({good[0], twin}) == "ask: shadowed");
    twin.erase("requires");
    twin["effect"] = "allow";
    CHECK(flaws({good[0], twin}) == "twin: shadowed");
}

TEST_CASE("a rule that a stricter one always goes with is shadowed; with a denying one unreachable") {
    const auto narrow = parsed(R"({"namespace": {"eq": "demo"}, "kind": {"eq": "Pod"}})");
    CHECK(flaws({rule("yes", "allow", narrow),
                 rule("no", "deny", parsed(R"({"namespace": {"in": ["demo", "b"]}})"))}) == "yes: unreachable");
    CHECK(flaws({rule("ask", "require_approval", narrow), rule("no", "deny", parsed(R"({"kind": {"glob": "P*"}})"))}) ==
          "ask: unreachable");
    CHECK(flaws({rule("yes", "allow", narrow), rule("ask", "require_approval", always)}) == "yes: shadowed");
    CHECK(flaws({good[0], rule("a", "deny", narrow), rule("b", "deny", parsed(R"({"kind": {"eq": "Pod"}})"))}) ==
          "a: shadowed");
    CHECK(flaws({good[0], rule("a", "deny", parsed(R"({"kind": {"eq": "Pod"}})")), rule("b", "deny", narrow)}) ==
          "b: shadowed");
    // Equal in meaning, not in spelling: the later one is told.
    CHECK(flaws({good[0], rule("a", "deny", parsed(R"({"kind": {"eq": "Pod"}})")),
                 rule("b", "deny", parsed(R"({"kind": {"in": ["Pod"]}})"))}) == "b: shadowed");
    // Neither when the other asks for less.
    auto typed = rule("typed", "require_approval", narrow);
    for (const auto& demand : {json{{"typed", true}}, json{{"approvers", 2}}, json{{"ttl_s", 60}}}) {
        typed["requires"] = demand;
        CHECK(flaws({rule("ask", "require_approval", always), typed}).empty());
        auto as_strict = rule("ask", "require_approval", always);
        as_strict["requires"] = demand;
        CHECK(flaws({as_strict, typed}) == "typed: shadowed");
    }
    CHECK(flaws({rule("yes", "allow", always), rule("ask", "require_approval", narrow)}).empty());
}

TEST_CASE("a rule that cannot match is told") {
    for (const auto* when :
         {R"({"kind": {"eq": "Pod", "in": ["Job"]}})",
          R"({"all": [{"kind": {"eq": "Pod"}}, {"kind": {"glob": "J*"}}]})", R"({"replicas": {"lte": 2, "gte": 3}})",
          R"({"risk": {"lte": "low", "gte": "medium"}})", R"({"kind": {"eq": "Pod", "not_in": ["Pod"]}})",
          R"({"kind": {"eq": "Pod"}, "not": {"kind": {"in": ["Pod", "Job"]}}})",
          R"({"any": [{"kind": {"eq": "Pod", "in": ["Job"]}}, {"replicas": {"eq": 1, "gte": 2}}]})",
          R"({"name": {"eq": "a"}, "any": [{"kind": {"eq": "Pod", "in": ["Job"]}}]})",
          R"({"confidence": {"eq": 1, "gte": 2}})"}) {
        CAPTURE(when);
        CHECK(flaws(and_good(rule("a", "deny", parsed(when)))) == "a: never_matches");
    }
    for (const auto* when :
         {R"({"kind": {"eq": "Pod", "in": ["Pod"]}})", R"({"replicas": {"lte": 3, "gte": 3}})",
          R"({"managed_by": {"eq": "a", "in": ["b"]}})",
          R"({"any": [{"kind": {"eq": "Pod", "in": ["Job"]}}, {"hpa": {"eq": true}}]})",
          R"({"environment": {"all": [{"eq": "A", "ignore_case": true}, {"eq": "a"}]}})",
          R"({"kind": {"eq": "Pod"}, "name": {"eq": "Job"}})",
          R"({"kind": {"eq": "Pod"}, "not": {"name": {"eq": "a"}}})",
          R"({"kind": {"eq": "Pod"}, "any": [{"hpa": {"eq": true}}, {"name": {"eq": "a"}}]})",
          R"({"replicas": {"all": [{"gte": 2}, {"gte": 3}]}})", R"({"replicas": {"all": [{"lte": 2}, {"lte": 1}]}})"}) {
        CAPTURE(when);
        CHECK(flaws(and_good(rule("a", "deny", parsed(when)))).empty());
    }
    CHECK(flaws(and_good(rule("a", "allow", parsed(R"({"freeze": {"exists": false}})")))) == "a: never_matches");
    CHECK(flaws(and_good(rule("a", "allow", parsed(R"({"hpa": {"eq": true}, "freeze": {"exists": false}})")))) ==
          "a: never_matches");
    CHECK(flaws(and_good(rule("a", "allow", parsed(R"({"managed_by": {"exists": false}})")))).empty());
    CHECK(flaws(and_good(
                    rule("a", "allow", parsed(R"({"any": [{"freeze": {"exists": false}}, {"hpa": {"eq": true}}]})"))))
              .empty());
    CHECK(flaws(and_good(rule("a", "require_approval", parsed(R"({"freeze": {"exists": false}})")))).empty());
}

TEST_CASE("an action that the catalog does not have is told, each of them, with the nearest one") {
    const auto issues = policy::lint(policy_of(and_good(rule(
        "a", "deny",
        parsed(
            R"({"any": [{"action": {"in": ["rollout.redo", "pod.evict", "x.y"]}}, {"action": {"glob": "node.*"}}]})")))));
    REQUIRE(issues.size() == 3);
    CHECK(issues[0].flaw == policy::Flaw::unknown_action);
    CHECK(issues[0].words == "no action is \"rollout.redo\"; did you mean \"rollout.undo\"?");
    CHECK(issues[1].words == "no action is \"x.y\"");
    CHECK(issues[2].words == "no action is \"node.*\"");
    CHECK(flaws(and_good(rule("a", "deny", parsed(R"({"action": {"glob": "rollout.*"}})")))).empty());
    CHECK(flaws(and_good(rule("a", "deny", parsed(R"({"action": {"exists": true}})")))) == "a: denies_everything");
    constexpr std::array<std::string_view, 1> one{"a.b"};
    CHECK(policy::lint(policy_of(and_good(rule("a", "deny", parsed(R"({"action": {"eq": "pod.evict"}})")))), one)
              .size() == 1);
}

TEST_CASE("what denies everything, and what allows nothing, is told") {
    CHECK(flaws({}) == ": allows_nothing");
    CHECK(flaws({rule("a", "deny", parsed(R"({"kind": {"eq": "Pod"}})"))}) == ": allows_nothing");
    CHECK(flaws({rule("a", "deny", always)}) == "a: denies_everything; : allows_nothing");
    CHECK(flaws(and_good(rule("a", "deny", always))) == "ask: unreachable; a: denies_everything");
    CHECK(flaws(and_good(rule("a", "deny", parsed(R"({"managed_by": {"exists": true}})")))).empty());
}

TEST_CASE("what one condition implies of another") {
    const std::vector<std::tuple<const char*, const char*, bool>> table = {
        {R"({"kind": {"eq": "Pod"}})", "{}", true},
        {"{}", R"({"kind": {"eq": "Pod"}})", false},
        {R"({"kind": {"eq": "Pod"}})", R"({"kind": {"eq": "Pod"}})", true},
        {R"({"kind": {"eq": "Pod"}})", R"({"kind": {"eq": "Job"}})", false},
        {R"({"kind": {"eq": "Pod"}})", R"({"name": {"eq": "Pod"}})", false},
        {R"({"kind": {"eq": "Pod"}})", R"({"kind": {"in": ["Job", "Pod"]}})", true},
        {R"({"kind": {"in": ["Job", "Pod"]}})", R"({"kind": {"eq": "Pod"}})", false},
        {R"({"kind": {"eq": "Pod"}})", R"({"kind": {"not_in": ["Job"]}})", true},
        {R"({"kind": {"eq": "Pod"}})", R"({"kind": {"exists": true}})", true},
        {R"({"kind": {"glob": "P*"}})", R"({"kind": {"glob": "P*"}})", true},
        {R"({"kind": {"glob": "Po*"}})", R"({"kind": {"glob": "P*"}})", false},  // true, but not told
        {R"({"environment": {"eq": "A", "ignore_case": true}})", R"({"environment": {"eq": "A"}})", false},
        {R"({"environment": {"eq": "A"}})", R"({"environment": {"eq": "a", "ignore_case": true}})", true},
        {R"({"managed_by": {"eq": "a"}})", R"({"managed_by": {"not_in": ["b"]}})", false},
        {R"({"replicas": {"lte": 2}})", R"({"replicas": {"lte": 3}})", true},
        {R"({"replicas": {"lte": 3}})", R"({"replicas": {"lte": 2}})", false},
        {R"({"replicas": {"gte": 3}})", R"({"replicas": {"gte": 2}})", true},
        {R"({"replicas": {"gte": 2}})", R"({"replicas": {"gte": 3}})", false},
        {R"({"replicas": {"gte": 3}})", R"({"replicas": {"lte": 3}})", false},
        {R"({"replicas": {"eq": 2}})", R"({"replicas": {"lte": 3}})", true},
        {R"({"kind": {"eq": "Pod"}, "hpa": {"eq": true}})", R"({"hpa": {"eq": true}})", true},
        {R"({"hpa": {"eq": true}})", R"({"kind": {"eq": "Pod"}, "hpa": {"eq": true}})", false},
        {R"({"kind": {"eq": "Pod"}})", R"({"any": [{"hpa": {"eq": true}}, {"kind": {"eq": "Pod"}}]})", true},
        {R"({"any": [{"kind": {"eq": "Job"}}, {"kind": {"eq": "Pod"}}]})", R"({"kind": {"in": ["Pod", "Job"]}})", true},
        {R"({"any": [{"hpa": {"eq": true}}, {"kind": {"eq": "Pod"}}]})", R"({"kind": {"eq": "Pod"}})", false},
        {R"({"not": {"kind": {"eq": "Pod"}}})", R"({"not": {"kind": {"eq": "Pod"}}})", true},
        {R"({"not": {"kind": {"eq": "Pod"}}})", R"({"kind": {"eq": "Pod"}})", false},
        {R"({"kind": {"eq": "Pod"}})", R"({"not": {"kind": {"eq": "Job"}}})", false},  // true, but not told
        {R"({"namespace_labels.a": {"eq": "x"}})", R"({"namespace_labels.b": {"eq": "x"}})", false},
    };
    for (const auto& [one, other, implied] : table) {
        const auto shown = std::string(one) + " => " + other;
        CAPTURE(shown);
        CHECK(policy::implies(of(one), of(other)) == implied);
    }
}

TEST_CASE("what lint tells is true of every input") {
    Random random(7);
    std::size_t implied = 0, contradictions = 0;
    for (std::size_t i = 0; i < 3000; ++i) {
        const auto rules = random.rules();
        const auto file = policy_of(rules);
        for (const auto& a : file.rules) {
            contradictions += policy::is_contradiction(a.when);
            for (const auto& b : file.rules) {
                if (&a == &b || !policy::implies(a.when, b.when)) continue;
                ++implied;
                for (int n = 0; n < 4; ++n) {
                    const auto input = random.input();
                    if (judge(a.when, input).match == policy::Match::yes)
                        CHECK(judge(b.when, input).match == policy::Match::yes);
                    if (judge(b.when, input).match == policy::Match::no)
                        CHECK(judge(a.when, input).match == policy::Match::no);
                }
            }
            for (int n = 0; n < 4 && policy::is_contradiction(a.when); ++n)
                CHECK(judge(a.when, random.input()).match != policy::Match::yes);
        }
    }
    CHECK(implied > 50);
    CHECK(contradictions > 5);
}

TEST_CASE("taking a duplicate, shadowed or unreachable rule away changes no verdict") {
    Random random(8);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < 3000; ++i) {
        const auto file = policy_of(random.rules());
        for (const auto& issue : policy::lint(file)) {
            using policy::Flaw;
            if (issue.flaw != Flaw::duplicate && issue.flaw != Flaw::shadowed && issue.flaw != Flaw::unreachable)
                continue;
            auto less = file;
            std::erase_if(less.rules, [&](const policy::Rule& one) { return one.id == issue.rule_id; });
            ++taken;
            for (int n = 0; n < 5; ++n) {
                const auto input = random.input();
                const auto before = policy::evaluate(file, input), after = policy::evaluate(less, input);
                CHECK(before.effect == after.effect);
                CHECK(before.demands == after.demands);
            }
        }
    }
    CHECK(taken > 50);
}
