// Output formats. To add one: write lib/report/NAME.cpp, which defines `extern const Format NAME`, and name it in
// format.cpp.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "report/triage.hpp"

namespace salve::report {

// How it should look. Only the human format heeds it.
struct Style {
    bool colour = false;
    int width = 80;     // columns; below 40 counts as 40
    int verbosity = 0;  // 1: with the evidence; 2: with its whole text
    bool quiet = false;
};

// Writes one triage a context. Pure and total: the same bytes for the same triages, valid UTF-8 that ends with a line
// feed and has no other control character, whatever the cluster said.
struct Format {
    std::string_view name;     // as in --output NAME
    std::string_view summary;  // for --help
    std::string (*write)(std::span<const Triage>, const Style&);
};

// In the order of --help; the first is the default.
std::span<const Format* const> all_formats();

// The format of that name, or null.
const Format* find_format(std::string_view name);

}  // namespace salve::report
