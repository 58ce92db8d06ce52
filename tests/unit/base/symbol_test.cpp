#include "base/symbol.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using salve::base::Symbol;

TEST_CASE("equal symbols are one text, and read as it") {
    const Symbol first = "Deployment", second = std::string("Deploy") + "ment";
    CHECK(first == second);
    CHECK(&first.str() == &second.str());
    CHECK(first == "Deployment");
    CHECK(std::string("Deployment") == first);
    CHECK(first != "Job");
    CHECK(Symbol("a") < Symbol("b"));
    CHECK(fmt::format("a {}.", first) == "a Deployment.");
    CHECK("a " + first + "/" + std::string("x") == "a Deployment/x");
    CHECK(first.substr(6) == "ment");
    const std::string& text = first;
    CHECK(text.size() == first.size());
}

TEST_CASE("the empty symbol is the one that was never set") {
    CHECK(Symbol() == Symbol(""));
    CHECK(Symbol().empty());
    CHECK(Symbol() == "");
    CHECK(Symbol().begin() == Symbol().end());
}

TEST_CASE("symbols are the same in all threads") {
    std::vector<std::vector<Symbol>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made)
        threads.emplace_back([&mine] {
            for (int i = 0; i < 1000; ++i) mine.emplace_back("thread-" + std::to_string(i));
        });
    for (auto& thread : threads) thread.join();
    for (const auto& mine : made) CHECK(mine == made[0]);
}
