// A span of time as it is typed.
#pragma once
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace salve::cmd {

// "30m", "4h", "7d". Error(usage) that names the flag.
base::Duration span_of(std::string_view flag, const std::string& word);

}  // namespace salve::cmd
