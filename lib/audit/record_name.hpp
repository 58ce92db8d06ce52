// The name of a record's file: "00000042-20261120T084801Z-apply-9f31c0d2ab44.json" (SAFETY 1.3). Its place in the
// chain, when it was sealed (UTC), what kind of run it was, and the beginning of the digest of its bytes.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace salve::audit {

struct RecordName {
    std::int64_t seq = 0;
    base::Time sealed_at;  // whole seconds
    std::string kind;
    std::string digest12;
    bool operator==(const RecordName&) const = default;
};

std::string stem(const RecordName& name);            // without ".json" or ".sig"
std::string to_text(const RecordName& name);         // with ".json"
std::string signature_name(const RecordName& name);  // with ".sig"

// Only what to_text writes: anything else, a path or another spelling included, is nothing.
std::optional<RecordName> parse_record_name(std::string_view text);

}  // namespace salve::audit
