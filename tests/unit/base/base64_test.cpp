#include "base/base64.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <utility>

using namespace salve::base;

TEST_CASE("Base64 of RFC 4648 section 10, both ways") {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> vectors{{{"", ""},
                                                                                    {"f", "Zg=="},
                                                                                    {"fo", "Zm8="},
                                                                                    {"foo", "Zm9v"},
                                                                                    {"foob", "Zm9vYg=="},
                                                                                    {"fooba", "Zm9vYmE="},
                                                                                    {"foobar", "Zm9vYmFy"}}};
    for (const auto& [bytes, text] : vectors) {
        CHECK(to_base64(bytes) == text);
        CHECK(from_base64(text) == bytes);
    }
    CHECK(to_base64("\xfb\xef\xff") == "++//");
    CHECK(from_base64("++//") == "\xfb\xef\xff");
}

TEST_CASE("Any bytes come back") {
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes;
        while (bytes.size() < size) bytes += static_cast<char>(random());
        CHECK(from_base64(to_base64(bytes)) == bytes);
    }
}

TEST_CASE("Base64 that nobody would have written is refused") {
    using namespace std::string_view_literals;
    for (const auto text :
         {"Z"sv,        "Zg"sv,       "Zg="sv,      "Zm8"sv,      "Zg==="sv,        "Zg===="sv,
          "="sv,        "=="sv,       "===="sv,     "A==="sv,     "Z==="sv,         "Zm9v===="sv,
          "Zg==Zg=="sv, "Zm8=Zm8="sv, "Z=g="sv,     "=Zg="sv,     "Zg=g"sv,         "Zm9v "sv,
          " Zm9v"sv,    "Zm9v\n"sv,   "Zm9v\r\n"sv, "Zm 9"sv,     "Zm\n9vYg"sv,     "Zm9v    "sv,
          "-_-_"sv,     "Zm9*"sv,     "Zm9\0"sv,    "\0\0\0\0"sv, "Zm9\x80"sv,      "\xff\xff\xff\xff"sv,
          "Zh=="sv,     "Zv=="sv,     "Zm9="sv,     "Zm+="sv,     "\xEF\xBB\xBFZ"sv})
        CHECK_FALSE(from_base64(text));
}

TEST_CASE("Every text of four bytes of a small alphabet is either canonical or refused") {
    constexpr std::string_view bytes("AQgw/+= \n-\0\xff", 12);
    std::size_t taken = 0;
    for (const char a : bytes)
        for (const char b : bytes)
            for (const char c : bytes)
                for (const char d : bytes) {
                    const std::string text{a, b, c, d};
                    const auto decoded = from_base64(text);
                    if (decoded && to_base64(*decoded) == text) ++taken;
                    if (decoded && to_base64(*decoded) != text) FAIL_CHECK(text);
                }
    // Six digits anywhere; or three and "="; or two and "==", where the last of them must leave no bits over: A, Q, g
    // and w do for both, "/" and "+" for none.
    CHECK(taken == 6 * 6 * 6 * 6 + 6 * 6 * 4 + 6 * 4);
}
