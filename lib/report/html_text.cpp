#include "report/html_text.hpp"

#include <vector>

#include "base/text.hpp"

namespace salve::report {
namespace {

std::string escaped(std::string_view hostile) {
    std::string text;
    for (const char c : base::visible(hostile)) {
        switch (c) {
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            case '"':
                text += "&quot;";
                break;
            case '\'':
                text += "&#39;";
                break;
            default:
                text += c;
        }
    }
    return text;
}

}  // namespace

std::string html_text(std::string_view hostile, HtmlLines lines) {
    if (lines == HtmlLines::visible) return escaped(hostile);
    std::vector<std::string> shown;
    for (const auto line : base::split_lines(hostile)) shown.push_back(escaped(line));
    return base::join(shown, "\n");
}

}  // namespace salve::report
