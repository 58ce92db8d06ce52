#include "base/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace salve::base {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t Count>
bool in_any(const std::array<Range, Count>& ranges, char32_t value) {
    for (const Range& range : ranges)
        if (value >= range.first && value <= range.last) return true;
    return false;
}

// The blocks that matter of EastAsianWidth.txt (W and F) and the emoji that terminals draw wide.
constexpr std::array<Range, 12> wide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0xA4CF},
                                      {0xA960, 0xA97C},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},
                                      {0x1F300, 0x1F64F},
                                      {0x1F680, 0x1F9FF},
                                      {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 5> combining{
    {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

// How many bytes a lead byte announces, and the smallest code point that needs so many; 0 for no lead byte.
struct Lead {
    std::size_t bytes;
    char32_t bits;
    char32_t least;
};
Lead lead_of(unsigned char byte) {
    if (byte < 0x80) return {1, byte, 0};
    if (byte >= 0xC2 && byte <= 0xDF) return {2, byte & 0x1FU, 0x80};
    if (byte >= 0xE0 && byte <= 0xEF) return {3, byte & 0x0FU, 0x800};
    if (byte >= 0xF0 && byte <= 0xF4) return {4, byte & 0x07U, 0x10000};
    return {0, 0, 0};
}

// How many bytes at the beginning are ASCII, as far as eight at a time tell: nearly always all.
std::size_t ascii_words(std::string_view text) {
    const auto is_ascii = [](const char* bytes) {
        constexpr std::uint64_t high = 0x8080808080808080;
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes, sizeof eight);
        return (eight & high) == 0;
    };
    constexpr std::size_t step = sizeof(std::uint64_t);
    if (text.size() < step) return 0;
    std::size_t at = 0;
    while (at + step <= text.size() && is_ascii(text.data() + at)) at += step;
    const bool is_tail = at + step > text.size() && is_ascii(text.data() + text.size() - step);
    return is_tail ? text.size() : at;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const CodePoint broken{byte, 1, false};
    const Lead lead = lead_of(byte);
    if (lead.bytes == 0 || text.size() - at < lead.bytes) return broken;
    char32_t value = lead.bits;
    for (std::size_t i = 1; i < lead.bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[at + i]);
        if ((next & 0xC0U) != 0x80U) return broken;
        value = (value << 6) | (next & 0x3FU);
    }
    if (value < lead.least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return broken;
    return {value, lead.bytes, true};
}

bool is_valid_utf8(std::string_view text) {
    for (std::size_t at = ascii_words(text); at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {  // nearly all
            ++at;
            continue;
        }
        const CodePoint point = code_point_at(text, at);
        if (!point.valid) return false;
        at += point.bytes;
    }
    return true;
}

std::string sanitize_utf8(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        clean += point.valid ? text.substr(at, point.bytes) : std::string_view("\xEF\xBF\xBD");
        at += point.bytes;
    }
    return clean;
}

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        at += point.bytes;
        if (point.valid && in_any(combining, point.value)) continue;
        columns += point.valid && in_any(wide, point.value) ? 2 : 1;
    }
    return columns;
}

}  // namespace salve::base
