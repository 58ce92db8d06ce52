#include "advise/unveil.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>

#include "base/base64.hpp"
#include "base/utf8.hpp"

namespace salve::advise {
namespace {

using re2::RE2;
using re2::StringPiece;

constexpr std::size_t max_decoded = 8;

bool between(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Not the joiner of emoji (U+200D) nor the variation selectors: those are in ordinary texts.
bool is_hidden(char32_t c) {
    return between(c, 0x200B, 0x200C) || between(c, 0x200E, 0x200F) || between(c, 0x202A, 0x202E) ||
           between(c, 0x2060, 0x2064) || between(c, 0x2066, 0x2069) || c == 0xFEFF || c == 0x00AD || c == 0x180E ||
           between(c, 0xE0000, 0xE007F) || between(c, 0xE0100, 0xE01EF);
}

bool is_latin(char32_t c) { return between(c, 'a', 'z') || between(c, 'A', 'Z') || between(c, 0xC0, 0x24F); }
// Greek small mu is the sign of a millionth as well.
bool is_look_alike(char32_t c) { return (between(c, 0x370, 0x3FF) && c != 0x3BC) || between(c, 0x400, 0x52F); }

// The ASCII letter that the code point is a form of, or 0.
char ascii_of(char32_t c) {
    if (between(c, 0xFF01, 0xFF5E)) return static_cast<char>(c - 0xFF01 + '!');
    if (between(c, 0x1D400, 0x1D6A3)) {  // mathematical alphabets: 52 letters each
        const auto at = (c - 0x1D400) % 52;
        return static_cast<char>(at < 26 ? 'A' + at : 'a' + at - 26);
    }
    if (between(c, 0x24B6, 0x24CF)) return static_cast<char>('A' + (c - 0x24B6));
    if (between(c, 0x24D0, 0x24E9)) return static_cast<char>('a' + (c - 0x24D0));
    static constexpr std::string_view latin1 =  // U+00C0 to U+00FF
        "AAAAAAACEEEEIIIIDNOOOOO OUUUUY saaaaaaaceeeeiiiidnooooo ouuuuy y";
    if (between(c, 0xC0, 0xFF)) {
        const char plain = latin1[c - 0xC0];
        return plain == ' ' ? '\0' : plain;
    }
    return '\0';
}

bool is_readable(std::string_view bytes) {
    if (bytes.size() < 12) return false;
    const auto good = std::count_if(bytes.begin(), bytes.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
    const auto blanks = std::count(bytes.begin(), bytes.end(), ' ');
    return good == static_cast<std::ptrdiff_t>(bytes.size()) && blanks >= 2;
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(digit_of(digits[i]) * 16 + digit_of(digits[i + 1]));
    return bytes;
}

std::string from_urlencoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape =
            text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0 && digit_of(text[i + 2]) >= 0;
        if (escape) {
            out += static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

// Of both alphabets, with or without its padding.
std::string from_any_base64(std::string word) {
    std::replace(word.begin(), word.end(), '-', '+');
    std::replace(word.begin(), word.end(), '_', '/');
    while (!word.empty() && word.back() == '=') word.pop_back();
    auto padded = word;
    while (padded.size() % 4 != 0) padded += '=';
    if (auto bytes = base::from_base64(padded)) return *bytes;
    // The last digits of what was cut say nothing of use.
    word.resize(word.size() / 4 * 4);
    return base::from_base64(word).value_or("");
}

template <typename Decode>
void find_all(std::string_view text, const RE2& form, Decode decode, std::vector<std::string>& found) {
    StringPiece rest(text.data(), text.size());
    std::string word;
    while (found.size() < max_decoded && RE2::FindAndConsume(&rest, form, &word))
        if (auto bytes = decode(word); is_readable(bytes)) found.push_back(std::move(bytes));
}

std::vector<std::string> words_within(std::string_view text) {
    static const RE2 base64(R"(([A-Za-z0-9+/_-]{20,}={0,2}))"), hex(R"(((?:[0-9A-Fa-f]{2}){16,}))");
    std::vector<std::string> found;
    find_all(text, base64, from_any_base64, found);
    find_all(text, hex, from_hex, found);
    return found;
}

}  // namespace

std::optional<std::string> hiding(std::string_view text) {
    bool latin = false, other = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = base::code_point_at(text, at);
        at += point.bytes;
        if (is_hidden(point.value) && point.valid) return "it holds characters that nobody sees";
        if (is_latin(point.value)) {
            latin = true;
        } else if (is_look_alike(point.value)) {
            other = true;
        } else {
            latin = other = false;
        }
        if (latin && other) return "it mixes alphabets within a word";
    }
    return std::nullopt;
}

std::string latin_of(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = base::code_point_at(text, at);
        if (const char plain = point.valid && point.value >= 0x80 ? ascii_of(point.value) : '\0')
            out += plain;
        else
            out += text.substr(at, point.bytes);
        at += point.bytes;
    }
    return out;
}

std::string spaced(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool kept =
            std::isalnum(byte) || byte >= 0x80 || std::string_view("'!,;:%").find(c) != std::string_view::npos;
        if (kept)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

std::string joined_letters(std::string_view text) {
    static const RE2 spelt(R"((?:^|[^A-Za-z0-9])((?:[A-Za-z][ ._*|/-]{1,3}){5,}[A-Za-z])(?:[^A-Za-z0-9]|$))");
    std::string out;
    StringPiece rest(text.data(), text.size());
    std::string word;
    while (RE2::FindAndConsume(&rest, spelt, &word)) {
        // Words within are parted by more than the letters are.
        std::size_t gap = 0;
        for (const char c : word) {
            if (!std::isalpha(static_cast<unsigned char>(c))) {
                ++gap;
                continue;
            }
            if (gap > 1) out += ' ';
            gap = 0;
            out += c;
        }
        out += ' ';
    }
    return out.empty() ? std::string(text) : out;
}

std::vector<std::string> decoded(std::string_view text) {
    auto found = words_within(text);
    static const RE2 escape("%[0-9A-Fa-f]{2}");
    if (RE2::PartialMatch(StringPiece(text.data(), text.size()), escape)) found.push_back(from_urlencoded(text));
    return found;
}

bool encoded_text(std::string_view text) { return !words_within(text).empty(); }

}  // namespace salve::advise
