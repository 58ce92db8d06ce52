// Hostile text inside Markdown (CommonMark with GitHub's tables): it cannot become markup, a link, a mention, HTML or a
// table cell.
#pragma once
#include <string>
#include <string_view>

namespace salve::report {

// Text for any place inside a line, table cells included. Words of letters, digits and harmless punctuation stay; each
// other word becomes a code span, in which nothing is markup and nothing is linked (URLs, image names, mentions). "|",
// which would end a table cell even there, becomes &#124; between two spans. The text should be one line.
std::string md_text(std::string_view line);

// The whole line as code, for what has to be read exactly; "|" as above.
std::string md_code(std::string_view line);

// A fenced code block that no line of the text can close: its fence is longer than any run of backticks inside. The
// text's own lines are kept, everything else is base::visible(). info: "text", "sh".
std::string md_block(std::string_view text, std::string_view info);

}  // namespace salve::report
