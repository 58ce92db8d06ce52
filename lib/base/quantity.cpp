#include "base/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace salve::base {
namespace {

constexpr Int128 largest = (((Int128{1} << 126) - 1) << 1) + 1;
constexpr Int128 nano_per_unit = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits of a number and how many of them stand before the point.
struct Decimal {
    std::string digits;
    std::int64_t point = 0;
};

// What a suffix multiplies with: a power of ten (by moving the point) or of two.
struct Scale {
    int ten = 0;
    int two = 0;
};

std::optional<Decimal> take_decimal(std::string_view& text) {
    Decimal number;
    bool in_fraction = false;
    while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !in_fraction))) {
        if (text.front() == '.') {
            in_fraction = true;
        } else {
            number.digits += text.front();
            if (!in_fraction) ++number.point;
        }
        text.remove_prefix(1);
    }
    if (number.digits.empty()) return std::nullopt;
    return number;
}

std::optional<Scale> parse_exponent(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    int value = 0;
    for (char c : text) {
        if (!is_digit(c)) return std::nullopt;
        if (value < 100'000) value = value * 10 + (c - '0');  // beyond that, every value is out of range anyway
    }
    return Scale{negative ? -value : value, 0};
}

std::optional<Scale> parse_suffix(std::string_view text) {
    struct Suffix {
        std::string_view text;
        Scale scale;
    };
    constexpr std::array<Suffix, 16> suffixes{{{"", {}},
                                               {"n", {-9, 0}},
                                               {"u", {-6, 0}},
                                               {"m", {-3, 0}},
                                               {"k", {3, 0}},
                                               {"M", {6, 0}},
                                               {"G", {9, 0}},
                                               {"T", {12, 0}},
                                               {"P", {15, 0}},
                                               {"E", {18, 0}},
                                               {"Ki", {0, 10}},
                                               {"Mi", {0, 20}},
                                               {"Gi", {0, 30}},
                                               {"Ti", {0, 40}},
                                               {"Pi", {0, 50}},
                                               {"Ei", {0, 60}}}};
    for (const Suffix& suffix : suffixes)
        if (suffix.text == text) return suffix.scale;
    if (text.front() == 'e' || text.front() == 'E') return parse_exponent(text.substr(1));
    return std::nullopt;
}

// digits * unit, the point taken into account, rounded up; `largest` if it does not fit.
Int128 multiply(const Decimal& number, Int128 unit) {
    const auto size = static_cast<std::int64_t>(number.digits.size());
    const auto digit = [&](std::int64_t i) -> Int128 {
        return i >= 0 && i < size ? number.digits[static_cast<std::size_t>(i)] - '0' : 0;
    };
    bool all_zero = true;
    for (char c : number.digits) all_zero = all_zero && c == '0';
    if (all_zero) return 0;
    // From the last digit of the fraction to the first: rounding up at each step equals rounding up once at the end.
    Int128 fraction = 0;
    for (std::int64_t i = size - 1; i >= std::max<std::int64_t>(number.point, 0); --i)
        fraction = (fraction + digit(i) * unit + 9) / 10;
    // Zeros between the point and the first digit ("5e-12"): sixty of them leave nothing but the rounding.
    for (std::int64_t zeros = 0; zeros < std::min<std::int64_t>(-number.point, 60); ++zeros)
        fraction = (fraction + 9) / 10;
    Int128 whole = 0;
    for (std::int64_t i = 0; i < number.point; ++i) {
        const Int128 add = digit(i) * unit;
        if (whole > (largest - add) / 10) return largest;
        whole = whole * 10 + add;
    }
    return whole > largest - fraction ? largest : whole + fraction;
}

std::int64_t rounded_up(Int128 nano, Int128 unit) {
    Int128 value = nano / unit;
    if (nano > 0 && nano % unit != 0) ++value;
    if (nano < 0 && nano % unit != 0) --value;
    if (value > std::numeric_limits<std::int64_t>::max()) return std::numeric_limits<std::int64_t>::max();
    if (value < std::numeric_limits<std::int64_t>::min()) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(value);
}

// Whole numbers of a length that cannot overflow, which nearly all are: nothing where it is not one.
std::optional<Quantity> parse_short(std::string_view text) {
    constexpr std::size_t most_digits = 10;
    std::int64_t number = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits) {
        if (digits == most_digits) return std::nullopt;
        number = number * 10 + (text[digits] - '0');
    }
    if (digits == 0) return std::nullopt;
    const auto suffix = text.substr(digits);
    if (!suffix.empty() && (suffix.front() == '.' || suffix.front() == 'e' || (suffix.front() == 'E' && suffix != "E")))
        return std::nullopt;
    const auto scale = parse_suffix(suffix);
    if (!scale) return std::nullopt;
    Int128 nano = Int128{number} << scale->two;
    for (int power = -9; power < scale->ten; ++power) nano *= 10;
    return Quantity{nano};
}

}  // namespace

std::optional<Quantity> parse_quantity(std::string_view text) {
    if (const auto quantity = parse_short(text)) return quantity;
    const bool negative = !text.empty() && text.front() == '-';
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    auto number = take_decimal(text);
    if (!number) return std::nullopt;
    const auto scale = parse_suffix(text);
    if (!scale) return std::nullopt;
    number->point += scale->ten;
    const Int128 nano = multiply(*number, nano_per_unit << scale->two);
    return Quantity{negative ? -nano : nano};
}

std::int64_t to_units(Quantity quantity) { return rounded_up(quantity.nano, nano_per_unit); }

std::int64_t to_milli(Quantity quantity) { return rounded_up(quantity.nano, nano_per_unit / 1000); }

std::string to_words_bytes(std::int64_t bytes) {
    constexpr std::array<std::string_view, 7> units{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    const bool negative = bytes < 0;
    const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(bytes) : static_cast<std::uint64_t>(bytes);
    std::size_t unit = 0;
    while (unit + 1 < units.size() && (size >> (10 * unit)) >= 1024) ++unit;
    if (unit == 0) return fmt::format("{}{}", negative ? "-" : "", size);
    // Tenths, rounded half up, without overflow: the last ten bits below the unit are all that tenths can see.
    std::uint64_t tenths = ((size >> (10 * (unit - 1))) * 10 + 512) / 1024;
    if (tenths >= 10'240 && unit + 1 < units.size()) {  // 1023.99Ki reads as 1Mi
        tenths = 10;
        ++unit;
    }
    const std::string fraction = tenths % 10 == 0 ? "" : fmt::format(".{}", tenths % 10);
    return fmt::format("{}{}{}{}", negative ? "-" : "", tenths / 10, fraction, units[unit]);
}

}  // namespace salve::base
