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
    constexpr unsigned more = 0x80, low = 0x7F, bits = 7, wire_bits = 7;
    // Nearly all of them have a number below 2048, and a length below 16384 or a value below 128.
    constexpr std::size_t longest_head = 4;
    if (message.size() >= longest_head) {
        const auto byte = [&](std::size_t at) { return unsigned{static_cast<unsigned char>(message[at])}; };
        std::size_t at = 1;
        unsigned tag = byte(0);
        if (tag >= more) tag = (tag & low) | byte(at++) << bits;
        const auto wire = static_cast<Wire>(tag & wire_bits);
        unsigned value = byte(at++);
        if (value >= more && wire == Wire::bytes) value = (value & low) | byte(at++) << bits;
        const bool is_short = tag > wire_bits && tag < (more << bits) && value < (more << bits);
        if (is_short && wire == Wire::bytes && value <= message.size() - at) {
            field = {tag >> 3, wire, 0, {message.data() + at, value}};
            message.remove_prefix(at + value);
            return true;
        }
        if (is_short && wire == Wire::varint && value < more) {
            field = {tag >> 3, wire, value, {message.data() + at, 0}};
            message.remove_prefix(at);
            return true;
        }
    }
    // With variables of its own, so that the caller's need not be in memory.
    std::string_view rest = message;
    WireField found;
    take_any_field(rest, found);
    message = rest;
    field = found;
    return true;
}

// What is in the first field of that number: none if it is not there, Malformed if it is of another type.
std::string_view bytes_at(std::string_view message, std::uint32_t number);
std::int64_t number_at(std::string_view message, std::uint32_t number);

}  // namespace salve::kube::proto
