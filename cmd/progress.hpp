// One line on the terminal that says how far the reading is, and is gone before the result is printed.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

namespace salve::cmd {

// A terminal that has gone away takes nothing, and that ends nothing: fmt::print would throw.
inline void put(std::string_view text) {
    [[maybe_unused]] const auto written = std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

class ProgressLine {
public:
    explicit ProgressLine(bool on) : on_(on) {}
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(std::size_t done, std::size_t total) {
        if (!on_) return;
        shown_ = true;
        put(fmt::format("\r\x1b[Kreading the cluster: {} of {}", done, total));
    }
    void clear() {
        if (!std::exchange(shown_, false)) return;
        put("\r\x1b[K");
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
        put(fmt::format("{}\n", line));
    }
    void show(std::string_view line) {
        if (!terminal_) return;
        shown_ = true;
        put(fmt::format("\r\x1b[K{}", line));
    }

private:
    void clear() {
        if (!std::exchange(shown_, false)) return;
        put("\r\x1b[K");
    }
    bool terminal_, quiet_, shown_ = false;
};

}  // namespace salve::cmd
