// The spelling of an enum lives once, beside the enum, as a table: constexpr Names<Colour, 2>
// colour_names{{{Colour::red, "red"}, ...}}.
#pragma once
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace salve::base {

template <typename Enum, std::size_t Count>
using Names = std::array<std::pair<Enum, std::string_view>, Count>;

// The word for a value. Every enumerator must be in the table (unit tests walk the tables).
template <typename Enum, std::size_t Count>
constexpr std::string_view word(const Names<Enum, Count>& names, Enum value) {
    for (const auto& [known, text] : names)
        if (known == value) return text;
    return "?";
}

// The value for a word, or nothing: an unknown word is never mapped to a default.
template <typename Enum, std::size_t Count>
constexpr std::optional<Enum> parse(const Names<Enum, Count>& names, std::string_view text) {
    for (const auto& [value, known] : names)
        if (known == text) return value;
    return std::nullopt;
}

}  // namespace salve::base
