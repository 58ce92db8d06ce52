#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace salve::base;

namespace {

// No control character, nothing invisible, valid UTF-8: written down again here, so that a slip in the table shows.
bool is_safe(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        const char32_t c = point.value;
        if (!point.valid || c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
            (c >= 0x2028 && c <= 0x202E) || c == 0x2060 || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF ||
            (c >= 0xE0000 && c <= 0xE007F))
            return false;
        at += point.bytes;
    }
    return true;
}

std::string encode(char32_t c) {
    std::string out;
    const auto byte = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | c >> 6);
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | c >> 12);
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | c >> 18);
        byte(0x80 | (c >> 12 & 0x3F));
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
    return out;
}

}  // namespace

TEST_CASE("Hostile text becomes visible") {
    struct Case {
        std::string text;
        std::string shown;
    };
    const Case cases[] = {
        {"plain text, 100% - [ok] \\d", "plain text, 100% - [ok] \\d"},
        {"\x1b]0;owned\x07\x1b[2J", "\\x1b]0;owned\\x07\\x1b[2J"},  // as the case injection-log prints it
        {"a\r\nb\tc", "a\\x0d\\x0ab\\x09c"},
        {std::string("\0", 1), "\\x00"},
        {"\x7f", "\\x7f"},
        {"\xC2\x9B"
         "31m",
         "\\u{9b}31m"},
        {"approve\u202e ton od", "approve\\u{202e} ton od"},
        {"\u200e\u200f\u061c\u2066\u2069", "\\u{200e}\\u{200f}\\u{61c}\\u{2066}\\u{2069}"},
        {"ku\u200bbe\ufeff", "ku\\u{200b}be\\u{feff}"},
        {"\u2028\u2029\u2060", "\\u{2028}\\u{2029}\\u{2060}"},
        {"\U000E0041", "\\u{e0041}"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xC0\xAF", "\\xc0\\xaf"},                    // overlong slash
        {"\xE0\x80\xAF", "\\xe0\\x80\\xaf"},           // overlong slash
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},           // surrogate
        {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // U+110000
        {"\xF0\x9F\x98", "\\xf0\\x9f\\x98"},           // cut off
        {"\xC2"
         "a",
         "\\xc2"
         "a"},
        {"Größe 日本 ✓ 😀", "Größe 日本 ✓ 😀"},
    };
    for (const Case& c : cases) {
        CHECK(visible(c.text) == c.shown);
        CHECK(is_safe(visible(c.text)));
        CHECK(visible(visible(c.text)) == visible(c.text));
    }
    CHECK(quoted("say \"hi\"\x1b") == "\"say \\\"hi\\\"\\x1b\"");
    CHECK(quoted(std::string("x")) == "\"x\"");
}

TEST_CASE("No code point and no bytes get through the escaper unsafe") {
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        const std::string shown = visible(encode(c));
        if (!is_safe(shown)) FAIL_CHECK("unsafe code point " << static_cast<unsigned long>(c));
    }
    std::mt19937 random(42);
    const std::array<std::string, 12> pieces{"\x1b[",    "\xE2\x80", "\xAE", "\xC2",     "\x9B", "a",
                                             "\xF3\xA0", "\x80\x81", "\xED", "\xEF\xBB", "\xBF", "\n"};
    for (int i = 0; i < 100'000; ++i) {
        std::string bytes;
        const std::size_t length = random() % 40;
        while (bytes.size() < length) {
            if (i % 2 == 0)
                bytes += static_cast<char>(random() & 0xFF);
            else
                bytes += pieces[random() % pieces.size()];
        }
        const std::string shown = visible(bytes);
        if (!is_safe(shown) || visible(shown) != shown || !is_valid_utf8(sanitize_utf8(bytes)))
            FAIL_CHECK("unsafe: " << shown);
        REQUIRE(is_valid_utf8(bytes) == (sanitize_utf8(bytes) == bytes));
    }
}

TEST_CASE("Invalid bytes are replaced one by one") {
    CHECK(sanitize_utf8("a\xff\xC3\xA4\xE2\x82") == "a\uFFFDä\uFFFD\uFFFD");
    CHECK(is_valid_utf8("\xF4\x8F\xBF\xBF"));
    CHECK(is_valid_utf8("\xEE\x80\x80"));
    CHECK_FALSE(is_valid_utf8("\xF5\x80\x80\x80"));
    CHECK_FALSE(is_valid_utf8("\x80"));
    CHECK(is_valid_utf8(""));
}

TEST_CASE("A cut never tears a code point and never exceeds its limit") {
    const std::string text = "aä日😀é́ z";
    CHECK(cut(text, text.size()) == text);
    CHECK(cut("abcdef", 5) == "ab…");
    CHECK(cut("abcdef", 3) == "…");
    CHECK(cut("abcdef", 2) == "ab");
    CHECK(cut("äb", 1) == "");
    CHECK(cut("", 0) == "");
    for (std::size_t n = 0; n <= text.size(); ++n) {
        const std::string kept = cut(text, n);
        CAPTURE(n);
        CHECK(kept.size() <= n);
        CHECK(is_valid_utf8(kept));
        if (n >= 3 && n < text.size()) CHECK(kept.ends_with("…"));
    }
    const std::string continuation(50, '\x80');
    for (std::size_t n = 0; n < 50; ++n) CHECK(cut(continuation, n).size() <= n);
}

TEST_CASE("Words wrap to columns and long words stay whole") {
    using Lines = std::vector<std::string>;
    CHECK(wrap("the quick brown fox", 10) == Lines{"the quick", "brown fox"});
    CHECK(wrap("the quick brown fox", 9, "- ", "  ") == Lines{"- the", "  quick", "  brown", "  fox"});
    CHECK(wrap("see /var/lib/kubelet/pods/x now", 10) == Lines{"see", "/var/lib/kubelet/pods/x", "now"});
    CHECK(wrap("/a/very/long/path", 5, "> ") == Lines{"> /a/very/long/path"});
    CHECK(wrap("  a \n\t b  ", 80) == Lines{"a b"});
    CHECK(wrap("", 80, "- ").empty());
    CHECK(wrap("日本 日本", 8) == Lines{"日本", "日本"});
    CHECK(wrap("日本 日本", 9) == Lines{"日本 日本"});
    CHECK(wrap("a b", 0) == Lines{"a", "b"});
    CHECK(display_width("aé日😀") == 6);
    CHECK(display_width("e\u0301") == 1);
}

TEST_CASE("Lines, ends and cases") {
    using Views = std::vector<std::string_view>;
    CHECK(split_lines("a\nb\r\n\nc") == Views{"a", "b", "", "c"});
    CHECK(split_lines("a\n") == Views{"a"});
    CHECK(split_lines("").empty());
    CHECK(split_lines("\n") == Views{""});
    CHECK(trim(" \t a b\r\n") == "a b");
    CHECK(trim("  ").empty());
    CHECK(lower_ascii("AbZÄ") == "abzÄ");
    CHECK(icontains("Back-off Restarting", "restart"));
    CHECK(icontains("x", ""));
    CHECK_FALSE(icontains("rest", "restart"));
    CHECK(join(std::vector<std::string>{"a", "b"}, ", ") == "a, b");
    CHECK(join(std::vector<std::string_view>{}, ", ").empty());
}

TEST_CASE("The nearest known word is suggested, a far one is not") {
    const std::array<std::string_view, 4> known{"namespace", "namespaces", "severity", "limit"};
    CHECK(nearest("namspace", known) == "namespace");
    CHECK(nearest("NAMESPACE", known) == "namespace");
    CHECK(nearest("namespcae", known) == "namespace");
    CHECK(nearest("severty", known) == "severity");
    CHECK(nearest("limti", known) == "limit");
    CHECK_FALSE(nearest("colour", known));
    CHECK_FALSE(nearest("x", known));
    CHECK_FALSE(nearest(std::string(100'000, 'n'), known));
    CHECK_FALSE(nearest("limit", std::span<const std::string_view>{}));
}
