#include "audit/fields.hpp"

#include <limits>
#include <nlohmann/json.hpp>

namespace salve::audit::fields {

using nlohmann::json;

const json& member(const json& object, std::string_view key) {
    static const json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

const json& items(const json& object, std::string_view key) {
    static const json none = json::array();
    const auto& value = member(object, key);
    return value.is_array() ? value : none;
}

std::string text(const json& object, std::string_view key) {
    const auto& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : "";
}

std::vector<std::string> texts(const json& object, std::string_view key) {
    std::vector<std::string> list;
    for (const auto& value : items(object, key))
        if (value.is_string()) list.push_back(value.get<std::string>());
    return list;
}

std::optional<std::int64_t> integer(const json& object, std::string_view key) {
    const auto& value = member(object, key);
    if (!value.is_number_integer()) return std::nullopt;
    constexpr auto greatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > greatest) return std::nullopt;
    return value.get<std::int64_t>();
}

std::optional<bool> boolean(const json& object, std::string_view key) {
    const auto& value = member(object, key);
    return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

std::optional<base::Time> time(const json& object, std::string_view key) { return base::parse_time(text(object, key)); }

}  // namespace salve::audit::fields
