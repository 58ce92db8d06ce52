// Lays out text for people in lines of a given width. Everything that it is given has to be visible already
// (base::visible).
#pragma once
#include <string>
#include <string_view>

#include "diagnose/finding.hpp"
#include "report/format.hpp"

namespace salve::report {

class Page {
public:
    // label_columns: where the text of labelled() begins, counted from its indent.
    explicit Page(const Style& style, std::size_t label_columns = 9);

    // An empty line; none at the top.
    void blank();
    void paragraph(std::string_view text, std::string_view first, std::string_view next, std::string_view colour = "");
    // "  why:     the text, wrapped under itself"
    void labelled(std::size_t indent, std::string_view label, std::string_view text);
    // The badge opens the first line and has the colour.
    void badged(std::size_t indent, diagnose::Severity severity, std::string_view text);
    // In one piece, so that it can be copied.
    void unbroken(std::size_t indent, std::string_view text);
    std::string take() { return std::move(text_); }

private:
    std::string painted(const std::string& line, std::string_view colour, std::size_t bytes) const;

    const Style& style_;
    std::size_t width_, label_columns_;
    std::string text_;
};

// The text in exactly so many columns: filled with spaces, or cut between code points with "…" at the end.
std::string cell(std::string_view visible, std::size_t columns);

}  // namespace salve::report
