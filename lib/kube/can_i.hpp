// What `kubectl auth can-i` answered (TAXONOMY 3.6). It exits with 1 for "no" and for every error alike, so the word on
// stdout decides, and anything else is not known. A yes is advisory: admission may still refuse.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/names.hpp"
#include "kube/outcome.hpp"

namespace salve::kube {

enum class Allowed : std::uint8_t {
    yes,
    no,
    not_served,  // this cluster does not have the kind: there is nothing to have a right on
    unknown,
};
inline constexpr base::Names<Allowed, 4> allowed_names{
    {{Allowed::yes, "yes"}, {Allowed::no, "no"}, {Allowed::not_served, "not served"}, {Allowed::unknown, "unknown"}}};

struct Answer {
    Allowed allowed = Allowed::unknown;
    std::string reason;  // the server's for a no, or why it is unknown; not escaped, at most 1000 bytes
};

// Total. A yes is exactly "yes" with exit code 0 and nothing cut; a no is "no" or "no - reason" with exit code 1.
Answer parse_can_i(const ReadEnd& end, std::string_view out, std::string_view err);

}  // namespace salve::kube
