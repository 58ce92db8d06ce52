// What a reader of Markdown interprets.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace salve::tests {

// The lines without the content of fences and code spans.
inline std::vector<std::string> skeleton(const std::string& text) {
    std::vector<std::string> lines;
    std::string fence;
    for (const auto line : base::split_lines(text)) {
        const auto ticks = std::min(line.find_first_not_of('`'), line.size());
        if (fence.empty() ? ticks >= 3 : line == fence) {
            fence = fence.empty() ? std::string(ticks, '`') : "";
            continue;
        }
        if (!fence.empty()) continue;
        std::string bare;
        for (std::size_t at = 0; at < line.size();) {
            const auto run = std::min(line.find_first_not_of('`', at), line.size()) - at;
            if (run == 0) {
                bare += line[at++];
                continue;
            }
            at += run;
            // The span ends at the first run of the same length.
            for (;;) {
                const auto next = line.find('`', at);
                REQUIRE(next != std::string_view::npos);
                const auto end = std::min(line.find_first_not_of('`', next), line.size());
                at = end;
                if (end - next == run) break;
            }
        }
        lines.push_back(bare);
    }
    REQUIRE(fence.empty());
    return lines;
}

}  // namespace salve::tests
