#include "report/format.hpp"

namespace salve::report {

extern const Format human, json, markdown;

std::span<const Format* const> all_formats() {
    static constexpr const Format* table[] = {&human, &json, &markdown};
    return table;
}

const Format* find_format(std::string_view name) {
    for (const Format* format : all_formats())
        if (format->name == name) return format;
    return nullptr;
}

}  // namespace salve::report
