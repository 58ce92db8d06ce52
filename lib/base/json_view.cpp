#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::base {

using nlohmann::json;

namespace {

std::string_view kind_of(const json& value) {
    switch (value.type()) {
        case json::value_t::null:
            return "null";
        case json::value_t::object:
            return "an object";
        case json::value_t::array:
            return "an array";
        case json::value_t::string:
            return "text";
        case json::value_t::boolean:
            return "a boolean";
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
            return "a number";
        case json::value_t::number_float:
            return "a number with a fraction";
        case json::value_t::binary:
        case json::value_t::discarded:
            break;
    }
    return "nothing";
}

bool is_plain(std::string_view key) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !key.empty() && key.size() <= 80 && key.find_first_not_of(plain) == std::string_view::npos;
}

}  // namespace

std::string json_step(std::string_view key) {
    return is_plain(key) ? "." + std::string(key) : "[" + quoted(cut(key, 80)) + "]";
}

void JsonView::fail(const std::string& reason, const std::string& hint) const {
    throw Error(kind_, fmt::format("{}: {}", where_, reason), hint);
}

void JsonView::expect(bool matches, std::string_view wanted) const {
    if (!matches) fail(fmt::format("expected {}, found {}", wanted, kind_of(*value_)));
}

// The first step is set off from the name of the source.
JsonView JsonView::child(const json& value, const std::string& step) const {
    const bool first = where_.find(": ") == std::string::npos;
    return {value, where_ + (first ? ": " : "") + step, kind_};
}

std::optional<JsonView> JsonView::find(std::string_view key) const {
    expect(value_->is_object(), "an object");
    const auto found = value_->find(std::string(key));
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return child(*found, json_step(key));
}

JsonView JsonView::at(std::string_view key) const {
    if (auto found = find(key)) return *found;
    fail(fmt::format("missing {}", quoted(cut(key, 80))));
}

std::vector<JsonView> JsonView::items() const {
    expect(value_->is_array(), "an array");
    std::vector<JsonView> views;
    views.reserve(value_->size());
    for (const json& item : *value_) views.push_back(child(item, fmt::format("[{}]", views.size())));
    return views;
}

std::vector<std::string> JsonView::keys() const {
    expect(value_->is_object(), "an object");
    std::vector<std::string> names;
    for (auto it = value_->begin(); it != value_->end(); ++it) names.push_back(it.key());
    return names;
}

std::string JsonView::text() const {
    expect(value_->is_string(), "text");
    return value_->get<std::string>();
}

std::vector<std::string> JsonView::texts() const {
    std::vector<std::string> all;
    for (const JsonView& item : items()) all.push_back(item.text());
    return all;
}

bool JsonView::boolean() const {
    expect(value_->is_boolean(), "a boolean");
    return value_->get<bool>();
}

std::int64_t JsonView::integer() const {
    expect(value_->is_number_integer(), "a whole number");
    constexpr auto greatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value_->is_number_unsigned() && value_->get<std::uint64_t>() > greatest) fail("number too large");
    return value_->get<std::int64_t>();
}

std::int64_t JsonView::integer(std::int64_t least, std::int64_t greatest) const {
    const std::int64_t number = integer();
    if (number < least || number > greatest) fail(fmt::format("expected {} to {}, found {}", least, greatest, number));
    return number;
}

void JsonView::only(std::span<const std::string_view> known) const {
    for (const std::string& key : keys()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const auto close = nearest(key, known);
        fail("unknown key " + quoted(cut(key, 80)),
             close ? "did you mean \"" + *close + "\"?" : "known: " + join(known, ", "));
    }
}

}  // namespace salve::base
