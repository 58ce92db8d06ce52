// Values within an object that came as protocol buffer: small handles on its bytes. Every function throws Malformed for
// bytes that are not what the schema says.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "kube/proto/schema.hpp"
#include "kube/proto/wire.hpp"

namespace salve::kube::proto {

// A handle that means something only to the Messages that gave it.
struct Value {
    const Member* member = nullptr;  // what it is; null: nothing is there
    std::uint32_t slot = 0;
    bool whole = true;  // false: one element of a list

    explicit operator bool() const { return member != nullptr; }
    bool is_list() const { return whole && member->manner == Manner::many; }
    bool is_map() const { return member->is_map(); }
    bool is(Type type) const { return member->type == type && !is_list(); }
};

// Where the members of the messages of one object stand: each message is gone through once, however many of its
// members are asked for.
class Messages {
public:
    // An object of that kind; both must outlive the values. Those of the object before must not be used any more.
    Value root(const Member& kind, std::string_view object);

    // The member of a message, or the entry of a map, of that name.
    Value find(Value in, std::string_view name);

    // The text of a text or quantity, the one of an int_or_text if it is one; nothing of what is no text.
    std::optional<std::string_view> text(Value value) const;
    std::optional<std::int64_t> number(Value value) const;  // the same of a number
    std::optional<bool> flag(Value value) const;
    // Nothing as well for a time outside of the years 1 to 9999.
    std::optional<base::Time> time(Value value) const;
    // How many fields a list or map has.
    std::size_t size(Value list_or_map) const { return slots_[list_or_map.slot].fields; }

    // All that the value is read from: of a list or map from its first field to its last, with whatever is between.
    std::string_view bytes(Value value) const;
    // The bytes of a message before and after that member, which no other member of that message is read from; nothing
    // where another stands between its fields.
    std::optional<std::pair<std::string_view, std::string_view>> bytes_without(Value message, std::string_view member);

private:
    friend class Elements;
    // What a value is made of.
    struct Slot {
        const char *from, *to;   // from the first field of its number in the message to the end of the last
        std::string_view bytes;  // what is in the first
        std::uint64_t number;    // the same of a number or flag
        std::uint32_t fields;    // how many there are
        std::uint32_t message;   // of a message that was gone through: which
        Wire wire;
        bool apart;  // whether anything is between them
    };
    // A message that was gone through: its slots are together, in the order in which the members first stand there.
    struct Known {
        std::uint32_t first = 0;                       // of its slots
        std::array<std::uint8_t, Message::most> at{};  // for each member which of them, from 1; 0: it is absent
    };
    std::uint32_t add_slot(const WireField& field, const char* from, const char* to);
    std::uint32_t add_entry(std::string_view bytes);
    std::uint32_t add(const Message& message, std::string_view bytes);
    // Which message that of the slot is; none but the object itself is the first.
    std::uint32_t entered(const Message& message, std::uint32_t slot) {
        if (slots_[slot].message == 0 && slot != 0) enter(message, slot);
        return slots_[slot].message;
    }
    void enter(const Message& message, std::uint32_t slot);
    // 0 where it is absent: that slot is the object's own.
    std::uint32_t slot_of(std::uint32_t message, std::size_t member) const {
        const auto& known = known_[message];
        return known.at[member] == 0 ? 0 : known.first + known.at[member] - 1;
    }
    Value value_of(const Member& member, std::uint32_t slot) const;
    Value find_inlined(const Message& message, std::uint32_t index, std::string_view name);
    Value find_entry(Value map, std::string_view name);

    std::vector<Known> known_;
    std::vector<Slot> slots_;  // those of earlier objects are used again
    std::uint32_t used_ = 0;   // of them
};

constexpr Wire wire_of(const Member& member) {
    return member.type == Type::number || member.type == Type::flag ? Wire::varint : Wire::bytes;
}

// What the member is, if it is there. The bytes of a time that is not set are none. JSON leaves out an `omitted` member
// that is zero.
inline Value Messages::value_of(const Member& member, std::uint32_t slot) const {
    if (slot == 0) return {};
    const auto& one = slots_[slot];
    if (one.wire != wire_of(member)) wrong_type();
    const bool none = one.bytes.empty() && one.number == 0;
    if (none && member.manner == Manner::omitted) return {};
    if (none && (member.type == Type::time || member.type == Type::micro_time)) return {};
    return {&member, slot, true};
}

// A large triage asks some three million times: what is seldom needed is done elsewhere.
inline Value Messages::find(Value in, std::string_view name) {
    if (!in.is(Type::message)) return find_entry(in, name);
    const auto& message = *in.member->message;
    const auto index = entered(message, in.slot);
    const auto at = message.find(name);
    if (at != Message::unknown) return value_of(message.members[at], slot_of(index, at));
    return message.has_inlined ? find_inlined(message, index, name) : Value{};
}

// One element of a list, or one entry of a map, after the other.
class Elements {
public:
    Elements(Messages& messages, Value list_or_map);
    // False at the end. Of a map the name is set too.
    bool next(Value& element, std::string_view& name);

private:
    Messages* messages_;
    const Member* member_;
    std::string_view left_;
};

}  // namespace salve::kube::proto
