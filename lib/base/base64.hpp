// Base64 with the standard alphabet and padding (RFC 4648 section 4).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace salve::base {

std::string to_base64(std::string_view bytes);

// The bytes whose to_base64() is exactly this text, or nothing: no white space, no line ends, no other alphabet, no
// missing or wrong padding, no bits set that belong to no byte.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace salve::base
