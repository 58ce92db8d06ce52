// Finds where one JSON object or array ends in text that arrives in pieces: follows strings, escapes and brackets, and
// nothing else.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace salve::kube {

// Reads 64 bytes at a time as bit masks (the method of simdjson's first stage, on plain 64-bit words), so that the many
// megabytes of a list are passed over at memory-like speed. It does not tell "{" from "[" nor judge the grammar: who
// decodes the value does.
class BracketScan {
public:
    // wide: with registers of 32 bytes, which only a processor with AVX2 has. The answers are the same.
    explicit BracketScan(int max_depth, bool wide = can_be_wide()) : max_depth_(max_depth), wide_(wide) {}
    static bool can_be_wide();

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    // Begins a new value: the next byte fed must be its opening bracket.
    void reset() { *this = BracketScan(max_depth_, wide_); }

    // Reads on. Returns how many bytes of `text` belong to the value, its closing bracket included, or npos when all of
    // them do and the value goes on (or went too deep: ask too_deep).
    std::size_t feed(std::string_view text);

    // More than max_depth brackets were open at once; nothing further is read.
    bool too_deep() const { return too_deep_; }

private:
    template <typename Reading>
    std::size_t feed_block(const char* block);
    // All of the text but for less than a block. Returns as feed() does; `done`: how much was read.
    template <typename Reading>
    std::size_t feed_blocks(std::string_view text, std::size_t& done);
    std::size_t feed_wide_blocks(std::string_view text, std::size_t& done);
    std::size_t feed_bytes(std::string_view text);

    int max_depth_;
    bool wide_;
    int depth_ = 0;
    bool too_deep_ = false;
    std::uint64_t in_string_ = 0;  // all ones or zero
    std::uint64_t escaped_ = 0;    // 1: the next byte follows a backslash
};

}  // namespace salve::kube
