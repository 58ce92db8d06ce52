#include "io/parallel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

using salve::io::run_parallel;

TEST_CASE("every task runs once, whatever the width") {
    for (const unsigned width : {0U, 1U, 2U, 4U, 64U}) {
        std::vector<std::atomic<int>> runs(100);
        run_parallel(runs.size(), width, [&](std::size_t at) { ++runs[at]; });
        CHECK(std::all_of(runs.begin(), runs.end(), [](const auto& one) { return one == 1; }));
    }
    run_parallel(0, 4, [](std::size_t) { FAIL("there is no task"); });
}

TEST_CASE("no more run at once than asked for, and that many do") {
    std::atomic<int> running{0}, most{0};
    run_parallel(40, 4, [&](std::size_t) {
        const int now = ++running;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --running;
    });
    CHECK(most <= 4);
    CHECK(most >= 2);
}

TEST_CASE("the first exception comes out, and no further task starts") {
    std::atomic<int> started{0};
    CHECK_THROWS_WITH_AS(run_parallel(10'000, 4,
                                      [&](std::size_t at) {
                                          ++started;
                                          if (at == 3) throw std::runtime_error("task 3");
                                          std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                      }),
                         "task 3", std::runtime_error);
    CHECK(started < 1000);
    started = 0;
    CHECK_THROWS_AS(run_parallel(100, 1,
                                 [&](std::size_t) {
                                     ++started;
                                     throw 7;
                                 }),
                    int);
    CHECK(started == 1);
}
