// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace salve::base {

// One step through a text: a code point and its bytes, or one byte that belongs to none.
struct CodePoint {
    char32_t value = 0;  // the code point, or the byte if it is not valid
    std::size_t bytes = 1;
    bool valid = false;
};

// Needs at < text.size().
CodePoint code_point_at(std::string_view text, std::size_t at);

bool is_valid_utf8(std::string_view text);

// Each byte that is not part of a code point becomes U+FFFD.
std::string sanitize_utf8(std::string_view text);

// Terminal columns: two for East Asian wide characters and emoji, none for combining marks, one for everything else.
std::size_t display_width(std::string_view text);

}  // namespace salve::base
