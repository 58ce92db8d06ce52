// What the terminal says while the cluster is read, and what is gone before the result is printed.
#pragma once
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

    void show(std::string_view what, std::size_t done, std::size_t total) {
        if (!on_) return;
        shown_ = true;
        put(fmt::format("\r\x1b[Kreading {}: {} of {}", what, done, total));
    }
    // Lines above it, which go with it. They must be visible text and fit the terminal, or more would have to go.
    void so_far(const std::vector<std::string>& lines) {
        if (!on_ || lines.empty()) return;
        clear();
        for (const auto& line : lines) put(line + "\n");
        above_ = lines.size();
    }
    void clear() {
        if (std::exchange(shown_, false)) put("\r\x1b[K");
        if (const auto lines = std::exchange(above_, 0); lines > 0) put(fmt::format("\x1b[{}A\x1b[J", lines));
    }

private:
    bool on_, shown_ = false;
    std::size_t above_ = 0;
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
