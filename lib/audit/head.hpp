// HEAD: the newest record of a runs folder, so that a tail that was cut off is missed (SAFETY 1.3). A cache that may
// lag by one record and never leads.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salve::audit {

struct Head {
    std::int64_t seq = 0;
    std::string sha256;
    bool operator==(const Head&) const = default;
};

std::string to_text(const Head& head);  // canonical JSON and one LF
// Only what to_text writes, for a seq of at least 1; anything else is nothing.
std::optional<Head> parse_head(std::string_view text);

}  // namespace salve::audit
