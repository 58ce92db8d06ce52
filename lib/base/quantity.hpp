// Kubernetes quantities ("500m", "48Mi", "1.5Gi", "12e6"), as apimachinery's resource.Quantity reads them.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salve::base {

__extension__ typedef __int128 Int128;

// A quantity in billionths of its unit: a core for CPU, a byte for memory. Holds 2^63 bytes exactly ("8Ei"); what does
// not fit is the largest (or smallest) value that does, and what is finer than a billionth is rounded away from zero,
// as Kubernetes does.
struct Quantity {
    Int128 nano = 0;
    friend constexpr bool operator==(Quantity a, Quantity b) { return a.nano == b.nano; }
    friend constexpr std::strong_ordering operator<=>(Quantity a, Quantity b) {
        if (a.nano == b.nano) return std::strong_ordering::equal;
        return a.nano < b.nano ? std::strong_ordering::less : std::strong_ordering::greater;
    }
};

// A sign, digits with an optional point, and one of n u m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent ("e3", "E-3").
// No spaces. Anything else is nothing.
std::optional<Quantity> parse_quantity(std::string_view text);

// Whole units (bytes of memory, pods) and thousandths (CPU), rounded away from zero as Kubernetes does, at the ends of
// int64 if they do not fit.
std::int64_t to_units(Quantity quantity);
std::int64_t to_milli(Quantity quantity);

// "0", "512", "48Mi", "1.5Gi", "-2Ki": the largest binary unit that gives at least 1, to one decimal, for reading only.
std::string to_words_bytes(std::int64_t bytes);

}  // namespace salve::base
