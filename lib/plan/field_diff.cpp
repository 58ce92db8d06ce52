#include "plan/field_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "plan/patch.hpp"

namespace salve::plan {
namespace {

constexpr auto kept_by_server = std::to_array<std::string_view>(
    {"/status", "/metadata/managedFields", "/metadata/resourceVersion", "/metadata/generation", "/metadata/selfLink"});

// Set by the server when an object is made.
constexpr auto given_at_birth = std::to_array<std::string_view>({"/metadata/uid", "/metadata/creationTimestamp"});

template <std::size_t Count>
bool is_in(const std::array<std::string_view, Count>& paths, const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
}

// Whether every item has a name, and a name of its own.
bool named(const json& list) {
    std::set<std::string> names;
    return !list.empty() && std::all_of(list.begin(), list.end(), [&](const json& item) {
        return item.is_object() && item.contains("name") && item["name"].is_string() &&
               names.insert(item["name"].get<std::string>()).second;
    });
}

const json* item_named(const json& list, const json& name) {
    for (const auto& item : list)
        if (item["name"] == name) return &item;
    return nullptr;
}

// Whether the items that both lists have stand in the same order: it counts for containers and variables.
bool same_order(const json& before, const json& after) {
    const auto common = [](const json& list, const json& other) {
        json names = json::array();
        for (const auto& item : list)
            if (item_named(other, item["name"])) names.push_back(item["name"]);
        return names;
    };
    return common(before, after) == common(after, before);
}

// What is new, without what the server adds to it.
json own_fields(const json& value, const std::string& path) {
    if (!value.is_object()) return value;
    auto own = json::object();
    for (const auto& [key, field] : value.items()) {
        const auto where = pointer(path, key);
        if (!is_in(kept_by_server, where) && !is_in(given_at_birth, where)) own[key] = own_fields(field, where);
    }
    return own;
}

class Diff {
public:
    void value(const std::string& path, const json* before, const json* after) {
        if (is_in(kept_by_server, path) || (!before && is_in(given_at_birth, path))) return;
        if (before && after && *before == *after) return;
        if (before && after && before->is_object() && after->is_object()) return fields(path, *before, *after);
        if (before && after && before->is_array() && after->is_array()) return items(path, *before, *after);
        Change change{path, before ? *before : json(nullptr), after ? *after : json(nullptr)};
        if (!before) change.to = own_fields(change.to, path);
        if (change.from != change.to) changes.push_back(std::move(change));
    }

    std::vector<Change> changes;

private:
    void fields(const std::string& path, const json& before, const json& after) {
        for (const auto& [key, old] : before.items()) {
            const auto now = after.find(key);
            value(pointer(path, key), &old, now == after.end() ? nullptr : &*now);
        }
        for (const auto& [key, now] : after.items())
            if (!before.contains(key)) value(pointer(path, key), nullptr, &now);
    }

    void items(const std::string& path, const json& before, const json& after) {
        if (named(before) && named(after) && same_order(before, after)) {
            for (std::size_t i = 0; i < before.size(); ++i)
                if (!item_named(after, before[i]["name"])) value(fmt::format("{}/{}", path, i), &before[i], nullptr);
            for (std::size_t i = 0; i < after.size(); ++i)
                value(fmt::format("{}/{}", path, i), item_named(before, after[i]["name"]), &after[i]);
            return;
        }
        for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i)
            value(fmt::format("{}/{}", path, i), i < before.size() ? &before[i] : nullptr,
                  i < after.size() ? &after[i] : nullptr);
    }
};

}  // namespace

std::vector<Change> field_diff(const json& before, const json& after) {
    Diff diff;
    diff.value("", &before, &after);
    std::sort(diff.changes.begin(), diff.changes.end(),
              [](const Change& a, const Change& b) { return a.path < b.path; });
    return diff.changes;
}

}  // namespace salve::plan
