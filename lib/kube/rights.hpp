// Rights as RBAC knows them: what salve needs to read, and what the remediator may change. The manifests and the
// questions to `kubectl auth can-i` are made from the same tables, so that what is granted is what is asked for.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "kube/resource.hpp"

namespace salve::kube {

// There is no update, escalate, bind or impersonate: every change is a patch, a create or a delete (TAXONOMY 3.6).
enum class Access : std::uint8_t { get, list, create, patch, remove };
inline constexpr base::Names<Access, 5> access_names{{{Access::get, "get"},
                                                      {Access::list, "list"},
                                                      {Access::create, "create"},
                                                      {Access::patch, "patch"},
                                                      {Access::remove, "delete"}}};

// The only two that are ever asked for: no exec, attach, proxy or portforward.
enum class Subresource : std::uint8_t { none, log, eviction };
inline constexpr base::Names<Subresource, 3> subresource_names{
    {{Subresource::none, ""}, {Subresource::log, "log"}, {Subresource::eviction, "eviction"}}};

struct Right {
    Access access = Access::get;
    Resource resource = Resource::pods;  // never logs: that is pods with Subresource::log
    Subresource sub = Subresource::none;
    bool operator==(const Right&) const = default;
};

// "patch deployments.apps", "create pods/eviction", "get pods/log".
std::string to_text(const Right& right);
// The same without the verb.
std::string what_of(const Right& right);

// What `salve triage` does in each namespace, and once for the whole cluster. Kinds that are read only where a finding
// asks for them count as well.
std::vector<Right> reading_in_namespace();
std::vector<Right> reading_of_cluster();
// Where the right is to be asked for: leases are read in one namespace only, cluster-wide kinds in none.
std::optional<std::string> place_of(const Right& right, const std::string& ns);

// One row of the remediator's Role. nameable: RBAC can limit it to objects by name; a create cannot be, because the
// server does not know the name yet, and the names of pods do not last.
struct ChangeRule {
    Resource resource;
    Subresource sub;
    std::array<Access, 2> access;
    std::size_t count;  // of access
    bool nameable;
    bool optional;  // only where it was asked for: restarts of a StatefulSet are off by default (TAXONOMY 2.4)
    std::span<const Access> verbs() const { return {access.data(), count}; }
};
std::span<const ChangeRule> change_rules();

// Every right of the table, in its order. statefulsets: with the optional ones.
std::vector<Right> changing_rights(bool statefulsets);

}  // namespace salve::kube
