#include "kube/proto/wire.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

#include "proto_bytes.hpp"

using namespace salve::kube::proto;
using salve::testing::field;
using salve::testing::tag;
using salve::testing::varint;

namespace {

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

struct Number {
    bool whole = false;
    std::uint64_t value = 0;
    std::size_t left = 0;  // bytes of the text
    bool operator==(const Number&) const = default;
};

Number number_of(std::string_view text) {
    Number number;
    number.whole = take_varint(text, number.value);
    number.left = text.size();
    return number;
}

struct Read {
    std::uint32_t number = 0;
    Wire wire = Wire::varint;
    std::uint64_t value = 0;
    std::string bytes;
    bool operator==(const Read&) const = default;
};

Read read_of(const WireField& one) { return {one.number, one.wire, one.value, std::string(one.bytes)}; }

std::vector<Read> fields_of(std::string_view message) {
    std::vector<Read> fields;
    for (WireField one; take_field(message, one);) fields.push_back(read_of(one));
    return fields;
}

// The same without the short cut.
std::vector<Read> any_fields_of(std::string_view message) {
    std::vector<Read> fields;
    for (WireField one; !message.empty(); fields.push_back(read_of(one))) take_any_field(message, one);
    return fields;
}

// What is said of it, or that nothing is.
std::string fault_of(std::vector<Read> (*read)(std::string_view), const std::string& message) try {
    read(message);
    return "none";
} catch (const Malformed& error) {
    return error.what();
}

}  // namespace

TEST_CASE("a number is as many bytes as it needs, up to ten") {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{16'384},
                                      largest >> 1, (largest >> 1) + 1, largest}) {
        CAPTURE(value);
        CHECK(number_of(varint(value)) == Number{true, value, 0});
        CHECK(number_of(varint(value) + "ab") == Number{true, value, 2});
    }
    CHECK(varint(127).size() == 1);
    CHECK(varint(128).size() == 2);
    CHECK(varint(largest).size() == 10);
}

TEST_CASE("a number may be written with more bytes than it needs") {
    CHECK(number_of(std::string("\x80\0", 2)) == Number{true, 0, 0});
    CHECK(number_of(std::string(8, '\x80') + '\x80' + '\0') == Number{true, 0, 0});
    CHECK(number_of("\x81" + std::string(8, '\x80') + '\1') == Number{true, (1ULL << 63) + 1, 0});
}

TEST_CASE("a number of more than 64 bits is none") {
    const std::string nine(9, '\xff');
    CHECK(number_of(nine + '\x01') == Number{true, largest, 0});
    CHECK_THROWS_AS(number_of(nine + '\x02'), Malformed);
    CHECK_THROWS_AS(number_of(nine + '\x80'), Malformed);
    CHECK_THROWS_AS(number_of(nine + std::string("\x81\0", 2)), Malformed);
    CHECK_THROWS_AS(number_of(std::string(11, '\x80')), Malformed);
    CHECK_THROWS_AS(number_of(std::string(100'000, '\xff')), Malformed);
}

TEST_CASE("a number that is cut is not there, and its text stays") {
    CHECK(number_of("") == Number{false, 0, 0});
    for (const std::uint64_t value : {std::uint64_t{128}, std::uint64_t{16'384}, largest}) {
        const auto text = varint(value);
        for (std::size_t size = 0; size < text.size(); ++size) {
            const auto cut = number_of(std::string_view(text).substr(0, size));
            CHECK_FALSE(cut.whole);
            CHECK(cut.left == size);
        }
    }
}

TEST_CASE("a tag is a number from 1 to 2^29 - 1, and one of four types") {
    constexpr std::uint64_t most = (1U << 29) - 1;
    for (const auto wire : {Wire::varint, Wire::fixed64, Wire::bytes, Wire::fixed32})
        for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{15}, std::uint64_t{16}, most}) {
            const auto one = field_of_tag(number << 3 | static_cast<std::uint64_t>(wire));
            CHECK(one.number == number);
            CHECK(one.wire == wire);
            CHECK(one.value == 0);
            CHECK(one.bytes.empty());
        }
    for (const std::uint64_t wire : {0u, 1u, 2u, 5u}) {
        CHECK_THROWS_AS(field_of_tag(wire), Malformed);
        CHECK_THROWS_AS(field_of_tag((most + 1) << 3 | wire), Malformed);
        CHECK_THROWS_AS(field_of_tag((largest & ~std::uint64_t{7}) | wire), Malformed);
    }
    for (const std::uint64_t wire : {3u, 4u, 6u, 7u}) CHECK_THROWS_AS(field_of_tag(1 << 3 | wire), Malformed);
}

TEST_CASE("a field of every type is read, and the next one stands behind it") {
    const auto message = field(1, largest) + tag(2, 1) + "8 bytes." + field(3, "text") + tag(4, 5) + "four" +
                         field(5, "") + field(6, 0) + field(1000, std::string(1000, 'x'));
    const std::vector<Read> fields{{1, Wire::varint, largest, ""},
                                   {2, Wire::fixed64, 0, ""},
                                   {3, Wire::bytes, 0, "text"},
                                   {4, Wire::fixed32, 0, ""},
                                   {5, Wire::bytes, 0, ""},
                                   {6, Wire::varint, 0, ""},
                                   {1000, Wire::bytes, 0, std::string(1000, 'x')}};
    CHECK(fields_of(message) == fields);
    CHECK(any_fields_of(message) == fields);
    CHECK(fields_of("").empty());
}

TEST_CASE("what a field holds is a view on the message") {
    const auto message = field(1, "short") + field(1, std::string(200, 'x'));
    std::string_view left = message;
    WireField one;
    CHECK(take_field(left, one));
    CHECK(one.bytes.data() == message.data() + 2);
    CHECK(take_field(left, one));
    CHECK(one.bytes.data() == message.data() + message.size() - 200);
    CHECK_FALSE(take_field(left, one));
}

TEST_CASE("a message that is cut within a field is none") {
    const std::string whole[] = {
        field(1, largest),   tag(2, 1) + "8 bytes.",          field(3, "text"),     tag(4, 5) + "four",
        field(1000, "text"), field(3, std::string(127, 'x')), field(1000, largest), field(3, std::string(128, 'x'))};
    for (const auto& one : whole)
        for (std::size_t size = 1; size < one.size(); ++size) {
            CHECK(fault_of(fields_of, one.substr(0, size)) == "it ends early");
            CHECK(fault_of(any_fields_of, field(1, "before") + one.substr(0, size)) == "it ends early");
        }
}

TEST_CASE("a length beyond the end is none, however large") {
    for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1} << 32,
                                       largest >> 1, largest - 1, largest}) {
        CAPTURE(length);
        CHECK(fault_of(fields_of, tag(1, 2) + varint(length) + "ab") == "it ends early");
        CHECK(fault_of(any_fields_of, tag(1, 2) + varint(length) + "ab") == "it ends early");
        CHECK(fault_of(fields_of, tag(16, 2) + varint(length) + "ab") == "it ends early");
    }
}

TEST_CASE("the short cut and the long way agree") {
    for (const std::uint64_t number : {1u, 15u, 16u, 2047u, 2048u})
        for (const std::size_t length : {0u, 1u, 126u, 127u, 128u, 129u, 16'383u, 16'384u})
            for (const char* behind : {"", "\x08\x01"}) {
                CAPTURE(number);
                CAPTURE(length);
                const auto message = tag(number, 2) + varint(length) + std::string(length, 'x') + behind;
                const auto fields = fields_of(message);
                CHECK(fields.at(0) ==
                      Read{static_cast<std::uint32_t>(number), Wire::bytes, 0, std::string(length, 'x')});
                CHECK(fields == any_fields_of(message));
            }
}

TEST_CASE("of any bytes both ways say the same") {
    std::mt19937 random(17);
    constexpr std::string_view common("\x0a\x12\x1a\x7a\x82\x00\x01\x02\x7f\x80\x08\x0d\x09\x0b\x0f", 15);
    int good = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string message;
        for (auto left = random() % 12; left > 0; --left)
            message += random() % 4 == 0 ? static_cast<char>(random() & 0xff) : common[random() % common.size()];
        const auto fault = fault_of(any_fields_of, message);
        REQUIRE(fault_of(fields_of, message) == fault);
        if (fault != "none") continue;
        REQUIRE(fields_of(message) == any_fields_of(message));
        ++good;
    }
    CHECK(good > 1000);
}

TEST_CASE("what is asked for is in the first field of its number") {
    const auto message = field(1, "first") + field(2, 7) + field(1, "second") + field(2, 8) + field(3, largest);
    CHECK(bytes_at(message, 1) == "first");
    CHECK(number_at(message, 2) == 7);
    CHECK(number_at(message, 3) == -1);
    CHECK(bytes_at(message, 4) == "");
    CHECK(number_at(message, 4) == 0);
    CHECK(bytes_at("", 1) == "");
    CHECK(number_at("", 1) == 0);
    CHECK(number_at(field(1, 300) + field(1, 2), 1) == 300);
    CHECK(number_at(field(15, 300), 15) == 300);
    CHECK(number_at(field(16, 300), 16) == 300);
    const auto cut = field(1, largest).substr(0, 5);
    CHECK_THROWS_AS(number_at(cut, 1), Malformed);
}

TEST_CASE("what is asked for has its type") {
    const auto message = field(1, "text") + field(2, 7) + tag(3, 1) + "8 bytes." + tag(4, 5) + "four";
    for (const std::uint32_t number : {2u, 3u, 4u}) CHECK_THROWS_AS(bytes_at(message, number), Malformed);
    for (const std::uint32_t number : {1u, 3u, 4u}) CHECK_THROWS_AS(number_at(message, number), Malformed);
    // Also where one of the right type comes later.
    CHECK_THROWS_AS(bytes_at(field(1, 7) + field(1, "text"), 1), Malformed);
    CHECK_THROWS_AS(number_at(field(1, "text") + field(1, 7), 1), Malformed);
}

TEST_CASE("a message that is none up to what is asked for is refused") {
    const auto broken = tag(1, 3) + field(2, "text");
    CHECK_THROWS_AS(bytes_at(broken, 2), Malformed);
    CHECK_THROWS_AS(number_at(field(2, "text") + "\x08", 1), Malformed);
    CHECK(bytes_at(field(2, "text") + "\x08", 2) == "text");
}
