// Writes protocol buffers by hand, and with them what the API server writes around its objects.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "kube/proto/unknown.hpp"

namespace salve::testing {

inline std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value > 127; value >>= 7) bytes += static_cast<char>((value & 127) | 128);
    return bytes + static_cast<char>(value);
}

// Of any wire type, also of one that there is not.
inline std::string tag(std::uint64_t number, std::uint64_t wire) { return varint(number << 3 | wire); }

inline std::string field(std::uint32_t number, std::string_view bytes) {
    return tag(number, 2) + varint(bytes.size()) + std::string(bytes);
}
inline std::string field(std::uint32_t number, std::uint64_t value) { return tag(number, 0) + varint(value); }

// A field of each wire type, which no message of Kubernetes has.
inline std::string strange_fields() {
    constexpr std::uint32_t number = 1000;
    return field(number, 300) + tag(number, 1) + "8 bytes." + field(number, "text") + tag(number, 5) + "four";
}

inline std::string in_unknown(std::string_view kind, std::string_view api_version, std::string_view raw) {
    namespace unknown = kube::proto::unknown;
    return std::string(kube::proto::magic) + field(unknown::type_meta, field(1, api_version) + field(2, kind)) +
           field(unknown::raw, raw);
}

// What the API server writes behind the object: its encoding and the type of its content, both not set.
inline std::string end_of_unknown() {
    constexpr std::uint32_t content_type = 4;
    return field(kube::proto::unknown::content_encoding, "") + field(content_type, "");
}

inline std::string list_meta(std::string_view resource_version, std::string_view continue_token) {
    return field(1, field(1, "") + field(2, resource_version) + field(3, continue_token));
}

inline std::string list_items(const std::vector<std::string>& items) {
    std::string bytes;
    for (const auto& item : items) bytes += field(2, item);
    return bytes;
}

inline std::string proto_list(std::string_view kind, std::string_view api_version,
                              const std::vector<std::string>& items, std::string_view continue_token = "") {
    return in_unknown(kind, api_version, list_meta("77", continue_token) + list_items(items)) + end_of_unknown();
}

// One bit, anywhere.
inline void flip(std::string& bytes, std::mt19937& random) {
    auto& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(byte ^ (1 << random() % 8));
}

}  // namespace salve::testing
