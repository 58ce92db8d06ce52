#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/hex.hpp"
#include "base/json.hpp"
#include "base/json_canonical_bounds.hpp"
#include "base/utf8.hpp"

namespace salve::base {
namespace {

using canonical_bounds::deepest;
using canonical_bounds::greatest;

// Reads what canonical() writes, and nothing else, from the front of a text.
class Reader {
public:
    Reader(std::string_view text, const JsonLimits& limits) : left_(text), limits_(limits) {}

    bool all() { return value(0) && left_.empty(); }

private:
    bool take(char c) {
        if (left_.empty() || left_.front() != c) return false;
        left_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view word) {
        if (!left_.starts_with(word)) return false;
        left_.remove_prefix(word.size());
        return true;
    }

    // level: of the containers around it. The recursion is as deep as that.
    bool value(std::size_t level) {
        if (++elements_ > limits_.elements || left_.empty()) return false;
        switch (left_.front()) {
            case '{':
                return level < std::min(limits_.depth, deepest) && object(level + 1);
            case '[':
                return level < std::min(limits_.depth, deepest) && array(level + 1);
            case '"':
                return text(nullptr);
            case 't':
                return take("true");
            case 'f':
                return take("false");
            case 'n':
                return take("null");
            default:
                return integer();
        }
    }

    bool object(std::size_t level) {
        take('{');
        if (take('}')) return true;
        std::string last, key;
        for (bool first = true;; first = false) {
            key.clear();
            if (!text(&key) || !is_ascii(key) || (!first && key <= last)) return false;
            if (!take(':') || !value(level)) return false;
            if (take('}')) return true;
            if (!take(',')) return false;
            last.swap(key);
        }
    }

    bool array(std::size_t level) {
        take('[');
        if (take(']')) return true;
        for (;;) {
            if (!value(level)) return false;
            if (take(']')) return true;
            if (!take(',')) return false;
        }
    }

    // decoded: what it says goes to its end. That it is UTF-8 was looked at before.
    bool text(std::string* decoded) {
        if (!take('"')) return false;
        for (;;) {
            const auto special = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
            const auto end = std::find_if(left_.begin(), left_.end(), special);
            const auto plain = left_.substr(0, static_cast<std::size_t>(end - left_.begin()));
            if (decoded) decoded->append(plain);
            left_.remove_prefix(plain.size());
            if (take('"')) return true;
            if (!take('\\') || !escape(decoded)) return false;
        }
    }

    // What follows a backslash.
    bool escape(std::string* decoded) {
        constexpr std::string_view names = "\"\\btnfr", bytes = "\"\\\b\t\n\f\r";
        if (left_.empty()) return false;
        char byte = 0;
        if (const auto at = names.find(left_.front()); at != std::string_view::npos) {
            byte = bytes[at];
            left_.remove_prefix(1);
        } else if (!control(byte)) {
            return false;
        }
        if (decoded) decoded->push_back(byte);
        return true;
    }

    // u0000 to u001f, but for those that have a name.
    bool control(char& byte) {
        std::array<std::uint8_t, 1> code{};
        if (!take("u00") || !from_hex(left_.substr(0, 2), code) || code[0] >= 0x20) return false;
        left_.remove_prefix(2);
        byte = static_cast<char>(code[0]);
        return std::string_view("\b\t\n\f\r").find(byte) == std::string_view::npos;
    }

    bool integer() {
        const bool negative = take('-');
        const auto end = std::find_if(left_.begin(), left_.end(), [](char c) { return c < '0' || c > '9'; });
        const auto digits = left_.substr(0, static_cast<std::size_t>(end - left_.begin()));
        left_.remove_prefix(digits.size());
        if (digits.empty() || (digits.front() == '0' && (negative || digits.size() > 1))) return false;
        std::int64_t value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return read.ec == std::errc() && value <= greatest;
    }

    static bool is_ascii(std::string_view key) {
        return std::all_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    }

    std::string_view left_;
    JsonLimits limits_;
    std::size_t elements_ = 0;
};

}  // namespace

bool is_canonical(std::string_view text, const JsonLimits& limits) {
    return text.size() <= limits.bytes && is_valid_utf8(text) && Reader(text, limits).all();
}

}  // namespace salve::base
