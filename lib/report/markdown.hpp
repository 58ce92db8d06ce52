// The same content for a ticket (CommonMark with GitHub's tables).
#pragma once
#include <span>
#include <string>

#include "report/triage.hpp"

namespace salve::report {

// Text of the cluster cannot become markup, a link, a mention, HTML or a table cell: see markdown_text.hpp.
std::string triage_markdown(const Triage& triage);

std::string triages_markdown(std::span<const Triage> triages);  // one after the other

}  // namespace salve::report
