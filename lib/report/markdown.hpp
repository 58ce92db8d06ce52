// The same content for a ticket (CommonMark with GitHub's tables).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "report/triage.hpp"

namespace salve::report {

// Text of the cluster cannot become markup, a link, a mention, HTML or a table cell: see md_text and md_block.
std::string triage_markdown(const Triage& triage);

std::string triages_markdown(std::span<const Triage> triages);  // one after the other

// Text for any place inside a line, table cells included. Words of letters, digits and harmless punctuation stay; each
// other word becomes a code span, in which nothing is markup and nothing is linked (URLs, image names, mentions). "|",
// which would end a table cell even there, becomes &#124; between two spans. The text should be one line.
std::string md_text(std::string_view line);

// A fenced code block that no line of the text can close: its fence is longer than any run of backticks inside. The
// text's own lines are kept, everything else is base::visible(). info: "text", "sh".
std::string md_block(std::string_view text, std::string_view info);

}  // namespace salve::report
