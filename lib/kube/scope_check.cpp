#include "kube/scope_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kube/names.hpp"

namespace salve::kube {
namespace {

// The API server takes any path segment as the name of an Event (apimachinery path.IsValidPathSegmentName).
bool is_path_segment(std::string_view name) {
    const auto plain = [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '%'; };
    return !name.empty() && name.size() <= 253 && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), plain);
}

// The core group's own APIService is called "v1.".
bool is_valid_name(Resource what, std::string_view name) {
    if (what == Resource::events) return is_path_segment(name);
    if (what == Resource::apiservices && name.ends_with('.')) name.remove_suffix(1);
    return is_object_name(name);
}

}  // namespace

std::optional<std::string> scope_mismatch(const Asked& asked, const Meta& meta) {
    const ResourceInfo& row = info(asked.what);
    if (meta.kind != row.kind) return fmt::format("kind \"{}\" instead of \"{}\"", meta.kind, row.kind);
    if (meta.api_version != asked.api_version)
        return fmt::format("version \"{}\" instead of \"{}\"", meta.api_version, asked.api_version);
    if (!is_valid_name(asked.what, meta.name)) return "no valid name";
    if (!row.namespaced && !meta.ns.empty()) return fmt::format("namespace \"{}\" instead of none", meta.ns);
    if (row.namespaced && !is_namespace(meta.ns)) return "no valid namespace";
    if (!asked.ns.empty() && row.namespaced && meta.ns != asked.ns)
        return fmt::format("namespace \"{}\" instead of \"{}\"", meta.ns, asked.ns);
    return std::nullopt;
}

}  // namespace salve::kube
