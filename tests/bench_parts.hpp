// How benchmarks time their parts and say what they took.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <iostream>

namespace salve::testing {

constexpr std::size_t rounds = 5;

// The median of several rounds.
inline double seconds(const std::function<void()>& work) {
    std::array<double, rounds> took{};
    for (auto& one : took) {
        const auto start = std::chrono::steady_clock::now();
        work();
        one = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    std::sort(took.begin(), took.end());
    return took[rounds / 2];
}

// One line of JSON.
inline void tell(const char* part, double took, double bytes, double pods) {
    std::cout << fmt::format("{{\"part\":\"{}\",\"seconds\":{:.4f},\"mb_per_s\":{:.1f},\"us_per_pod\":{:.2f}}}\n", part,
                             took, bytes / took / 1e6, took * 1e6 / pods);
}

}  // namespace salve::testing
