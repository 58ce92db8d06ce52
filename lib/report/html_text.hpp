// Hostile text inside HTML.
#pragma once
#include <string>
#include <string_view>

namespace salve::report {

// Text for an element's content or a quoted attribute that holds no URL: base::visible(), and no character of it is
// markup. Line feeds stay when `lines` says so (for <pre>).
enum class HtmlLines { visible, kept };
std::string html_text(std::string_view hostile, HtmlLines lines = HtmlLines::visible);

}  // namespace salve::report
