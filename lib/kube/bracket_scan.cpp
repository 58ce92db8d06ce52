#include "kube/bracket_scan.hpp"

#include <bit>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace salve::kube {
namespace {

struct Masks {
    std::uint64_t quote = 0, backslash = 0, open = 0, close = 0;
};

// Bit i: an odd number of bits is set in 0..i.
std::uint64_t plain_prefix_xor(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

// What a block is read with: classify() gives one bit for each of its bytes.
// '{' and '[' differ in the bit 0x20 only, and so do '}' and ']'.
#ifdef __x86_64__

std::uint64_t bits_of(__m128i found) { return static_cast<std::uint32_t>(_mm_movemask_epi8(found)); }

struct Plain {
    static Masks classify(const char* block) {
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
    static std::uint64_t prefix_xor(std::uint64_t bits) { return plain_prefix_xor(bits); }
};

#define WIDE [[gnu::target("avx2,popcnt,pclmul")]]

// The same on processors of since 2013: registers of twice the width, and bits are counted by one instruction.
struct Wide {
    WIDE static std::uint64_t bits_of(__m256i found) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(found)); }
    WIDE static Masks classify(const char* block) {
        Masks masks;
        for (unsigned shift = 0; shift < 64; shift += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + shift));
            const __m256i folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
            masks.quote |= bits_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'))) << shift;
            masks.backslash |= bits_of(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'))) << shift;
            masks.open |= bits_of(_mm256_cmpeq_epi8(folded, _mm256_set1_epi8('{'))) << shift;
            masks.close |= bits_of(_mm256_cmpeq_epi8(folded, _mm256_set1_epi8('}'))) << shift;
        }
        return masks;
    }
    // A product by all ones, without carries.
    WIDE static std::uint64_t prefix_xor(std::uint64_t bits) {
        const __m128i factor = _mm_set_epi64x(0, static_cast<long long>(bits));
        return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_clmulepi64_si128(factor, _mm_set1_epi8(-1), 0)));
    }
};

#else

static_assert(std::endian::native == std::endian::little, "byte i of a word must be its bits 8i to 8i+7");

constexpr std::uint64_t every_byte(unsigned char value) { return 0x0101010101010101u * value; }

// Bit i of the answer: byte i of `word` is zero. Exact: no borrow runs from one byte into the next.
std::uint64_t zero_bytes(std::uint64_t word) {
    constexpr std::uint64_t low = every_byte(0x7f);
    const std::uint64_t high_bits = ~(((word & low) + low) | word | low);
    return ((high_bits >> 7) * 0x0102040810204080u) >> 56;
}

struct Plain {
    static Masks classify(const char* block) {
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
    static std::uint64_t prefix_xor(std::uint64_t bits) { return plain_prefix_xor(bits); }
};

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

}  // namespace

// Inlined, so that it is made anew for each way of reading.
template <typename Reading>
[[gnu::always_inline]] inline std::size_t BracketScan::feed_block(const char* block) {
    Masks masks = Reading::classify(block);
    masks.quote &= ~escaped_bytes(masks.backslash, escaped_);
    const std::uint64_t in_string = Reading::prefix_xor(masks.quote) ^ in_string_;
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

template <typename Reading>
[[gnu::always_inline]] inline std::size_t BracketScan::feed_blocks(std::string_view text, std::size_t& done) {
    for (; !too_deep_ && text.size() - done >= 64; done += 64)
        if (const std::size_t end = feed_block<Reading>(text.data() + done); end != npos) return done + end;
    return npos;
}

#ifdef __x86_64__

bool BracketScan::can_be_wide() {
    static const bool can =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
    return can;
}

WIDE std::size_t BracketScan::feed_wide_blocks(std::string_view text, std::size_t& done) {
    return feed_blocks<Wide>(text, done);
}

#else

bool BracketScan::can_be_wide() { return false; }

std::size_t BracketScan::feed_wide_blocks(std::string_view text, std::size_t& done) {
    return feed_blocks<Plain>(text, done);
}

#endif

std::size_t BracketScan::feed(std::string_view text) {
    std::size_t done = 0;
    const std::size_t within = wide_ ? feed_wide_blocks(text, done) : feed_blocks<Plain>(text, done);
    if (within != npos || too_deep_) return within;
    const std::size_t end = feed_bytes(text.substr(done));
    return end == npos ? npos : done + end;
}

}  // namespace salve::kube
