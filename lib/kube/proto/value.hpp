// Values within an object that came as protocol buffer: small handles on its bytes. Every function throws Malformed for
// bytes that are not what the schema says.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.hpp"
#include "kube/proto/schema.hpp"
#include "kube/proto/wire.hpp"

namespace salve::kube::proto {

constexpr Wire wire_of(const Member& member) {
    return member.type == Type::number || member.type == Type::flag ? Wire::varint : Wire::bytes;
}

// Lives as long as the bytes.
struct Value {
    const Member* member = nullptr;  // what it is; null: nothing is there
    // Of a list or map: from its first field to the end of its last, with whatever is between; else what is in it.
    const char* data = nullptr;
    std::uint64_t size = 0;    // of data; a number or flag is here itself
    std::uint32_t fields = 0;  // how many a list or map has
    bool whole = true;         // false: one element of a list

    explicit operator bool() const { return member != nullptr; }
    bool is_list() const { return whole && member->manner == Manner::many; }
    bool is_map() const { return member->is_map(); }
    bool is_range() const { return is_list() || is_map(); }
    bool is(Type type) const { return member->type == type && !is_list(); }

    // All that it is read from. Not of a number or flag.
    std::string_view bytes() const { return {data, static_cast<std::size_t>(size)}; }

    // Of a list or map: another of its fields ends here.
    void go_on_to(const char* to) {
        size = static_cast<std::uint64_t>(to - data);
        ++fields;
    }

    // The text of a text or quantity, the one of an int_or_text if it is one; nothing of what is no text.
    std::optional<std::string_view> text() const {
        if (is(Type::text)) return bytes();
        return text_within();
    }
    std::optional<std::int64_t> number() const;  // the same of a number
    std::optional<bool> flag() const;
    // Nothing as well for a time outside of the years 1 to 9999.
    std::optional<base::Time> time() const;

private:
    std::optional<std::string_view> text_within() const;
};

// A whole object of that kind; both must outlive the values.
constexpr Value root(const Member& kind, std::string_view object) { return {&kind, object.data(), object.size()}; }

// One element of a list, or one entry of a map, after the other.
class Elements {
public:
    explicit Elements(Value list_or_map) : member_(list_or_map.member), left_(list_or_map.bytes()) {}
    // False at the end. Of a map the name is set too.
    bool next(Value& element, std::string_view& name);

private:
    const Member* member_;
    std::string_view left_;
};

// What stands in that field, which is one of the member's.
inline Value one_of(const Member& member, const WireField& field) {
    return {&member, field.bytes.data(), field.wire == Wire::varint ? field.value : field.bytes.size()};
}

// Takes a field of the member, which stands from one place to the other, into its value. The bytes of a time that is
// not set are none. JSON leaves out an `omitted` member that is zero. Of a member that is no list or map and stands
// there twice, the first counts.
inline void take(Value& value, const Member& member, const WireField& field, const char* from, const char* to) {
    if (value) {
        if (value.is_range()) value.go_on_to(to);
        return;
    }
    if (field.wire != wire_of(member)) wrong_type();
    if (member.manner == Manner::many || member.is_map()) {
        value = {&member, from, static_cast<std::uint64_t>(to - from), 1};
        return;
    }
    const bool none_there = field.bytes.empty() && field.value == 0;
    const bool is_time = member.type == Type::time || member.type == Type::micro_time;
    if (!none_there || (member.manner != Manner::omitted && !is_time)) value = one_of(member, field);
}

// The member of that name in the bytes of a message, as Wanted finds it.
Value find_in(const Message& message, std::string_view bytes, std::string_view name);

// Which members of a message are asked for, so that they are all found while its bytes are gone through once.
class Wanted {
public:
    // The names must outlive it.
    Wanted(const Message& message, std::span<const std::string_view> names);

    const Message& message() const { return *message_; }

    // Sets value(index of the name), a Value&, for each name whose member is there, as take() says.
    template <typename At>
    void find_in(std::string_view bytes, At value) const;

private:
    static constexpr std::uint8_t none = 0xFF, inlined = 0xFE;

    const Message* message_;
    std::array<std::uint8_t, Message::numbers> by_number_{};  // which name, inlined or none
    std::unique_ptr<const Wanted> inlined_;                   // of what JSON has in place of a member
};

template <typename At>
void Wanted::find_in(std::string_view bytes, At value) const {
    WireField field;
    for (const char* from = bytes.data(); take_field(bytes, field); from = bytes.data()) {
        const auto which = field.number < Message::numbers ? by_number_[field.number] : none;
        if (which == none) continue;
        if (which == inlined) {
            if (field.wire != Wire::bytes) wrong_type();
            inlined_->find_in(field.bytes, value);
            continue;
        }
        const auto& member = message_->members[message_->by_number[field.number]];
        take(value(which), member, field, from, bytes.data());
    }
}

}  // namespace salve::kube::proto
