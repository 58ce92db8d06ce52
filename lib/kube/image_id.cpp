#include "kube/image_id.hpp"

#include <optional>

namespace salve::kube {
namespace {

constexpr std::string_view algorithm = "sha256:";

// Lower case alone: the text must come out as it went in.
std::optional<std::uint8_t> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    return std::nullopt;
}

bool read_digits(std::string_view text, std::array<std::uint8_t, 32>& bytes) {
    if (text.size() != 2 * bytes.size()) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (!high || !low) return false;
        bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return true;
}

}  // namespace

ImageId::ImageId(std::string_view text) {
    const auto at = text.rfind('@');
    if (at != std::string_view::npos && text.substr(at + 1).starts_with(algorithm) &&
        read_digits(text.substr(at + 1 + algorithm.size()), digest_)) {
        has_digest_ = true;
        before_ = text.substr(0, at + 1);
    } else {
        digest_ = {};
        before_ = text;
    }
}

std::string ImageId::digest() const {
    if (!has_digest_) return "";
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(algorithm);
    for (const auto byte : digest_) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string ImageId::text() const { return before_.str() + digest(); }

}  // namespace salve::kube
