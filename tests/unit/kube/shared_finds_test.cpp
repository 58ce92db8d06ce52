#include "kube/shared_finds.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kube/world.hpp"

using salve::kube::Snapshot;
using salve::kube::World;

namespace {

std::atomic<int> counted{0}, failed{0};

std::size_t pods(const World& world) {
    ++counted;
    return world.facts().pods.size();
}
std::string words(const World& world) { return std::to_string(world.once(pods)) + " pods"; }
std::string fails_once(const World&) {
    if (failed++ == 0) throw std::runtime_error("no room");
    return "found";
}

}  // namespace

TEST_CASE("what rules share is found once for each World, however many ask at once") {
    counted = 0;
    Snapshot one, other;
    one.pods.resize(3);
    const World world(one), another(other);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            if (world.once(words) != "3 pods" || world.once(pods) != 3) ++counted;
        });
    threads.clear();
    CHECK(counted == 1);
    CHECK(&world.once(pods) == &world.once(pods));
    CHECK(another.once(words) == "0 pods");
    CHECK(counted == 2);
}

TEST_CASE("a find that failed is tried again by who asks next") {
    failed = 0;
    const Snapshot facts;
    const World world(facts);
    CHECK_THROWS_WITH(world.once(fails_once), "no room");
    CHECK(world.once(fails_once) == "found");
    CHECK(world.once(fails_once) == "found");
    CHECK(failed == 2);
}
