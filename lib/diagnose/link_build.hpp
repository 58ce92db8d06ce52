// Helpers to write links: findings by the objects that they name.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diagnose/build.hpp"
#include "diagnose/rule.hpp"

namespace salve::diagnose {

// Whether the mode is one of these, or of one of these families ("pod.crashloop" stands for pod.crashloop.oom, too).
bool is_of(const Finding& finding, std::initializer_list<std::string_view> families);

// Keeps views into the findings: they must outlive it and not change. Made when it is first asked: most links find
// nothing that they could join.
class FindingIndex {
public:
    struct Object {
        std::string_view kind;
        kube::Place place;
        bool operator==(const Object&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Object& object) const {
            return std::hash<std::string_view>()(object.kind) * 31 + kube::PlaceHash()(object.place);
        }
    };
    using ByObject = std::unordered_map<Object, std::vector<std::size_t>, Hash>;

    explicit FindingIndex(std::span<const Finding> findings) : findings_(findings) {}

    // Indices of the findings that blame that object, or blame or affect it; in the order of the findings.
    const std::vector<std::size_t>& blaming(const ObjectRef& object) const;
    const std::vector<std::size_t>& about(const ObjectRef& object) const;

private:
    struct Lists {
        ByObject blaming, about;
    };
    const Lists& lists() const;

    std::span<const Finding> findings_;
    mutable std::optional<Lists> lists_;
};

// The pods that a finding names.
std::vector<const Pod*> pods_of(const World& world, const Finding& finding);

// Whether its cause lies in the pods themselves or in what refuses to make them, and it is a fault, not housekeeping:
// what a Service, a rollout or a Job that fails may be the consequence of.
bool is_pod_fault(const Finding& finding);

// Of several findings the one to blame: the most severe, then the surest, then the one that affects most, then by name.
// Null for none.
std::optional<std::size_t> worst(std::span<const Finding> findings, const std::vector<std::size_t>& among);

// Whether the mode only says that pods are missing or not ready, whatever the reason.
bool is_echo(const Finding& finding);

// The cause's own leading proof, which the consequence then carries as well: the last step of the chain.
Edge edge_between(std::span<const Finding> findings, std::size_t cause, std::size_t consequence);

}  // namespace salve::diagnose
