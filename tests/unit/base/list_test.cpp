#include "base/list.hpp"

#include <doctest/doctest.h>

#include <string>

using salve::base::List;

TEST_CASE("a copy of a list shares its items until one of them is changed") {
    List<std::string> first = {"a", "b"};
    const List<std::string> second = first;
    CHECK(&first.items() == &second.items());
    first.push_back("c");
    CHECK(first == List<std::string>{"a", "b", "c"});
    CHECK(second == List<std::string>{"a", "b"});
    for (auto& item : first) item += "!";
    CHECK(first.at(2) == "c!");
    CHECK(second.at(0) == "a");
}

TEST_CASE("an empty list is one however it came about") {
    List<int> none, emptied = {1};
    emptied.clear();
    CHECK(none == emptied);
    CHECK(none == List<int>(std::vector<int>{}));
    CHECK(none.begin() == none.end());
    CHECK(none.size() == 0);
    emptied.insert(emptied.begin(), 7);
    CHECK(emptied.back() == 7);
    emptied.pop_back();
    CHECK(emptied == none);
}

TEST_CASE("a list takes and gives a vector") {
    const std::vector<int> given{1, 2};
    List<int> list = given;
    const std::vector<int>& got = list;
    CHECK(got == given);
    list = std::move(list);
    auto moved = std::move(list);
    CHECK(moved.size() == 2);
    moved[0] = 3;
    moved.erase(moved.begin() + 1);
    CHECK(moved == List<int>{3});
}
