// Edit distance for "did you mean".
#include <algorithm>
#include <numeric>

#include "base/text.hpp"

namespace salve::base {
namespace {

// Optimal string alignment: insert, delete, replace, swap of two neighbours, one each.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t longest = 256;  // a hostile word costs no more than this squared
    if (word.size() > longest) return std::nullopt;
    const std::string wanted = lower_ascii(word);
    std::optional<std::string> best;
    std::size_t limit = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > longest) continue;
        const std::size_t edits = distance(wanted, lower_ascii(candidate));
        if (edits >= limit) continue;
        best = std::string(candidate);
        limit = edits;
    }
    return best;
}

}  // namespace salve::base
