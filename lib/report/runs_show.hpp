// One record as people read it.
#pragma once
#include <string>

#include "audit/summary.hpp"
#include "report/format.hpp"

namespace salve::report {

// What was asked, by whom, of which cluster, what was seen and what was not, what was found and on which literal
// evidence, what was planned, approved and sent, and how it ended; then its place in the chain. Lines of at most
// style.width columns as in human.hpp, commands in one piece. With -v every kubectl command and whole outputs; colour
// only for the badges.
std::string run_human(const audit::Sealed& sealed, const Style& style);

}  // namespace salve::report
