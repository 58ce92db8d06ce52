#include "cmd/span.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::cmd {

base::Duration span_of(std::string_view flag, const std::string& word) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
    const bool fits = error == std::errc() && number >= 1 && number <= 100'000;
    if (fits && unit == "m") return base::minutes(number);
    if (fits && unit == "h") return base::hours(number);
    if (fits && unit == "d") return base::hours(number * 24);
    throw base::Error(base::ErrorKind::usage, fmt::format("{} {} is no span of time", flag, base::quoted(word)),
                      "as in 30m, 4h or 7d");
}

}  // namespace salve::cmd
