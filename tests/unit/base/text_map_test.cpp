#include "base/text_map.hpp"

#include <doctest/doctest.h>

using salve::base::TextMap;

TEST_CASE("a map of texts is in the order of its names, whatever order they came in") {
    const TextMap map{{"b", "2"}, {"a", "1"}, {"b", "3"}};
    CHECK(map.size() == 2);
    CHECK(map.begin()->first == "a");
    CHECK(map.at("b") == "2");  // the first of a name stays, as in std::map
    CHECK(map == TextMap(std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
    CHECK(map.find("c") == map.end());
    CHECK(map.contains("a"));
    CHECK(map.count("") == 0);
    CHECK_THROWS_AS(map.at("c"), std::out_of_range);
}

TEST_CASE("a change of a map of texts leaves its copies alone") {
    TextMap map{{"b", "2"}};
    const auto before = map;
    map["a"] = "1";
    map["b"] = "3";
    CHECK(map == TextMap{{"a", "1"}, {"b", "3"}});
    CHECK(before == TextMap{{"b", "2"}});
    map.erase("a");
    map.erase("none");
    CHECK(map == TextMap{{"b", "3"}});
    erase_if(map, [](const auto& entry) { return entry.second == "3"; });
    CHECK(map.empty());
    CHECK(map == TextMap{});
    map["new"] = "x";
    CHECK(map.at("new") == "x");
    map.clear();
    CHECK(map.begin() == map.end());
}
