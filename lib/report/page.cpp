#include "report/page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace salve::report {
namespace {

using diagnose::Severity;

// SGR codes: a green, yellow and red family.
std::string_view colour_of(Severity severity) {
    switch (severity) {
        case Severity::critical:
            return "1;31";
        case Severity::high:
            return "31";
        case Severity::medium:
            return "33";
        case Severity::low:
            return "32";
        case Severity::info:
            return "2;32";
    }
    return "0";
}

std::string badge(Severity severity) {
    std::string word(base::word(diagnose::severity_names, severity));
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    return word;
}

}  // namespace

Page::Page(const Style& style, std::size_t label_columns)
    : style_(style), width_(static_cast<std::size_t>(std::max(style.width, 40))), label_columns_(label_columns) {}

void Page::blank() {
    if (!text_.empty()) text_ += '\n';
}

void Page::paragraph(std::string_view text, std::string_view first, std::string_view next, std::string_view colour) {
    for (const auto& line : base::wrap(text, width_, first, next)) text_ += painted(line, colour, line.size()) + '\n';
}

void Page::labelled(std::size_t indent, std::string_view label, std::string_view text) {
    const std::string margin(indent, ' ');
    paragraph(text, fmt::format("{}{:<{}}", margin, label, label_columns_), margin + std::string(label_columns_, ' '));
}

void Page::badged(std::size_t indent, Severity severity, std::string_view text) {
    const std::string mark = badge(severity), margin(indent, ' ');
    auto lines = base::wrap(text, width_, margin + mark + "  ", margin + std::string(4, ' '));
    for (std::size_t i = 0; i < lines.size(); ++i)
        text_ +=
            (i == 0 ? margin + painted(lines[0].substr(indent), colour_of(severity), mark.size()) : lines[i]) + '\n';
}

void Page::unbroken(std::size_t indent, std::string_view text) { text_.append(indent, ' ').append(text).append("\n"); }

std::string Page::painted(const std::string& line, std::string_view colour, std::size_t bytes) const {
    if (!style_.colour || colour.empty()) return line;
    return fmt::format("\x1b[{}m{}\x1b[0m{}", colour, line.substr(0, bytes), line.substr(bytes));
}

std::string cell(std::string_view visible, std::size_t columns) {
    const auto width = base::display_width(visible);
    if (width <= columns) return std::string(visible) + std::string(columns - width, ' ');
    std::string kept;
    std::size_t used = 0;
    for (std::size_t at = 0; at < visible.size();) {
        const auto point = visible.substr(at, base::code_point_at(visible, at).bytes);
        const auto more = base::display_width(point);
        if (used + more + 1 > columns) break;
        kept += point;
        used += more;
        at += point.size();
    }
    return kept + "…" + std::string(columns - used - 1, ' ');
}

}  // namespace salve::report
