#include "plan/field_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plan/patch.hpp"

namespace salve::plan {
namespace {

constexpr auto kept_by_server = std::to_array<std::string_view>(
    {"/status", "/metadata/managedFields", "/metadata/resourceVersion", "/metadata/generation", "/metadata/selfLink"});

bool named(const json& list) {
    return !list.empty() && std::all_of(list.begin(), list.end(), [](const json& item) {
        return item.is_object() && item.contains("name") && item["name"].is_string();
    });
}

const json* item_named(const json& list, const json& name) {
    for (const auto& item : list)
        if (item["name"] == name) return &item;
    return nullptr;
}

class Diff {
public:
    void value(const std::string& path, const json* before, const json* after) {
        if (std::find(kept_by_server.begin(), kept_by_server.end(), path) != kept_by_server.end()) return;
        if (before && after && *before == *after) return;
        if (before && after && before->is_object() && after->is_object()) return fields(path, *before, *after);
        if (before && after && before->is_array() && after->is_array()) return items(path, *before, *after);
        changes.push_back({path, before ? *before : json(nullptr), after ? *after : json(nullptr)});
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
        if (named(before) && named(after)) {
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
