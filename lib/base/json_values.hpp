// Values of the JSON documents that are printed and recorded: all text is base::visible(), nothing is null.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"

namespace salve::base {

using Json = nlohmann::ordered_json;

inline Json text(std::string_view value) { return visible(value); }
inline Json text_or_null(std::string_view value) { return value.empty() ? Json(nullptr) : text(value); }
// Line feeds stay: JSON escapes them.
inline Json lines(std::string_view value) {
    std::vector<std::string> shown;
    for (const auto line : split_lines(value)) shown.push_back(visible(line));
    return join(shown, "\n");
}
inline Json time_or_null(const std::optional<Time>& time) { return time ? Json(to_rfc3339(*time)) : Json(nullptr); }
template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <typename List, typename To>
Json list_of(const List& values, To to) {
    Json list = Json::array();
    for (const auto& value : values) list.push_back(to(value));
    return list;
}

template <typename Range>
Json texts(const Range& values) {
    return list_of(values, [](const auto& value) { return text(value); });
}

}  // namespace salve::base
