// One line on the terminal that says how far the reading is, and is gone before the result is printed.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace salve::cmd {

class ProgressLine {
public:
    explicit ProgressLine(bool on) : on_(on) {}
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(std::size_t done, std::size_t total) {
        if (!on_) return;
        shown_ = true;
        fmt::print(stderr, "\r\x1b[Kreading the cluster: {} of {}", done, total);
        std::fflush(stderr);
    }
    void clear() {
        if (!std::exchange(shown_, false)) return;
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
    }

private:
    bool on_, shown_ = false;
};

}  // namespace salve::cmd
