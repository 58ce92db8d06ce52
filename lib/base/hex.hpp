// Bytes as lower-case hex digits, two for each.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace salve::base {

inline constexpr std::string_view hex_digits = "0123456789abcdef";

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const auto byte : bytes) {
        hex += hex_digits[byte >> 4];
        hex += hex_digits[byte & 0xF];
    }
    return hex;
}

// Whether the text is the digits of as many bytes, which are then set; upper case is none.
inline bool from_hex(std::string_view hex, std::span<std::uint8_t> bytes) {
    if (hex.size() != 2 * bytes.size()) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = hex_digits.find(hex[2 * i]), low = hex_digits.find(hex[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

}  // namespace salve::base
