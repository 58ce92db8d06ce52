// One line on the terminal that says how far the reading is, and is gone before the result is printed.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
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

// What goes on, line by line: what is said stays, what is shown is overwritten by whatever comes next. Where nobody
// sits at a terminal only what is said is printed, and with --quiet nothing.
class StatusLine {
public:
    StatusLine(bool terminal, bool quiet) : terminal_(terminal && !quiet), quiet_(quiet) {}
    ~StatusLine() { clear(); }
    StatusLine(const StatusLine&) = delete;
    StatusLine& operator=(const StatusLine&) = delete;

    // Both take text that is visible already.
    void say(std::string_view line) {
        clear();
        if (quiet_) return;
        fmt::print(stderr, "{}\n", line);
        std::fflush(stderr);
    }
    void show(std::string_view line) {
        if (!terminal_) return;
        shown_ = true;
        fmt::print(stderr, "\r\x1b[K{}", line);
        std::fflush(stderr);
    }

private:
    void clear() {
        if (!std::exchange(shown_, false)) return;
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
    }
    bool terminal_, quiet_, shown_ = false;
};

}  // namespace salve::cmd
