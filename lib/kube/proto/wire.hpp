// The bytes of protocol buffers, one field after the other (protobuf.dev, "Encoding"). What they mean is not known
// here.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace salve::kube::proto {

// The bytes are no protocol buffer, or not of the message they should be.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
    std::uint32_t number = 0;
    Wire wire = Wire::varint;
    std::uint64_t value = 0;  // of a varint; the other numbers are skipped, as Kubernetes has none that we read
    std::string_view bytes;   // of Wire::bytes
};

// Throws Malformed: a field has not the type that it should have.
[[noreturn]] void wrong_type();

// A number of at most 64 bits at the beginning of the text, which is shortened by it. False where the text ends within
// it; Malformed where it has more than 64 bits.
bool take_varint(std::string_view& text, std::uint64_t& value);

// The number and type of a field out of its tag. Malformed for the groups of old, which Kubernetes never used.
WireField field_of_tag(std::uint64_t tag);

// The next field off a message that is not at its end.
void take_any_field(std::string_view& message, WireField& field);

// Reads the next field off the message; false at its end. Malformed where the message ends within it.
inline bool take_field(std::string_view& message, WireField& field) {
    if (message.empty()) return false;
    constexpr unsigned char more = 0x80, wire_bits = 7;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(message[at]); };
    const auto found = [&](Wire wire, std::uint64_t value, std::size_t head, std::size_t length) {
        field.number = byte(0) >> 3;
        field.wire = wire;
        field.value = value;
        field.bytes = {message.data() + head, length};
        message.remove_prefix(head + length);
        return true;
    };
    // Nearly all of them have a number below 16, and a length below 16384 or a value below 128.
    if (message.size() > 1 && byte(0) < more && byte(0) > wire_bits) {
        const auto wire = static_cast<Wire>(byte(0) & wire_bits);
        if (byte(1) < more) {
            if (wire == Wire::varint) return found(wire, byte(1), 2, 0);
            if (wire == Wire::bytes && byte(1) <= message.size() - 2) return found(wire, 0, 2, byte(1));
        } else if (wire == Wire::bytes && message.size() > 2 && byte(2) < more) {
            const std::size_t length = (byte(1) & ~more) | std::size_t{byte(2)} << 7;
            if (length <= message.size() - 3) return found(wire, 0, 3, length);
        }
    }
    take_any_field(message, field);
    return true;
}

// What is in the first field of that number: none if it is not there, Malformed if it is of another type.
std::string_view bytes_at(std::string_view message, std::uint32_t number);
std::int64_t number_at(std::string_view message, std::uint32_t number);

}  // namespace salve::kube::proto
