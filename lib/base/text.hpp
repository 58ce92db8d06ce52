// Words for people and machines out of hostile text: escaping, cutting, wrapping, and small string helpers.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.hpp"

namespace salve::base {

// Text that a terminal, a JSON reader and a human eye take for what it is (SAFETY 5.3). Control characters (C0 with
// newline and tab, DEL, C1), bidirectional controls, zero-width and other invisible characters, line and paragraph
// separators and tag characters are replaced by "\x1b" (one byte) or "\u{202e}" (a code point), bytes that are no UTF-8
// by "\xff". The rest, the backslash included, stays: the result is valid UTF-8 without any such character, and
// visible(visible(x)) == visible(x).
std::string visible(std::string_view hostile);

// quoted(text): visible() in double quotes; a quote inside is written \". An object, not a function: else a call with a
// std::string would find std::quoted as well.
struct Quoted {
    std::string operator()(std::string_view hostile) const;
};
inline constexpr Quoted quoted;

// The text if it has at most max_bytes bytes, else its beginning, cut between code points, and "…"; never more than
// max_bytes bytes (below three there is no room for the mark, and it is left out).
std::string cut(std::string_view utf8, std::size_t max_bytes);

// Words (separated by any ASCII white space, which is not kept) in lines of at most `width` columns, the indents
// included. A word longer than a line stands unbroken on its own line, so that paths and commands can be copied. No
// words: no lines.
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::string_view first_indent = "",
                              std::string_view next_indent = "");

// Lines without their "\n" or "\r\n"; a final line end opens no further line. The views point into the text.
std::vector<std::string_view> split_lines(std::string_view text);

// Without the ASCII white space at both ends.
std::string_view trim(std::string_view text);

// Only A to Z change: no locale.
std::string lower_ascii(std::string_view text);

// Does the text contain the part, ASCII case aside? An empty part is contained in everything.
bool icontains(std::string_view text, std::string_view part);

// "Did you mean": the candidate with the fewest edits (insert, delete, replace, swap of neighbours; ASCII case aside),
// the first of equals; nothing when even that one is further than a third of the word's length (one edit for short
// words).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates);

// "a, b, c" for any range of strings.
template <typename Range>
std::string join(const Range& parts, std::string_view separator) {
    std::string joined;
    bool first = true;
    for (const auto& part : parts) {
        if (!first) joined += separator;
        joined += part;
        first = false;
    }
    return joined;
}

}  // namespace salve::base
