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
    bool is(Type type) const { return member->type == type && !is_list(); }

    // All that it is read from. Not of a number or flag.
    std::string_view bytes() const { return {data, static_cast<std::size_t>(size)}; }

    // All but `whole`.
    void set(const Member& its_member, const char* its_data, std::uint64_t its_size, std::uint32_t its_fields = 0) {
        member = &its_member;
        data = its_data;
        size = its_size;
        fields = its_fields;
    }
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

// What stands in a field as size of its Value: a number or flag itself.
inline std::uint64_t size_of(const WireField& field) {
    return field.wire == Wire::varint ? field.value : field.bytes.size();
}

// How the fields of one member are taken into its value.
struct Taking {
    const Member* member = nullptr;
    Wire wire = Wire::bytes;
    bool is_range = false;    // a list or map
    bool drops_none = false;  // of a single one: 0 or "" is not there, as JSON leaves it out; nor a time without bytes

    Taking() = default;
    explicit constexpr Taking(const Member& its_member)
        : member(&its_member),
          wire(wire_of(its_member)),
          is_range(its_member.manner == Manner::many || its_member.is_map()),
          drops_none(its_member.manner == Manner::omitted || its_member.type == Type::time ||
                     its_member.type == Type::micro_time) {}

    // Takes a field of the member, which stands from one place to the other. Of a member that is no list or map and
    // stands there twice, the first counts.
    void take(Value& value, const WireField& field, const char* from, const char* to) const {
        if (field.wire != wire) wrong_type();
        if (is_range) {
            if (value) return value.go_on_to(to);
            return value.set(*member, from, static_cast<std::uint64_t>(to - from), 1);
        }
        const auto size = size_of(field);
        if (!value && (size != 0 || !drops_none)) value.set(*member, field.bytes.data(), size);
    }
};

// Sets the value, which is not there yet, if the message has a member of that name in its bytes, as Wanted finds it.
void find_in(const Message& message, std::string_view bytes, std::string_view name, Value& found);

// Which members of a message are asked for, so that they are all found while its bytes are gone through once.
class Wanted {
public:
    // The names must outlive it; at most Message::most.
    Wanted(const Message& message, std::span<const std::string_view> names);

    const Message& message() const { return *message_; }

    // Sets value(index of the name), a Value&, for each name whose member is there, as take() says.
    template <typename At>
    void find_in(std::string_view bytes, At value) const;

private:
    static constexpr std::uint8_t none = 0xFF, inlined = 0xFE;

    const Message* message_;
    std::array<std::uint8_t, Message::numbers> by_number_{};  // which name, inlined or none
    std::array<Taking, Message::most> takings_{};             // by the name
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
        takings_[which].take(value(which), field, from, bytes.data());
    }
}

}  // namespace salve::kube::proto
