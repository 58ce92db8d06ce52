// Kubernetes' objects as protocol buffers: which field number has which name in the JSON of the same object. A number
// never changes its meaning within a version of an API (Kubernetes' api_changes.md), so that one table serves all
// servers; a field that it does not name is not read. Names, numbers and types are those of the Go types of k8s.io/api
// and k8s.io/apimachinery v0.32.2 (the tags `json` and `protobuf` in types.go).
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "kube/resource.hpp"

namespace salve::kube::proto {

enum class Type : std::uint8_t {
    text,
    number,
    flag,
    time,        // metav1.Time: whole seconds, whatever else its bytes say
    micro_time,  // metav1.MicroTime
    quantity,    // resource.Quantity: a text in a message
    int_or_text,
    text_map,
    quantity_map,
    message,
};

enum class Manner : std::uint8_t {
    one,
    omitted,  // one that JSON leaves out when it is "", 0 or false, and these bytes do not
    many,
};

struct Message;

struct Member {
    std::uint32_t number = 0;
    std::string_view name;  // "": JSON has the members of this message in place of it
    Type type = Type::text;
    Manner manner = Manner::one;
    const Message* message = nullptr;

    constexpr Member() = default;
    constexpr Member(std::uint32_t its_number, std::string_view its_name, Type its_type,
                     Manner its_manner = Manner::one)
        : number(its_number), name(its_name), type(its_type), manner(its_manner) {}
    constexpr Member(std::uint32_t its_number, std::string_view its_name, const Message& its_message,
                     Manner its_manner = Manner::one)
        : number(its_number), name(its_name), type(Type::message), manner(its_manner), message(&its_message) {}

    constexpr bool is_inlined() const { return name.empty(); }
    constexpr bool is_map() const { return type == Type::text_map || type == Type::quantity_map; }
};

struct Message {
    static constexpr std::size_t most = 24;
    static constexpr std::uint32_t numbers = 64;  // all of ours are below
    static constexpr std::uint8_t unknown = most;
    std::array<Member, most> members{};
    std::size_t count = 0;
    std::array<std::uint8_t, numbers> by_number{};  // which member has the number, or unknown

    // NOLINTNEXTLINE(google-explicit-constructor): a table of them is written as lists of lists
    constexpr Message(std::initializer_list<Member> all) {
        by_number.fill(unknown);
        for (const auto& member : all) {
            const auto at = static_cast<std::uint8_t>(count++);
            members.at(at) = member;
            by_number.at(member.number) = at;
        }
    }

    // The member of that name, or null. Not what is inlined.
    const Member* find(std::string_view name) const;
    // Its member without a name, or null. No message has two, nor a name that the inlined one has as well.
    const Member* inlined() const { return find(""); }
};

extern const Message object_meta, condition, probed_condition, object_reference, local_object_reference;
extern const Message selector_requirement, label_selector;
extern const Message pod_spec, pod_template_spec;
extern const Message pod, event, deployment, replica_set, stateful_set, daemon_set, job, cron_job, service,
    endpoint_slice, persistent_volume_claim, pod_disruption_budget, node;

// The message of the newest version of that kind; null where it is read as JSON only: few of it, or rarely.
const Message* message_of(Resource resource);

}  // namespace salve::kube::proto
