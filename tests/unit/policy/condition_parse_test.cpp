// What is no condition is refused, with the path and the nearest known word.
#include <doctest/doctest.h>

#include "io_fakes.hpp"
#include "policy/condition.hpp"
#include "policy_builders.hpp"

using namespace salve;
using namespace salve::test;

namespace {

policy::Condition of(const json& when) { return policy::parse_condition(base::JsonView(when, "p.yaml: .when")); }

std::string good(const json& when) {
    return std::string(base::word(policy::match_names, policy::judge(of(when), good_input()).match));
}

std::string refusal_of(const json& when, std::string* hint = nullptr) {
    const auto error = error_of([&] { of(when); });
    CHECK(error.kind() == base::ErrorKind::usage);
    if (hint) *hint = error.hint();
    const std::string message = error.what();
    CHECK(message.starts_with("p.yaml: .when"));
    return message.substr(std::string("p.yaml: .when").size());
}

json parsed(const char* text) { return json::parse(text); }

}  // namespace

TEST_CASE("only namespace and environment can ignore case, and only to test something") {
    CHECK(refusal_of(parsed(R"({"kind": {"eq": "pod", "ignore_case": true}})")) ==
          ".kind.ignore_case: only namespace and environment can ignore case");
    CHECK(contains(refusal_of(parsed(R"({"environment": {"eq": "a", "ignore_case": null}})")), "must not be null"));
    CHECK(contains(refusal_of(parsed(R"({"environment": {"eq": "a", "ignore_case": 1}})")), "expected a boolean"));
    CHECK(contains(refusal_of(parsed(R"({"environment": {"ignore_case": true}})")), "has no test"));
}

TEST_CASE("what nobody knows is refused with its path and the nearest known word") {
    std::string hint;
    CHECK(refusal_of(parsed(R"({"namespce": {"eq": "a"}})"), &hint) == ": unknown input \"namespce\"");
    CHECK(hint == "did you mean \"namespace\"?");
    CHECK(refusal_of(parsed(R"({"any": [{"kind": {"eq": "a"}}, {"bast.pods": {"eq": 1}}]})"), &hint) ==
          ".any[1]: unknown input \"bast.pods\"");
    CHECK(hint == "did you mean \"blast.pods\"?");
    CHECK(refusal_of(parsed(R"({"kind": {"glb": "a"}})"), &hint) == ".kind: unknown operator \"glb\"");
    CHECK(hint == "did you mean \"glob\"?");
    CHECK(refusal_of(parsed(R"({"kind": {"matches": "a"}})"), &hint) == ".kind: unknown operator \"matches\"");
    CHECK(contains(hint, "known: eq, in, not_in, glob, lte, gte, exists, all, any, not"));
    CHECK(contains(refusal_of(parsed(R"({"namespace_labels": {"eq": "a"}})"), &hint), "unknown input"));
    CHECK(hint == "name the label: namespace_labels.team");
    CHECK(contains(refusal_of(parsed(R"({"namespace_labels.": {"eq": "a"}})")), "unknown input"));
    CHECK(contains(refusal_of(parsed(R"({"glob": {"namespace": "a"}})"), &hint), "unknown input \"glob\""));
    CHECK(contains(hint, "a test stands under its input"));
    CHECK(contains(refusal_of(parsed(R"({"cluster": {"uid": {"eq": "a"}}})")), "unknown input \"cluster\""));
    CHECK(refusal_of(parsed(R"({"risk": {"eq": "hihg"}})"), &hint) == ".risk.eq: risk has no word \"hihg\"");
    CHECK(hint == "did you mean \"high\"?");
    CHECK(contains(refusal_of(parsed(R"({"risk": {"in": ["low", "LOW"]}})")), ".risk.in[1]: risk has no word \"LOW\""));
    CHECK(contains(refusal_of(parsed(R"({"kind": {"ignore_case": true, "eq": "Pod"}})")), "only namespace"));
    CHECK(contains(refusal_of(parsed(R"({"ignore_case": true})")), "unknown input"));
}

TEST_CASE("values of the wrong type, out of range, empty or null are refused") {
    for (const auto* when : {R"({"replicas": {"eq": "3"}})",
                             R"({"replicas": {"eq": 1.0}})",
                             R"({"replicas": {"eq": -1}})",
                             R"({"replicas": {"eq": 9007199254740992}})",
                             R"({"replicas": {"in": 3}})",
                             R"({"replicas": {"in": []}})",
                             R"({"replicas": {"in": [null]}})",
                             R"({"replicas": {"glob": "3*"}})",
                             R"({"kind": {"lte": "Pod"}})",
                             R"({"preview": {"gte": "ok"}})",
                             R"({"kind": {"eq": 1}})",
                             R"({"kind": {"eq": true}})",
                             R"({"kind": {"eq": ["a"]}})",
                             R"({"kind": {"eq": ""}})",
                             R"({"kind": {"eq": null}})",
                             R"({"kind": {"glob": []}})",
                             R"({"kind": {"glob": {}}})",
                             R"({"kind": {"not_in": "Pod"}})",
                             R"({"kind": {}})",
                             R"({"kind": "Pod"})",
                             R"({"kind": null})",
                             R"({"kind": ["Pod"]})",
                             R"({"freeze": {"eq": "true"}})",
                             R"({"freeze": {"eq": 1}})",
                             R"({"freeze": {"glob": "t*"}})",
                             R"({"freeze": {"lte": true}})",
                             R"({"name": {"exists": "yes"}})",
                             R"({"name": {"exists": null}})",
                             R"({"any": []})",
                             R"({"all": []})",
                             R"({"any": {}})",
                             R"({"any": [{}]})",
                             R"({"all": [{}]})",
                             R"({"not": {}})",
                             R"({"not": []})",
                             R"({"not": null})",
                             R"({"any": null})",
                             R"({"any": ["a"]})",
                             R"({"kind": {"not": {}}})",
                             R"({"kind": {"any": [{}]}})",
                             R"({"time.utc_hour": {"gte": 24}})",
                             R"({"blast.percent": {"gte": 101}})",
                             R"({"confidence": {"gte": 1001}})",
                             R"({"managed_by": {"lte": "a"}})",
                             "[]",
                             "null",
                             "3",
                             "\"a\""}) {
        CAPTURE(when);
        refusal_of(parsed(when));
    }
    std::string hint;
    CHECK(contains(refusal_of(parsed(R"({"confidence": {"gte": 0.8}})"), &hint),
                   ".confidence.gte: expected a whole number"));
    CHECK(hint == "in thousandths: 0.8 is 800");
    CHECK(good(parsed(R"({"time.utc_hour": {"gte": 23}})")) == "no");
    CHECK(good(parsed(R"({"confidence": {"lte": 1000}})")) == "yes");
    CHECK(good(parsed(R"({"blast.percent": {"gte": 100}})")) == "yes");
    CHECK(good({{"kind", {{"eq", std::string(256, 'a')}}}}) == "no");
    CHECK(contains(refusal_of({{"kind", {{"eq", std::string(257, 'a')}}}}), "longer than 256 bytes"));
}

TEST_CASE("conditions nest eight levels and no more") {
    const auto nested = [](int levels, json inner) {
        for (int i = 0; i < levels; ++i) inner = i % 2 ? json{{"not", inner}} : json{{"any", {inner}}};
        return inner;
    };
    const json inner = parsed(R"({"kind": {"eq": "Deployment"}})");
    CHECK(good(nested(8, inner)) == "yes");
    CHECK(contains(refusal_of(nested(9, inner)), "more than 8 levels of conditions"));
    CHECK(contains(refusal_of({{"kind", nested(9, parsed(R"({"eq": "Pod"})"))}}), "more than 8 levels"));
    CHECK(good({{"kind", nested(8, parsed(R"({"eq": "Deployment"})"))}}) == "yes");
}
