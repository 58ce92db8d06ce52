#include "policy/condition.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "io_fakes.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;
using policy::Match;

namespace {

policy::Condition of(const json& when) { return policy::parse_condition(base::JsonView(when, "p.yaml: .when")); }

// "yes", "no" or "unknown" for the good input, changed as told.
template <typename Change>
std::string with(const json& when, Change change) {
    auto input = good_input();
    change(input);
    return std::string(base::word(policy::match_names, policy::judge(of(when), input).match));
}
std::string good(const json& when) {
    return with(when, [](auto&) {});
}
std::string nothing(const json& when) {
    return std::string(base::word(policy::match_names, policy::judge(of(when), policy::Input()).match));
}

json parsed(const char* text) { return json::parse(text); }

}  // namespace

TEST_CASE("eq compares text, numbers, flags and words") {
    CHECK(good(parsed(R"({"namespace": {"eq": "demo"}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"eq": "Demo"}})")) == "no");
    CHECK(good(parsed(R"({"namespace": {"eq": "demo*"}})")) == "no");
    CHECK(good(parsed(R"({"replicas": {"eq": 3}})")) == "yes");
    CHECK(good(parsed(R"({"replicas": {"eq": 4}})")) == "no");
    CHECK(good(parsed(R"({"target_exists": {"eq": true}})")) == "yes");
    CHECK(good(parsed(R"({"target_exists": {"eq": false}})")) == "no");
    CHECK(good(parsed(R"({"risk": {"eq": "low"}})")) == "yes");
    CHECK(good(parsed(R"({"risk": {"eq": "high"}})")) == "no");
    CHECK(good(parsed(R"({"namespace_labels.team": {"eq": "shop"}})")) == "yes");
    CHECK(good(parsed(R"({"plan.expires_at": {"eq": "2026-11-21T08:15:00.000000Z"}})")) == "yes");
}

TEST_CASE("a text is never equal to what is no text") {
    const auto text = of(parsed(R"({"namespace": {"eq": "3"}})"));
    const auto number = of(parsed(R"({"replicas": {"eq": 3}})"));
    CHECK(policy::holds(text, policy::Value(std::string("3"))));
    CHECK_FALSE(policy::holds(text, policy::Value(std::int64_t{3})));
    CHECK_FALSE(policy::holds(number, policy::Value(std::string("3"))));
}

TEST_CASE("in and not_in name several values") {
    CHECK(good(parsed(R"({"namespace": {"in": ["other", "demo"]}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"in": ["other", "demo-2"]}})")) == "no");
    CHECK(good(parsed(R"({"namespace": {"not_in": ["other", "demo-2"]}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"not_in": ["other", "demo"]}})")) == "no");
    CHECK(good(parsed(R"({"replicas": {"in": [1, 3]}})")) == "yes");
    CHECK(good(parsed(R"({"time.weekday": {"in": ["sat", "sun"]}})")) == "no");
}

TEST_CASE("a list is matched by one of its items; an empty one by none") {
    const auto managed = [](policy::Input& in) { in.managed_by = {"helm:web", "argocd"}; };
    CHECK(with(parsed(R"({"managed_by": {"eq": "argocd"}})"), managed) == "yes");
    CHECK(with(parsed(R"({"managed_by": {"in": ["flux", "argocd"]}})"), managed) == "yes");
    CHECK(with(parsed(R"({"managed_by": {"glob": "helm:*"}})"), managed) == "yes");
    CHECK(with(parsed(R"({"managed_by": {"not_in": ["argocd"]}})"), managed) == "no");
    CHECK(with(parsed(R"({"managed_by": {"not_in": ["flux"]}})"), managed) == "yes");
    CHECK(with(parsed(R"({"managed_by": {"exists": true}})"), managed) == "yes");
    CHECK(with(parsed(R"({"managed_by": {"exists": false}})"), managed) == "no");
    CHECK(good(parsed(R"({"managed_by": {"eq": "argocd"}})")) == "no");
    CHECK(good(parsed(R"({"managed_by": {"glob": "*"}})")) == "no");
    CHECK(good(parsed(R"({"managed_by": {"not_in": ["argocd"]}})")) == "yes");
    CHECK(good(parsed(R"({"managed_by": {"exists": true}})")) == "no");
    CHECK(good(parsed(R"({"managed_by": {"exists": false}})")) == "yes");
}

TEST_CASE("globs cover the whole text, one or several of them") {
    CHECK(good(parsed(R"({"namespace": {"glob": "de*"}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"glob": ["x*", "*mo"]}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"glob": ["x*", "*m"]}})")) == "no");
    const std::vector<std::tuple<const char*, const char*, bool>> table = {{"*", "", true},
                                                                           {"*", "abc", true},
                                                                           {"", "", true},
                                                                           {"", "a", false},
                                                                           {"?", "a", true},
                                                                           {"?", "", false},
                                                                           {"?", "ab", false},
                                                                           {"a*c", "ac", true},
                                                                           {"a*c", "abbc", true},
                                                                           {"a*c", "abcb", false},
                                                                           {"a*b*c", "axbxbc", true},
                                                                           {"**a", "a", true},
                                                                           {"a**", "a", true},
                                                                           {"*a*", "bab", true},
                                                                           {"*a*", "bbb", false},
                                                                           {"prod-*", "prod-", true},
                                                                           {"prod-*", "prod", false},
                                                                           {"prod-*", "xprod-a", false},
                                                                           {"*-prod", "a-prod", true},
                                                                           {"a?c*", "abcd", true},
                                                                           {"*ab", "aab", true},
                                                                           {"*aab", "aaab", true},
                                                                           {"a*a", "a", false},
                                                                           {"[a]", "a", false},
                                                                           {"a.c", "abc", false},
                                                                           {"\\*", "*", false},
                                                                           {"*b", "ab*", false},
                                                                           {"a*", "*a", false},
                                                                           {"*ab*bc", "abc", false},
                                                                           {"*ab*bc", "abbc", true}};
    for (const auto& [pattern, text, matches] : table) {
        const std::string shown = std::string(pattern) + " on " + text;
        CAPTURE(shown);
        CHECK(policy::glob_matches(pattern, text) == matches);
    }
    CHECK(policy::glob_matches(std::string_view("*a*").substr(0, 2), "aba"));  // nothing behind its end is read
    // Linear in the number of stars, where a naive matcher would take for ever.
    std::string stars;
    for (int i = 0; i < 60; ++i) stars += "a*";
    CHECK_FALSE(policy::glob_matches(stars + "b", std::string(5000, 'a')));
}

TEST_CASE("lte and gte compare numbers and the words that have an order, bounds included") {
    for (const auto& [bound, lte, gte] : std::vector<std::tuple<int, const char*, const char*>>{
             {2, "no", "yes"}, {3, "yes", "yes"}, {4, "yes", "no"}}) {
        CHECK(good({{"replicas", {{"lte", bound}}}}) == lte);
        CHECK(good({{"replicas", {{"gte", bound}}}}) == gte);
    }
    CHECK(good(parsed(R"({"replicas": {"gte": 2, "lte": 4}})")) == "yes");
    CHECK(good(parsed(R"({"replicas": {"gte": 4, "lte": 9}})")) == "no");
    const auto medium = [](policy::Input& in) { in.risk = plan::Risk::medium; };
    CHECK(with(parsed(R"({"risk": {"lte": "medium"}})"), medium) == "yes");
    CHECK(with(parsed(R"({"risk": {"lte": "low"}})"), medium) == "no");
    CHECK(with(parsed(R"({"risk": {"gte": "high"}})"), medium) == "no");
    CHECK(good(parsed(R"({"trust_level": {"gte": "approve"}})")) == "yes");
    CHECK(good(parsed(R"({"time.weekday": {"lte": "fri"}})")) == "yes");
    CHECK(good(parsed(R"({"time.weekday": {"gte": "sat"}})")) == "no");
}

TEST_CASE("exists asks whether something is there, and never knows of what is missing") {
    CHECK(good(parsed(R"({"name": {"exists": true}})")) == "yes");
    CHECK(good(parsed(R"({"name": {"exists": false}})")) == "no");
    CHECK(nothing(parsed(R"({"name": {"exists": true}})")) == "unknown");
    CHECK(nothing(parsed(R"({"name": {"exists": false}})")) == "unknown");
}

TEST_CASE("S0.26: only namespace and environment may ignore case") {
    const auto loud = [](policy::Input& in) { in.environment = "ProDuction"; };
    CHECK(with(parsed(R"({"environment": {"eq": "production", "ignore_case": true}})"), loud) == "yes");
    CHECK(with(parsed(R"({"environment": {"eq": "production", "ignore_case": false}})"), loud) == "no");
    CHECK(with(parsed(R"({"environment": {"eq": "production"}})"), loud) == "no");
    CHECK(with(parsed(R"({"environment": {"in": ["x", "PRODUCTION"], "ignore_case": true}})"), loud) == "yes");
    CHECK(with(parsed(R"({"environment": {"glob": "PROD*", "ignore_case": true}})"), loud) == "yes");
    CHECK(with(parsed(R"({"environment": {"not_in": ["production"], "ignore_case": true}})"), loud) == "no");
    CHECK(with(parsed(R"({"environment": {"ignore_case": true, "any": [{"eq": "x"}, {"glob": "prod*"}]}})"), loud) ==
          "yes");
    CHECK(with(parsed(R"({"environment": {"any": [{"eq": "x"}, {"glob": "prod*", "ignore_case": true}]}})"), loud) ==
          "yes");
    CHECK(with(parsed(R"({"environment": {"any": [{"eq": "x", "ignore_case": true}, {"glob": "prod*"}]}})"), loud) ==
          "no");
    CHECK(good(parsed(R"({"namespace": {"glob": "DEMO", "ignore_case": true}})")) == "yes");
}

TEST_CASE("all, any and not are Kleene's, over fields and within one") {
    const json yes = parsed(R"({"namespace": {"eq": "demo"}})"), no = parsed(R"({"namespace": {"eq": "x"}})"),
               unknown = parsed(R"({"freeze": {"eq": true}})");
    const auto judged = [](const json& when) { return with(when, [](policy::Input& in) { in.freeze.reset(); }); };
    const std::vector<std::pair<std::string, json>> three = {{"yes", yes}, {"no", no}, {"unknown", unknown}};
    for (const auto& [a, left] : three)
        for (const auto& [b, right] : three) {
            const auto is = [&](const char* word) { return a == word || b == word; };
            CAPTURE(a);
            CAPTURE(b);
            CHECK(judged({{"all", {left, right}}}) == (is("no") ? "no" : is("unknown") ? "unknown" : "yes"));
            CHECK(judged({{"any", {left, right}}}) == (is("yes") ? "yes" : is("unknown") ? "unknown" : "no"));
        }
    CHECK(judged({{"not", yes}}) == "no");
    CHECK(judged({{"not", no}}) == "yes");
    CHECK(judged({{"not", unknown}}) == "unknown");
    CHECK(judged({{"not", {{"not", yes}}}}) == "yes");
    CHECK(good(parsed(R"({"namespace": {"not": {"eq": "demo"}}})")) == "no");
    CHECK(good(parsed(R"({"namespace": {"any": [{"eq": "x"}, {"glob": "d*"}]}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"all": [{"glob": "d*"}, {"not": {"eq": "demo"}}]}})")) == "no");
    // Tests side by side all have to hold.
    CHECK(good(parsed(R"({"namespace": {"eq": "demo"}, "kind": {"eq": "Deployment"}})")) == "yes");
    CHECK(good(parsed(R"({"namespace": {"eq": "demo"}, "kind": {"eq": "Pod"}})")) == "no");
    CHECK(good(parsed(R"({"namespace": {"eq": "demo"}, "not": {"kind": {"eq": "Deployment"}}})")) == "no");
    CHECK(good(json::object()) == "yes");
    CHECK(nothing(json::object()) == "yes");
}

TEST_CASE("every field is unknown when it is missing, whatever the test") {
    for (const auto& field : policy::fields()) {
        if (field.of_model()) continue;
        const auto name = std::string(field.name) + (field.type == policy::FieldType::labels ? ".team" : "");
        json value = "text";
        if (field.type == policy::FieldType::flag) value = true;
        if (field.type == policy::FieldType::number) value = 1;
        if (field.type == policy::FieldType::word) value = field.words[0];
        CAPTURE(name);
        CHECK(nothing({{name, {{"eq", value}}}}) == "unknown");
        CHECK(nothing({{name, {{"not_in", {value}}}}}) == "unknown");
        CHECK(nothing({{"not", {{name, {{"in", {value}}}}}}}) == "unknown");
        CHECK(nothing({{"any", {json{{name, {{"exists", true}}}}}}}) == "unknown");
    }
    // A label that is not there is missing, too.
    CHECK(good(parsed(R"({"namespace_labels.tier": {"not_in": ["gold"]}})")) == "unknown");
}

TEST_CASE("what a model changes is unknown, what it leaves as it was is not") {
    const auto warns = [](policy::Input& in) { in.llm = {true, {"w"}, false, true}; };
    for (const auto* when :
         {R"({"llm.used": {"eq": true}})", R"({"llm.warnings": {"exists": true}})", R"({"llm.warnings": {"eq": "w"}})",
          R"({"llm.actionable": {"eq": false}})", R"({"llm.unstable": {"eq": true}})"}) {
        CAPTURE(when);
        CHECK(good(parsed(when)) == "no");
        CHECK(with(parsed(when), warns) == "unknown");
        CHECK(good({{"not", parsed(when)}}) == "yes");
        CHECK(with({{"not", parsed(when)}}, warns) == "unknown");
    }
    CHECK(with(parsed(R"({"llm.warnings": {"eq": "x"}})"), warns) == "no");
    CHECK(with(parsed(R"({"llm.used": {"exists": true}})"), warns) == "yes");
}

TEST_CASE("the tests that decided are told, with the value and in words") {
    auto input = good_input();
    input.freeze.reset();
    const auto decided = [&](const json& when) {
        std::vector<std::string> told;
        for (const auto& check : policy::judge(of(when), input).decided_by)
            told.push_back(check.condition + " | " + check.value + " | " + check.words);
        return base::join(told, "; ");
    };
    CHECK(decided(parsed(R"({"namespace": {"glob": "d*"}})")) ==
          R"(namespace: {glob: "d*"} | "demo" | namespace "demo" matches d*)");
    CHECK(decided(parsed(R"({"namespace": {"glob": ["x y", "z*"]}})")) ==
          R"(namespace: {glob: ["x y", "z*"]} | "demo" | namespace "demo" does not match "x y" or z*)");
    CHECK(decided(parsed(R"({"freeze": {"eq": true}})")) == "freeze: {eq: true} | missing | freeze is not known");
    CHECK(decided(parsed(R"({"replicas": {"lte": 2}})")) == "replicas: {lte: 2} | 3 | replicas 3 is above 2");
    CHECK(decided(parsed(R"({"replicas": {"lte": 3}})")) == "replicas: {lte: 3} | 3 | replicas 3 is at most 3");
    CHECK(decided(parsed(R"({"replicas": {"gte": 3}})")) == "replicas: {gte: 3} | 3 | replicas 3 is at least 3");
    CHECK(decided(parsed(R"({"replicas": {"gte": 4}})")) == "replicas: {gte: 4} | 3 | replicas 3 is below 4");
    CHECK(decided(parsed(R"({"kind": {"in": ["Pod"]}})")) ==
          R"(kind: {in: ["Pod"]} | "Deployment" | kind "Deployment" is not Pod)");
    CHECK(decided(parsed(R"({"kind": {"eq": "Deployment"}})")) ==
          R"(kind: {eq: "Deployment"} | "Deployment" | kind "Deployment" is Deployment)");
    CHECK(decided(parsed(R"({"kind": {"not_in": ["Pod", "Job"]}})")) ==
          R"(kind: {not_in: ["Pod", "Job"]} | "Deployment" | kind "Deployment" is not Pod or Job)");
    CHECK(decided(parsed(R"({"kind": {"not_in": ["Deployment"]}})")) ==
          R"(kind: {not_in: ["Deployment"]} | "Deployment" | kind "Deployment" is Deployment)");
    CHECK(decided(parsed(R"({"managed_by": {"exists": true}})")) ==
          "managed_by: {exists: true} | [] | managed_by is empty");
    CHECK(decided(parsed(R"({"managed_by": {"exists": false}})")) ==
          "managed_by: {exists: false} | [] | managed_by is empty");
    CHECK(decided(parsed(R"({"name": {"exists": true}})")) == R"(name: {exists: true} | "web" | name is "web")");
    CHECK(decided(parsed(R"({"environment": {"eq": "x", "ignore_case": true}})")) ==
          R"(environment: {eq: "x", ignore_case: true} | "staging" | environment "staging" is not x)");
    input.llm.warnings = {"look here"};
    CHECK(contains(decided(parsed(R"({"llm.warnings": {"exists": true}})")),
                   R"(llm.warnings is ["look here"], as the model says)"));
}

TEST_CASE("only as many tests are told as settle it") {
    auto input = good_input();
    input.freeze.reset();
    const auto decided = [&](const json& when) {
        std::vector<std::string> told;
        for (const auto& check : policy::judge(of(when), input).decided_by) told.push_back(check.words);
        return base::join(told, "; ");
    };
    const json yes = parsed(R"({"name": {"eq": "web"}})"), no = parsed(R"({"name": {"eq": "x"}})"),
               unknown = parsed(R"({"freeze": {"eq": true}})"), also = parsed(R"({"replicas": {"gte": 1}})");
    CHECK(decided({{"all", {yes, also}}}) == "name \"web\" is web; replicas 3 is at least 1");
    CHECK(decided({{"all", {yes, unknown, no}}}) == "name \"web\" is not x");
    CHECK(decided({{"all", {yes, unknown, also}}}) == "freeze is not known");
    CHECK(decided({{"any", {no, unknown, yes, also}}}) == "name \"web\" is web");
    CHECK(decided({{"any", {no, unknown}}}) == "freeze is not known");
    CHECK(decided({{"any", {no, no}}}) == "name \"web\" is not x; name \"web\" is not x");
    CHECK(decided({{"not", {{"any", {no, yes}}}}}) == "name \"web\" is web");
    CHECK(decided(json::object()).empty());
}

TEST_CASE("a condition is spelled on one line") {
    const auto spelled = [](const char* text) { return to_words(of(parsed(text))); };
    CHECK(spelled("{}").empty());
    CHECK(spelled(R"({"kind": {"eq": "Pod"}, "not": {"name": {"glob": "a*"}}})") ==
          R"(kind: {eq: "Pod"}, not: {name: {glob: "a*"}})");
    CHECK(spelled(R"({"any": [{"kind": {"eq": "Pod"}}, {"name": {"in": ["a"]}, "hpa": {"eq": true}}]})") ==
          R"(any: [{kind: {eq: "Pod"}}, {hpa: {eq: true}, name: {in: ["a"]}}])");
    CHECK(spelled(R"({"all": [{"kind": {"eq": "Pod"}, "hpa": {"eq": true}}, {"name": {"eq": "a"}}]})") ==
          R"({hpa: {eq: true}, kind: {eq: "Pod"}}, name: {eq: "a"})");
    CHECK(spelled(R"({"namespace_labels.a\u001bb": {"eq": "\u202e"}})") ==
          R"(namespace_labels.a\x1bb: {eq: "\u{202e}"})");
}
