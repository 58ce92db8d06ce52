// What every page for people and every document for programs has to hold, whatever the cluster said.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace salve::tests {

// A line may be longer than the page when nothing in it can be broken: a command, or one word after a label, a count, a
// badge or a bar.
inline bool fits(std::string_view line, std::size_t width) {
    if (base::display_width(line) <= width) return true;
    const auto text = base::trim(line);
    if (text.starts_with("kubectl ") || text.starts_with("salve ")) return true;
    const auto last = text.rfind(' ');
    if (last == std::string_view::npos) return true;
    const auto head = base::trim(text.substr(0, last));
    const auto counts = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    constexpr std::size_t label_columns = 11;
    return (head.ends_with(':') && head.size() <= label_columns) || head == "|" ||
           std::all_of(head.begin(), head.end(), counts);
}

// The first line that is not as it should be; empty: there is none. One CHECK a page, or the tests take minutes.
template <typename Good>
std::string bad_line(const std::string& text, Good good) {
    for (const auto line : base::split_lines(text))
        if (!good(line)) return "bad: " + std::string(line);
    return "";
}

// Valid UTF-8 that ends with a line feed and has no other control character, nothing invisible, nothing that turns.
inline void check_lines(const std::string& text) {
    CHECK(text.ends_with("\n"));
    CHECK(bad_line(text, [](std::string_view line) { return base::visible(line) == line; }) == "");
}

inline void check_page(const std::string& text, std::size_t width = 80) {
    check_lines(text);
    CHECK(bad_line(text, [&](std::string_view line) { return fits(line, width); }) == "");
}

// Are all texts of a document visible, but for the line feeds between lines?
inline bool all_visible(const nlohmann::json& value) {
    if (value.is_string())
        return bad_line(value.get_ref<const std::string&>(),
                        [](std::string_view line) { return base::visible(line) == line; })
            .empty();
    if (!value.is_structured()) return true;
    for (const auto& [key, child] : value.items())
        if (base::visible(key) != key || !all_visible(child)) return false;
    return true;
}
inline nlohmann::json check_document(const std::string& text) {
    check_lines(text);
    auto document = nlohmann::json::parse(text);
    CHECK(all_visible(document));
    return document;
}

}  // namespace salve::tests
