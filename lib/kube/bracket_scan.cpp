#include "kube/bracket_scan.hpp"

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace salve::kube {
namespace {

struct Masks {
    std::uint64_t quote = 0, backslash = 0, open = 0, close = 0;
};

// '{' and '[' differ in the bit 0x20 only, and so do '}' and ']'.
#ifdef __SSE2__

std::uint64_t bits_of(__m128i found) { return static_cast<std::uint32_t>(_mm_movemask_epi8(found)); }

// One bit for each byte of the block.
Masks classify(const char* block) {
    Masks masks;
    for (unsigned shift = 0; shift < 64; shift += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + shift));
        const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        masks.quote |= bits_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'))) << shift;
        masks.backslash |= bits_of(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))) << shift;
        masks.open |= bits_of(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{'))) << shift;
        masks.close |= bits_of(_mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))) << shift;
    }
    return masks;
}

#else

static_assert(std::endian::native == std::endian::little, "byte i of a word must be its bits 8i to 8i+7");

constexpr std::uint64_t every_byte(unsigned char value) { return 0x0101010101010101u * value; }

// Bit i of the answer: byte i of `word` is zero. Exact: no borrow runs from one byte into the next.
std::uint64_t zero_bytes(std::uint64_t word) {
    constexpr std::uint64_t low = every_byte(0x7f);
    const std::uint64_t high_bits = ~(((word & low) + low) | word | low);
    return ((high_bits >> 7) * 0x0102040810204080u) >> 56;
}

// One bit for each byte of the block.
Masks classify(const char* block) {
    Masks masks;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, block + shift, 8);
        const std::uint64_t folded = word | every_byte(0x20);
        masks.quote |= zero_bytes(word ^ every_byte('"')) << shift;
        masks.backslash |= zero_bytes(word ^ every_byte('\\')) << shift;
        masks.open |= zero_bytes(folded ^ every_byte('{')) << shift;
        masks.close |= zero_bytes(folded ^ every_byte('}')) << shift;
    }
    return masks;
}

#endif

// The bytes that follow an unescaped backslash (a run of backslashes escapes every second byte); `carry` goes from
// block to block.
std::uint64_t escaped_bytes(std::uint64_t backslash, std::uint64_t& carry) {
    if (backslash == 0) {
        const std::uint64_t escaped = carry;
        carry = 0;
        return escaped;
    }
    constexpr std::uint64_t odd = 0xAAAAAAAAAAAAAAAAu;
    const std::uint64_t starts = backslash & ~carry;
    const std::uint64_t codes = (((starts << 1) | odd) - starts) ^ odd;
    const std::uint64_t escaped = codes ^ (backslash | carry);
    carry = (codes & backslash) >> 63;
    return escaped;
}

// Bit i: an odd number of bits is set in 0..i.
std::uint64_t prefix_xor(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

}  // namespace

std::size_t BracketScan::feed_block(const char* block) {
    Masks masks = classify(block);
    masks.quote &= ~escaped_bytes(masks.backslash, escaped_);
    const std::uint64_t in_string = prefix_xor(masks.quote) ^ in_string_;
    in_string_ = 0 - (in_string >> 63);
    masks.open &= ~in_string;
    masks.close &= ~in_string;
    if ((masks.open | masks.close) == 0) return npos;
    const int opened = std::popcount(masks.open), closed = std::popcount(masks.close);
    if (depth_ > closed && depth_ + opened <= max_depth_) {  // neither limit can be met inside this block
        depth_ += opened - closed;
        return npos;
    }
    for (std::uint64_t rest = masks.open | masks.close; rest != 0; rest &= rest - 1) {
        const auto at = static_cast<std::size_t>(std::countr_zero(rest));
        if ((masks.open >> at & 1) != 0) {
            if (++depth_ > max_depth_) {
                too_deep_ = true;
                return npos;
            }
        } else if (--depth_ == 0) {
            return at + 1;
        }
    }
    return npos;
}

std::size_t BracketScan::feed_bytes(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char byte = text[at];
        if (escaped_ != 0) {
            escaped_ = 0;
        } else if (byte == '\\') {
            escaped_ = 1;
        } else if (byte == '"') {
            in_string_ = ~in_string_;
        } else if (in_string_ == 0 && (byte == '{' || byte == '[')) {
            if (++depth_ > max_depth_) {
                too_deep_ = true;
                return npos;
            }
        } else if (in_string_ == 0 && (byte == '}' || byte == ']') && --depth_ == 0) {
            return at + 1;
        }
    }
    return npos;
}

std::size_t BracketScan::feed(std::string_view text) {
    std::size_t done = 0;
    for (; !too_deep_ && text.size() - done >= 64; done += 64)
        if (const std::size_t end = feed_block(text.data() + done); end != npos) return done + end;
    if (too_deep_) return npos;
    const std::size_t end = feed_bytes(text.substr(done));
    return end == npos ? npos : done + end;
}

}  // namespace salve::kube
