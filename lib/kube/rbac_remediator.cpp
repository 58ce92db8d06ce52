#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "kube/names.hpp"
#include "kube/rbac.hpp"
#include "kube/rbac_rules.hpp"
#include "kube/rbac_text.hpp"

namespace salve::kube {
namespace {

using base::Error;
using base::ErrorKind;

std::string joined(std::span<const Access> accesses) {
    std::vector<std::string_view> words;
    for (const auto access : accesses) words.push_back(base::word(access_names, access));
    return base::join(words, ", ");
}

std::string plural_of(const GrantedRule& rule) {
    std::string text(info(rule.rule->resource).plural);
    if (rule.rule->sub != Subresource::none) text.append("/").append(base::word(subresource_names, rule.rule->sub));
    return text;
}

// May both stand in one rule of the manifest?
bool together(const GrantedRule& a, const GrantedRule& b) {
    return info(a.rule->resource).group == info(b.rule->resource).group &&
           joined(a.rule->verbs()) == joined(b.rule->verbs()) && a.names.empty() && b.names.empty();
}

std::string rules_text(const std::vector<GrantedRule>& rules) {
    std::string text = "rules:\n";
    for (std::size_t at = 0; at < rules.size();) {
        auto plurals = plural_of(rules[at]);
        std::size_t next = at + 1;
        for (; next < rules.size() && together(rules[at], rules[next]); ++next)
            plurals += ", " + plural_of(rules[next]);
        text +=
            fmt::format("- apiGroups: [\"{}\"]\n  resources: [{}]\n", info(rules[at].rule->resource).group, plurals);
        std::vector<std::string> names;
        for (const auto& name : rules[at].names) names.push_back(yaml_word(name));
        if (!names.empty()) text += fmt::format("  resourceNames: [{}]\n", base::join(names, ", "));
        text += fmt::format("  verbs: [{}]\n", joined(rules[at].rule->verbs()));
        at = next;
    }
    return text;
}

std::vector<std::string> nameable_plurals() {
    std::vector<std::string> plurals;
    for (const auto& rule : change_rules())
        if (rule.nameable) plurals.emplace_back(info(rule.resource).plural);
    return plurals;
}

}  // namespace

NamedObject parse_named_object(std::string_view word) {
    const auto slash = word.find('/');
    const auto plural = word.substr(0, slash);
    for (const auto& rule : change_rules()) {
        if (!rule.nameable || slash == std::string_view::npos || info(rule.resource).plural != plural) continue;
        return {rule.resource, checked_object_name(word.substr(slash + 1))};
    }
    throw Error(ErrorKind::usage, fmt::format("{} is no object whose changes can be limited", base::quoted(word)),
                fmt::format("write KIND/NAME with one of: {}", base::join(nameable_plurals(), ", ")));
}

std::vector<GrantedRule> granted_rules(const RemediatorRole& role) {
    if (role.namespaces.empty())
        throw Error(ErrorKind::usage, "a remediator needs a namespace",
                    "name each with -n: rights to change everything everywhere are never printed");
    for (const auto& ns : role.namespaces)
        if (is_system_namespace(checked_namespace(ns)))
            throw Error(ErrorKind::usage, fmt::format("nothing is ever changed in {}", ns),
                        "leave the namespaces of the system out");
    for (const auto& named : role.names)
        if (named.resource == Resource::statefulsets && !role.statefulsets)
            throw Error(ErrorKind::usage,
                        fmt::format("statefulsets/{} is named, and StatefulSets are left out", named.name),
                        "add --with statefulsets");
    std::vector<GrantedRule> granted;
    for (const auto& rule : change_rules()) {
        if (rule.optional && !role.statefulsets) continue;
        GrantedRule one{&rule, {}};
        if (rule.nameable && !role.names.empty()) {
            for (const auto& named : role.names)
                if (named.resource == rule.resource) one.names.push_back(checked_object_name(named.name));
            if (one.names.empty()) continue;
        }
        granted.push_back(std::move(one));
    }
    return granted;
}

std::string remediator_manifest(const RemediatorRole& role) {
    const auto granted = granted_rules(role);
    std::string text =
        "# What salve changes in a namespace, and nothing more. It builds on the reader, and needs both:\n"
        "# apply what 'salve rbac reader' prints for the same namespaces as well.\n"
        "# Bind it only where changes are wanted: who may patch a pod template can run any image there, as any\n"
        "# service account of the namespace.\n";
    for (std::size_t at = 0; at < role.namespaces.size(); ++at)
        text +=
            (at == 0 ? "" : "---\n") + role_head("Role", "salve-remediator", role.namespaces[at]) + rules_text(granted);
    return text;
}

}  // namespace salve::kube
