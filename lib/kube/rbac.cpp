#include "kube/rbac.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "kube/rbac_text.hpp"
#include "kube/resource.hpp"

namespace salve::kube {
namespace {

using Filter = std::function<bool(const ResourceInfo&)>;

// One rule for each API group, in the order of the table; get reads one object, list all of them.
std::string rules(const Filter& wanted, bool logs) {
    std::vector<std::string_view> order;
    std::map<std::string_view, std::string> plurals;
    for (const auto& kind : resources()) {
        if (!wanted(kind)) continue;
        if (!plurals.contains(kind.group)) order.push_back(kind.group);
        auto& list = plurals[kind.group];
        list += (list.empty() ? "" : ", ") + std::string(kind.plural);
    }
    std::string text = "rules:\n";
    const auto rule = [&](std::string_view group, std::string_view list, std::string_view verbs) {
        text += fmt::format("- apiGroups: [\"{}\"]\n  resources: [{}]\n  verbs: [{}]\n", group, list, verbs);
    };
    for (const auto group : order) rule(group, plurals[group], "get, list");
    if (logs) rule("", "pods/log", "get");
    return text;
}

}  // namespace

std::string yaml_word(std::string_view name) {
    const bool number = name.empty() || name.front() < 'a';  // names have no capitals
    constexpr std::string_view other[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    const bool meant = !number && std::find(std::begin(other), std::end(other), name) == std::end(other);
    return meant ? std::string(name) : "\"" + std::string(name) + "\"";
}

std::string role_head(std::string_view kind, std::string_view name, const std::string& ns) {
    return fmt::format("apiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata:\n  name: {}\n{}", kind, name,
                       ns.empty() ? "" : fmt::format("  namespace: {}\n", yaml_word(ns)));
}

std::string reader_manifest(const std::vector<std::string>& namespaces) {
    std::string text =
        "# What 'salve triage' reads, and nothing more: no Secrets, no ConfigMaps, no writes.\n"
        "# Bind it to the user or group that runs salve.\n";
    if (namespaces.empty())
        return text + role_head("ClusterRole", "salve-reader", "") + rules([](auto&) { return true; }, true);
    for (const auto& ns : namespaces)
        text +=
            role_head("Role", "salve-reader", ns) +
            rules([](const ResourceInfo& kind) { return kind.namespaced && kind.resource != Resource::leases; }, true) +
            "---\n";
    text += "# Kinds that belong to no namespace; without it salve works, and says what it could not see.\n";
    text += role_head("ClusterRole", "salve-reader-cluster", "");
    text +=
        rules([](const ResourceInfo& kind) { return !kind.namespaced || kind.resource == Resource::leases; }, false);
    return text;
}

}  // namespace salve::kube
