#include "base/shell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace salve::base {
namespace {

// In $'...': every byte of what cannot be seen as \xNN.
std::string escaped_word(std::string_view word) {
    std::string escaped = "$'";
    for (std::size_t at = 0; at < word.size();) {
        const auto point = word.substr(at, code_point_at(word, at).bytes);
        at += point.size();
        if (point == "'" || point == "\\")
            escaped.append("\\").append(point);
        else if (visible(point) == point)
            escaped += point;
        else
            for (const char c : point) escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return escaped + "'";
}

}  // namespace

std::string shell_quoted(std::string_view word) {
    const auto harmless = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), harmless)) return std::string(word);
    std::string in_quotes = "'";
    for (const char c : word) {
        if (c == '\'')
            in_quotes += "'\\''";
        else
            in_quotes += c;
    }
    return in_quotes + "'";
}

std::string shell_line(std::span<const std::string> argv) {
    std::vector<std::string> words;
    for (const auto& word : argv) words.push_back(visible(word) == word ? shell_quoted(word) : escaped_word(word));
    return join(words, " ");
}

}  // namespace salve::base
