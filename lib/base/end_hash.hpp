// A cheap number of a text's length and last bytes, for texts that mostly differ there (names of one list, labels): to
// rule out that two are equal, or to find a place. Equal texts have equal numbers.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace salve::base {

inline std::uint64_t end_hash(std::string_view text) {
    std::uint64_t last = 0;
    if (text.size() >= sizeof(last))  // a copy whose size is known is no call
        std::memcpy(&last, text.data() + (text.size() - sizeof(last)), sizeof(last));
    else
        for (const char byte : text) last = last << 8 | static_cast<unsigned char>(byte);
    return (last ^ text.size()) * 0x9E3779B97F4A7C15U >> 32;
}

}  // namespace salve::base
