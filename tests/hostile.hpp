// Text as a hostile cluster might write it, the same on every run.
#pragma once
#include <array>
#include <random>
#include <string>
#include <string_view>

namespace salve::tests {

class Hostile {
public:
    explicit Hostile(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_()) % n; }

    // One to eight pieces: terminal escapes, bidirectional controls, broken UTF-8, markup, random bytes.
    std::string text() {
        using namespace std::string_view_literals;
        static constexpr std::array pieces{"\x1b[2J\x1b[1;31m"sv,
                                           "\x1b]8;;http://evil.example\x07"sv,
                                           "\r"sv,
                                           "\n"sv,
                                           "\t"sv,
                                           "\0"sv,
                                           "\x7f"sv,
                                           "\xc2\x9b"
                                           "31m"sv,
                                           "\xe2\x80\xae"sv,
                                           "\xe2\x81\xa6"sv,
                                           "\xe2\x80\x8b"sv,
                                           "\xe2\x80\xa8"sv,
                                           "\xef\xbb\xbf"sv,
                                           "\xf3\xa0\x81\x81"sv,
                                           "\xff\xc3"sv,
                                           "\xed\xa0\x80"sv,
                                           "`"sv,
                                           "```\n"sv,
                                           "````"sv,
                                           "\\"sv,
                                           "\\|"sv,
                                           "|"sv,
                                           "| a | b |"sv,
                                           "\n# heading\n"sv,
                                           "\n---\n"sv,
                                           "\n- item"sv,
                                           "[x](http://evil.example)"sv,
                                           "![i](data:,)"sv,
                                           "<script>alert(1)</script>"sv,
                                           "<!--"sv,
                                           "http://evil.example/?a=b"sv,
                                           "www.evil.example"sv,
                                           "a@evil.example"sv,
                                           "@team"sv,
                                           "#12"sv,
                                           "**b**"sv,
                                           "_i_"sv,
                                           "~~s~~"sv,
                                           "&lt;"sv,
                                           "&#124;"sv,
                                           "$(reboot)"sv,
                                           "';reboot;'"sv,
                                           "\"quoted\""sv,
                                           "next: "sv,
                                           "word"sv,
                                           " "sv,
                                           "\xe6\x97\xa5\xe6\x9c\xac"sv,
                                           "\xf0\x9f\x98\x80"sv,
                                           "{\"a\":"sv,
                                           ":smile:"sv,
                                           "1. "sv};
        std::string made;
        for (auto n = 1 + below(8); n > 0; --n) {
            if (below(6) == 0)
                made += static_cast<char>(below(256));
            else
                made += pieces[below(pieces.size())];
        }
        return made;
    }

private:
    std::mt19937 random_;
};

}  // namespace salve::tests
