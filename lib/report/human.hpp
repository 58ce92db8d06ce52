// What an engineer woken at night needs, in the order of CLI.md section 4.
#pragma once
#include <span>
#include <string>

#include "report/format.hpp"

namespace salve::report {

// Lines of at most style.width columns, broken between words; a command, or a single longer word, stays in one piece.
// Escape sequences only with style.colour. Labels of the tool ("why:", "next:") stand in the label column, text of the
// cluster always to the right of it, so that no such text can pass for a label.
std::string triage_human(const Triage& triage, const Style& style);

// One after the other, each under the name of its context.
std::string triages_human(std::span<const Triage> triages, const Style& style);

}  // namespace salve::report
