#include "plan/patch.hpp"

#include <algorithm>

#include "base/redact.hpp"
#include "base/text.hpp"

namespace salve::plan {
namespace {

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

json operation(std::string_view op, const std::string& path) { return {{"op", op}, {"path", path}}; }

json operation(std::string_view op, const std::string& path, json value) {
    auto result = operation(op, path);
    result["value"] = std::move(value);
    return result;
}

}  // namespace

std::string pointer(std::string_view parent, std::string_view key) {
    std::string result = std::string(parent) + "/";
    for (const char c : key) {
        if (c == '~')
            result += "~0";
        else if (c == '/')
            result += "~1";
        else
            result += c;
    }
    return result;
}

const json* value_at(const json& object, const std::string& path) {
    const json::json_pointer where(path);
    return object.contains(where) ? &object[where] : nullptr;
}

std::string text_at(const json& object, const std::string& path) {
    const auto* value = value_at(object, path);
    return value && value->is_string() ? value->get<std::string>() : "";
}

std::optional<std::int64_t> number_at(const json& object, const std::string& path) {
    const auto* value = value_at(object, path);
    return value && value->is_number_integer() ? std::optional(value->get<std::int64_t>()) : std::nullopt;
}

std::string words_of(const json* value) {
    constexpr std::size_t longest = 80;
    return value ? base::cut(value->dump(-1, ' ', false, json::error_handler_t::replace), longest) : "not there";
}

bool is_redacted(const json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().find("<redacted:") != std::string::npos;
    if (!value.is_structured()) return false;
    return std::any_of(value.begin(), value.end(), is_redacted);
}

Patch::Patch(const json& live) : live_(live) {
    for (const char* path : {"/metadata/uid", "/metadata/generation"})
        if (const auto* value = value_at(live, path)) test(path, *value);
}

void Patch::test(const std::string& path, const json& value) {
    const bool known = std::any_of(tests_.begin(), tests_.end(), [&](const Change& one) { return one.path == path; });
    if (!known) tests_.push_back({path, value, nullptr});
}

Patch& Patch::hold(const std::string& path) {
    if (const auto* value = value_at(live_, path)) test(path, *value);
    return *this;
}

Patch& Patch::hold_name(const std::string& container_path) { return hold(container_path + "/name"); }

Patch& Patch::put(const std::string& path, json value) {
    const auto* now = value_at(live_, path);
    if (now) test(path, *now);
    changes_.push_back({path, now ? *now : json(nullptr), value});
    operations_.push_back(operation(now ? "replace" : "add", path, std::move(value)));
    return *this;
}

Patch& Patch::put_deep(const std::string& path, json value) {
    auto at = path;
    while (!value_at(live_, parent_of(at)) && !parent_of(at).empty()) {
        const auto key = at.substr(at.rfind('/') + 1);
        value = json{{json::json_pointer("/" + key).back(), std::move(value)}};
        at = parent_of(at);
    }
    return put(at, std::move(value));
}

Patch& Patch::make(const std::string& path) {
    const bool made = std::any_of(operations_.begin(), operations_.end(),
                                  [&](const json& one) { return one["op"] == "add" && one["path"] == path; });
    if (!made && !value_at(live_, path)) operations_.push_back(operation("add", path, json::object()));
    return *this;
}

Patch& Patch::remove(const std::string& path) {
    const auto* now = value_at(live_, path);
    if (!now) return *this;
    test(path, *now);
    changes_.push_back({path, *now, nullptr});
    operations_.push_back(operation("remove", path));
    return *this;
}

Patch& Patch::mark(const std::string& run, int ordinal) {
    const auto value = run + "." + std::to_string(ordinal);
    const bool has = value_at(live_, "/metadata/annotations") != nullptr ||
                     std::any_of(operations_.begin(), operations_.end(), [](const json& one) {
                         return one["op"] == "add" && one["path"] == "/metadata/annotations";
                     });
    mark_ = json::array({has ? operation("add", pointer("/metadata/annotations", marker), value)
                             : operation("add", "/metadata/annotations", {{std::string(marker), value}})});
    return *this;
}

void set_ordinal(json& patch, const std::string& run, int ordinal) {
    const auto value = run + "." + std::to_string(ordinal);
    for (auto& one : patch) {
        if (one["op"] != "add") continue;
        if (one["path"] == pointer("/metadata/annotations", marker))
            one["value"] = value;
        else if (one["path"] == "/metadata/annotations" && one["value"].contains(marker))
            one["value"][std::string(marker)] = value;
    }
}

json Patch::body() const {
    json body = json::array();
    for (const auto& one : tests_) body.push_back(operation("test", one.path, one.from));
    for (const auto& one : operations_) body.push_back(one);
    for (const auto& one : mark_) body.push_back(one);
    return body;
}

std::vector<Change> tests_of(const json& patch) {
    std::vector<Change> tests;
    for (const auto& one : patch)
        if (one["op"] == "test") tests.push_back({one["path"].get<std::string>(), one["value"], nullptr});
    return tests;
}

Preconditions preconditions_of(const std::vector<Change>& tests) {
    Preconditions result;
    for (const auto& one : tests) {
        if (one.path == "/metadata/uid")
            result.uid = one.from.is_string() ? one.from.get<std::string>() : "";
        else if (one.path == "/metadata/generation")
            result.generation =
                one.from.is_number_integer() ? std::optional(one.from.get<std::int64_t>()) : std::nullopt;
        else
            result.tests.push_back(one);
    }
    return result;
}

Preconditions Patch::preconditions() const { return preconditions_of(tests_); }

bool Patch::touches_redacted() const { return is_redacted(body()); }

// Names tell that a container is still the one that was meant; those that the change itself sets or takes away do not.
json inverse_of(const std::vector<Change>& tests, const std::vector<Change>& changes) {
    const auto is_changed = [&](const std::string& path) {
        return std::any_of(changes.begin(), changes.end(),
                           [&](const Change& one) { return (path + "/").starts_with(one.path + "/"); });
    };
    json body = json::array();
    for (const auto& one : tests)
        if (one.path == "/metadata/uid" || (one.path.ends_with("/name") && !is_changed(one.path)))
            body.push_back(operation("test", one.path, one.from));
    for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
        if (!one->to.is_null()) body.push_back(operation("test", one->path, one->to));
        if (one->from.is_null())
            body.push_back(operation("remove", one->path));
        else
            body.push_back(operation(one->to.is_null() ? "add" : "replace", one->path, one->from));
    }
    return body;
}

json Patch::inverse_body() const { return inverse_of(tests_, changes_); }

}  // namespace salve::plan
