#include "kube/proto/wire.hpp"

namespace salve::kube::proto {
namespace {

[[noreturn]] void ends_early() { throw Malformed("it ends early"); }

void skip(std::string_view& message, std::uint64_t bytes) {
    if (bytes > message.size()) ends_early();
    message.remove_prefix(static_cast<std::size_t>(bytes));
}

}  // namespace

void wrong_type() { throw Malformed("a field has another type"); }

bool take_varint(std::string_view& text, std::uint64_t& value) {
    constexpr unsigned bits = 7, last_shift = 63;
    constexpr unsigned char more = 0x80;
    value = 0;
    unsigned shift = 0;
    for (std::size_t at = 0; at < text.size(); ++at, shift += bits) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (shift == last_shift && byte > 1) throw Malformed("a number has more than 64 bits");
        value |= static_cast<std::uint64_t>(byte & ~more) << shift;
        if (byte & more) continue;
        text.remove_prefix(at + 1);
        return true;
    }
    return false;
}

WireField field_of_tag(std::uint64_t tag) {
    constexpr unsigned wire_bits = 3, wire_mask = 7;
    constexpr std::uint64_t largest = (1U << 29) - 1;
    const auto number = tag >> wire_bits;
    if (number == 0 || number > largest) throw Malformed("a field has no valid number");
    const auto wire = static_cast<Wire>(tag & wire_mask);
    if (wire != Wire::varint && wire != Wire::fixed64 && wire != Wire::bytes && wire != Wire::fixed32)
        throw Malformed("a field has no valid type");
    WireField field;
    field.number = static_cast<std::uint32_t>(number);
    field.wire = wire;
    return field;
}

void take_any_field(std::string_view& message, WireField& field) {
    std::uint64_t tag = 0, length = 0;
    if (!take_varint(message, tag)) ends_early();
    field = field_of_tag(tag);
    switch (field.wire) {
        case Wire::varint:
            if (!take_varint(message, field.value)) ends_early();
            break;
        case Wire::bytes:
            if (!take_varint(message, length)) ends_early();
            field.bytes = message;
            skip(message, length);
            field.bytes.remove_suffix(message.size());
            break;
        case Wire::fixed64:
            skip(message, sizeof(std::uint64_t));
            break;
        case Wire::fixed32:
            skip(message, sizeof(std::uint32_t));
            break;
    }
}

namespace {

bool take_field(std::string_view& message, std::uint32_t number, WireField& field) {
    while (proto::take_field(message, field))
        if (field.number == number) return true;
    return false;
}

}  // namespace

std::string_view bytes_at(std::string_view message, std::uint32_t number) {
    WireField field;
    if (!take_field(message, number, field)) return {};
    if (field.wire != Wire::bytes) wrong_type();
    return field.bytes;
}

std::int64_t number_at(std::string_view message, std::uint32_t number) {
    WireField field;
    // Most stand at the beginning of their message, and have a tag of one byte.
    constexpr unsigned below = 16, wire_bits = 3;
    if (number < below && !message.empty() && static_cast<unsigned char>(message.front()) == number << wire_bits) {
        message.remove_prefix(1);
        if (!take_varint(message, field.value)) ends_early();
        return static_cast<std::int64_t>(field.value);
    }
    if (!take_field(message, number, field)) return 0;
    if (field.wire != Wire::varint) wrong_type();
    return static_cast<std::int64_t>(field.value);
}

}  // namespace salve::kube::proto
