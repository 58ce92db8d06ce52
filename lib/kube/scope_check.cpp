#include "kube/scope_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace salve::kube {
namespace {

constexpr bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_name(std::string_view name, std::size_t most, bool dots) {
    return !name.empty() && name.size() <= most && is_alphanumeric(name.front()) && is_alphanumeric(name.back()) &&
           std::all_of(name.begin(), name.end(),
                       [dots](char c) { return is_alphanumeric(c) || c == '-' || (dots && c == '.'); });
}

}  // namespace

bool is_object_name(std::string_view name) { return is_name(name, 253, true); }

bool is_namespace_name(std::string_view name) { return is_name(name, 63, false); }

std::optional<std::string> scope_mismatch(const Asked& asked, const Meta& meta) {
    const ResourceInfo& row = info(asked.what);
    if (meta.kind != row.kind) return fmt::format("kind \"{}\" instead of \"{}\"", meta.kind, row.kind);
    if (meta.api_version != asked.api_version)
        return fmt::format("version \"{}\" instead of \"{}\"", meta.api_version, asked.api_version);
    if (!is_object_name(meta.name)) return "no valid name";
    if (!row.namespaced && !meta.ns.empty()) return fmt::format("namespace \"{}\" instead of none", meta.ns);
    if (row.namespaced && !is_namespace_name(meta.ns)) return "no valid namespace";
    if (!asked.ns.empty() && row.namespaced && meta.ns != asked.ns)
        return fmt::format("namespace \"{}\" instead of \"{}\"", meta.ns, asked.ns);
    return std::nullopt;
}

}  // namespace salve::kube
