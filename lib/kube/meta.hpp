// What every Kubernetes object has: identity, ownership, conditions. Facts only: no JSON, no pointers.
// A field that the object did not have is nullopt or empty, as its comment says.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/list.hpp"
#include "base/symbol.hpp"
#include "base/text_map.hpp"
#include "base/time.hpp"

namespace salve::kube {

using base::Time;

// Names one object; also one that does not exist (then uid is empty).
struct ObjectRef {
    std::string api_version, kind, ns, name, uid;  // ns is empty for cluster-scoped kinds

    // Same object, whether or not one side knows the uid.
    bool same_name(const ObjectRef& other) const { return kind == other.kind && ns == other.ns && name == other.name; }
    auto operator<=>(const ObjectRef&) const = default;
};

struct OwnerReference {
    std::string api_version, kind, name, uid;
    bool controller = false;
    bool operator==(const OwnerReference&) const = default;
};

struct Meta {
    base::Symbol api_version, kind;  // from the list when the item lacks them
    std::string ns, name, uid;
    std::optional<std::int64_t> generation;
    Time created;
    std::optional<Time> deleted;        // deletionTimestamp: already includes the grace period
    base::TextMap labels, annotations;  // annotations are redacted
    base::List<OwnerReference> owners;
    base::List<std::string> finalizers;

    ObjectRef ref() const;
    // The owner with controller=true, or null.
    const OwnerReference* controller() const {
        for (const auto& owner : owners)
            if (owner.controller) return &owner;
        return nullptr;
    }
    bool operator==(const Meta&) const = default;
};

struct Condition {
    base::Symbol type, status, reason;  // status: True, False, Unknown
    std::string message;                // redacted
    std::optional<Time> last_transition, last_update;
    bool operator==(const Condition&) const = default;
};

// The condition of that type, or null.
inline const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
    for (const auto& condition : conditions)
        if (condition.type == type) return &condition;
    return nullptr;
}

struct SelectorRequirement {
    std::string key, op;  // In, NotIn, Exists, DoesNotExist; for nodes also Gt, Lt
    std::vector<std::string> values;
    bool operator==(const SelectorRequirement&) const = default;
};

// An empty selector matches everything, as in Kubernetes; an absent one is a nullopt of this.
struct LabelSelector {
    base::TextMap match_labels;
    base::List<SelectorRequirement> match_expressions;
    bool operator==(const LabelSelector&) const = default;
};

}  // namespace salve::kube
