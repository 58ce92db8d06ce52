// Makes a protocol buffer of the JSON of an object, by the table that it is read with: what the table says wrongly is
// wrong here as well, and is found elsewhere (tests/unit/kube/proto/decode_test.cpp).
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "kube/decode.hpp"
#include "kube/proto/schema.hpp"
#include "kube/resource.hpp"
#include "proto_bytes.hpp"

namespace salve::testing {

std::string encoded(const nlohmann::json& object, const kube::proto::Message& message);

// The kind that the list of that path has, in the version that is known by its numbers; null for any other.
inline const kube::ResourceInfo* encoded_kind(std::string_view path) {
    path = path.substr(0, path.find('?'));
    for (const auto& kind : kube::resources()) {
        if (!kube::proto::message_of(kind.resource) || !path.ends_with("/" + std::string(kind.plural))) continue;
        if (path.find("/" + kube::api_version(kind.resource) + "/") != std::string_view::npos) return &kind;
    }
    return nullptr;
}

inline std::string encoded_time(const std::string& text) {
    constexpr std::int64_t us_in_s = 1'000'000, ns_in_us = 1000;
    const auto us = base::parse_time(text).value().us;
    return field(1, static_cast<std::uint64_t>(us / us_in_s)) +
           field(2, static_cast<std::uint64_t>(us % us_in_s * ns_in_us));
}

inline std::string encoded_int_or_text(const nlohmann::json& value) {
    if (value.is_string())
        return field(1, std::uint64_t{1}) + field(2, std::uint64_t{0}) + field(3, value.get<std::string>());
    return field(1, std::uint64_t{0}) + field(2, static_cast<std::uint64_t>(value.get<std::int64_t>())) + field(3, "");
}

inline std::string encoded_map(const nlohmann::json& map, std::uint32_t number, bool quantities) {
    std::string bytes;
    for (const auto& [key, value] : map.items()) {
        const auto text = value.get<std::string>();
        bytes += field(number, field(1, key) + field(2, quantities ? field(1, text) : text));
    }
    return bytes;
}

inline std::string encoded_one(const nlohmann::json& value, const kube::proto::Member& member) {
    using kube::proto::Type;
    switch (member.type) {
        case Type::text:
            return field(member.number, value.get<std::string>());
        case Type::number:
            return field(member.number, static_cast<std::uint64_t>(value.get<std::int64_t>()));
        case Type::flag:
            return field(member.number, std::uint64_t{value.get<bool>()});
        case Type::time:
        case Type::micro_time:
            return field(member.number, encoded_time(value.get<std::string>()));
        case Type::quantity:
            return field(member.number, field(1, value.get<std::string>()));
        case Type::int_or_text:
            return field(member.number, encoded_int_or_text(value));
        case Type::text_map:
        case Type::quantity_map:
            return encoded_map(value, member.number, member.type == Type::quantity_map);
        case Type::message:
            break;
    }
    return field(member.number, encoded(value, *member.message));
}

// The API server writes "", 0 and false where JSON leaves them out.
inline std::string encoded_zero(const kube::proto::Member& member) {
    if (member.manner != kube::proto::Manner::omitted) return "";
    return member.type == kube::proto::Type::text ? field(member.number, "") : field(member.number, std::uint64_t{0});
}

inline std::string encoded(const nlohmann::json& object, const kube::proto::Message& message) {
    std::string bytes;
    for (std::size_t at = 0; at < message.count; ++at) {
        const auto& member = message.members[at];
        const auto value = object.find(member.name);
        if (member.is_inlined())
            bytes += field(member.number, encoded(object, *member.message));
        else if (value == object.end() || value->is_null())
            bytes += encoded_zero(member);
        else if (member.manner != kube::proto::Manner::many)
            bytes += encoded_one(*value, member);
        else
            for (const auto& element : *value) bytes += encoded_one(element, member);
    }
    return bytes;
}

}  // namespace salve::testing
