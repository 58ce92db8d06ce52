// The evidence of a case as lines of a prompt.
#pragma once
#include <string>

#include "advise/prompt.hpp"

namespace salve::advise {

// Gives every object and container of the case its alias.
void name_all(const Case& about, Names& names);

// Adds the evidence of the findings, each literal once, in turns, so that each finding has its share; at most max_lines
// and `room` bytes. The number of those for which there was no room.
std::size_t add_evidence(const Case& about, bool raw_logs, std::size_t room, Prompt& prompt);

// The line as it is sent, with the mark between the words of its text.
std::string marked_line(const Sent& sent, const std::string& mark);

}  // namespace salve::advise
