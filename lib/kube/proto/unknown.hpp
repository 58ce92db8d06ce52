// What every protocol buffer of the API server stands in: a runtime.Unknown (k8s.io/apimachinery,
// runtime/serializer/protobuf).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace salve::kube::proto {

// With what the answer begins. No JSON does.
inline constexpr std::string_view magic{"k8s\0", 4};

// The numbers of its fields.
namespace unknown {
inline constexpr std::uint32_t type_meta = 1, raw = 2, content_encoding = 3;
}

struct TypeNames {
    std::string api_version, kind;  // valid UTF-8
    bool operator==(const TypeNames&) const = default;
};

// Throws Malformed.
TypeNames type_names(std::string_view type_meta);

// A whole answer that is one object, not a list. Throws Malformed.
struct Unknown {
    TypeNames type;
    std::string_view raw;  // the object
};
Unknown unknown_of(std::string_view answer);

}  // namespace salve::kube::proto
