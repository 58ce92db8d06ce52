// The failure modes in words, from the same values that the rules use.
#pragma once
#include <span>
#include <string>

#include "report/format.hpp"

namespace salve::report {

// What a mode is, the evidence without which it is not claimed, what it is mistaken for, and what to do.
std::string mode_human(const diagnose::Mode& mode, const Style& style);
std::string mode_json(const diagnose::Mode& mode);

// One line a mode: id, severity, category, summary.
std::string modes_human(std::span<const diagnose::Mode* const> modes);
std::string modes_json(std::span<const diagnose::Mode* const> modes);

}  // namespace salve::report
