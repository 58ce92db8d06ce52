// Bytes as lower-case hex digits, two for each.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace salve::base {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string hex(2 * bytes.size(), '\0');
    auto* digit = hex.data();
    for (const auto byte : bytes) {
        *digit++ = hex_digits[byte >> 4];
        *digit++ = hex_digits[byte & 0xF];
    }
    return hex;
}

// What each byte is as a digit; of what is none the upper bits are set.
inline constexpr std::array<std::uint8_t, 256> hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(0xFF);
    for (std::size_t i = 0; i < hex_digits.size(); ++i)
        values[static_cast<unsigned char>(hex_digits[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

inline bool is_hex(std::string_view text) {
    std::uint8_t all = 0;
    for (const char digit : text) all |= hex_values[static_cast<unsigned char>(digit)];
    return all <= 0xF;
}

// Whether the text is the digits of as many bytes; upper case is none. They are set, to anything where it is not.
inline bool from_hex(std::string_view hex, std::span<std::uint8_t> bytes) {
    if (hex.size() != 2 * bytes.size()) return false;
    const auto value = [&](std::size_t at) { return hex_values[static_cast<unsigned char>(hex[at])]; };
    std::uint8_t all = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = value(2 * i), low = value(2 * i + 1);
        all |= high | low;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return all <= 0xF;
}

}  // namespace salve::base
