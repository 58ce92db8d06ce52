#include "plan/field_diff.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace salve;
using namespace salve::plan;

namespace {

std::vector<Change> diff(const char* before, const char* after) {
    return field_diff(json::parse(before), json::parse(after));
}

}  // namespace

TEST_CASE("field by field, by path") {
    CHECK(diff(R"({"b": 1, "a": {"x": 1, "y": 2, "z": 3}})", R"({"b": 1, "a": {"x": 1, "y": "2", "w": null}})") ==
          std::vector<Change>{{"/a/y", 2, "2"}, {"/a/z", 3, nullptr}});
    CHECK(diff(R"({"a/b": {"m~n": 1}})", R"({"a/b": {"m~n": 2}})") == std::vector<Change>{{"/a~1b/m~0n", 1, 2}});
    CHECK(diff("{}", "{}").empty());
    CHECK(diff(R"({"a": {}})", R"({"a": []})") == std::vector<Change>{{"/a", json::object(), json::array()}});
    CHECK(diff("1", "2") == std::vector<Change>{{"", 1, 2}});
}

TEST_CASE("what the server keeps for itself is left out") {
    CHECK(diff(R"({"metadata": {"generation": 1, "resourceVersion": "1", "managedFields": [1], "selfLink": "a"},
                   "status": {"replicas": 1}})",
               R"({"metadata": {"generation": 2, "resourceVersion": "2", "managedFields": [2], "selfLink": "b"},
                   "status": {"replicas": 2}})")
              .empty());
    // Only there: a field of the same name elsewhere counts.
    CHECK(diff(R"({"spec": {"status": 1, "generation": 1}})", R"({"spec": {"status": 2, "generation": 2}})").size() ==
          2);
}

TEST_CASE("of what does not exist yet the server's own fields are left out as well") {
    const auto changes = diff("{}", R"({"kind": "Job", "status": {"a": 1},
        "metadata": {"name": "x", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z", "resourceVersion": "1",
                     "generation": 1, "managedFields": [{"time": "2026-01-01T00:00:00Z"}]}})");
    CHECK(changes == std::vector<Change>{{"/kind", nullptr, "Job"}, {"/metadata", nullptr, json{{"name", "x"}}}});
    // An object that is another one shows that it is.
    CHECK(diff(R"({"metadata": {"uid": "a"}})", R"({"metadata": {"uid": "b"}})").size() == 1);
}

TEST_CASE("items with names: one more is one change") {
    CHECK(diff(R"({"c": [{"name": "a", "x": 1}, {"name": "b"}]})",
               R"({"c": [{"name": "new"}, {"name": "a", "x": 2}, {"name": "b"}]})") ==
          std::vector<Change>{{"/c/0", nullptr, {{"name", "new"}}}, {"/c/1/x", 1, 2}});
    CHECK(diff(R"({"c": [{"name": "a"}, {"name": "b"}, {"name": "c"}]})", R"({"c": [{"name": "a"}, {"name": "c"}]})") ==
          std::vector<Change>{{"/c/1", {{"name", "b"}}, nullptr}});
}

TEST_CASE("items without names go by position") {
    CHECK(diff(R"({"a": [1, 2, 3]})", R"({"a": [1, 4]})") == std::vector<Change>{{"/a/1", 2, 4}, {"/a/2", 3, nullptr}});
    CHECK(diff(R"({"a": [{"name": "x"}]})", R"({"a": [{"name": 1}]})") == std::vector<Change>{{"/a/0/name", "x", 1}});
}

TEST_CASE("two items of one name, or another order, hide nothing") {
    // Of two variables of one name the last counts.
    CHECK(diff(R"({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]})",
               R"({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "1"}]})") ==
          std::vector<Change>{{"/env/1/value", "2", "1"}});
    // Init containers run in their order.
    CHECK_FALSE(
        diff(R"({"init": [{"name": "a"}, {"name": "b"}]})", R"({"init": [{"name": "b"}, {"name": "a"}]})").empty());
}

TEST_CASE("nothing is said to differ only where nothing does, for random objects") {
    std::mt19937 random(99);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    const auto list = [&] {
        json made = json::array();
        for (auto left = below(4); left > 0; --left)
            made.push_back({{"name", std::string(1, static_cast<char>('a' + below(3)))}, {"value", below(2)}});
        return made;
    };
    std::size_t equal = 0;
    for (int i = 0; i < 20'000; ++i) {
        const json before = {{"env", list()}, {"n", below(2)}}, after = {{"env", list()}, {"n", below(2)}};
        CAPTURE(before);
        CAPTURE(after);
        REQUIRE(field_diff(before, after).empty() == (before == after));
        if (before == after) ++equal;
    }
    CHECK(equal > 100);
}
