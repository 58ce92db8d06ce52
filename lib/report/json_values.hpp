// Values of the JSON documents: all text is base::visible(), nothing is null.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"
#include "diagnose/finding.hpp"

namespace salve::report {

using Json = nlohmann::ordered_json;

inline Json text(std::string_view value) { return base::visible(value); }
inline Json text_or_null(std::string_view value) { return value.empty() ? Json(nullptr) : text(value); }
// Line feeds stay: JSON escapes them.
inline Json lines(std::string_view value) {
    std::vector<std::string> shown;
    for (const auto line : base::split_lines(value)) shown.push_back(base::visible(line));
    return base::join(shown, "\n");
}
inline Json time_or_null(const std::optional<base::Time>& time) {
    return time ? Json(base::to_rfc3339(*time)) : Json(nullptr);
}
template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <typename Range>
Json texts(const Range& values) {
    Json list = Json::array();
    for (const auto& value : values) list.push_back(text(value));
    return list;
}

// {"critical": 0, ...} of counts by severity.
template <typename Counts>
Json counts_json(const Counts& counts) {
    using diagnose::Severity;
    const auto of = [&](Severity severity) { return counts[static_cast<std::size_t>(severity)]; };
    return {{"critical", of(Severity::critical)},
            {"high", of(Severity::high)},
            {"medium", of(Severity::medium)},
            {"low", of(Severity::low)},
            {"info", of(Severity::info)}};
}

}  // namespace salve::report
