// Text of the cluster that speaks to a machine instead of about one (SAFETY 6.4, 7). Such a text is kept from the
// model, and a warning says so. A heuristic: what it misses still meets everything that bounds a model's answer.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salve::advise {

// Why the text looks as if it were written for a model, in plain words, or nothing. Looked at as it is, and with what
// hides words taken away: separators between them or their letters, other spellings of Latin letters, base64, hex and
// URL encoding. Linear time; at most the first 16 KiB count, and a longer text is suspicious only for what stands
// there.
std::optional<std::string> suspicion(std::string_view text);

// The same for texts that only together say something: sorts of instruction that no single one of them holds whole.
std::optional<std::string> joint_suspicion(const std::vector<std::string_view>& texts);

}  // namespace salve::advise
