#include "kube/proto/value.hpp"

namespace salve::kube::proto {
namespace {

// What stands in the entries of a map.
constexpr Member text_entry{2, "value", Type::text}, quantity_entry{2, "value", Type::quantity};
constexpr std::uint32_t entry_key = 1, entry_value = 2;

constexpr std::uint32_t quantity_string = 1;
constexpr std::uint32_t int_or_text_type = 1, int_or_text_int = 2, int_or_text_string = 3;
constexpr std::uint32_t time_seconds = 1, time_nanos = 2;

struct Entry {
    std::string_view key, value;
};

// Of a key or value that stands there twice, the last counts. Nobody writes one.
Entry entry_of(std::string_view bytes) {
    Entry entry;
    for (WireField field; take_field(bytes, field);) {
        if (field.number != entry_key && field.number != entry_value) continue;
        if (field.wire != Wire::bytes) wrong_type();
        (field.number == entry_key ? entry.key : entry.value) = field.bytes;
    }
    return entry;
}

bool is_text_in(std::string_view int_or_text) { return number_at(int_or_text, int_or_text_type) != 0; }

}  // namespace

std::optional<std::string_view> Value::text_within() const {
    if (is(Type::quantity)) return bytes_at(bytes(), quantity_string);
    if (is(Type::int_or_text) && is_text_in(bytes())) return bytes_at(bytes(), int_or_text_string);
    return std::nullopt;
}

std::optional<std::int64_t> Value::number() const {
    if (is(Type::number)) return static_cast<std::int64_t>(size);
    if (is(Type::int_or_text) && !is_text_in(bytes())) return number_at(bytes(), int_or_text_int);
    return std::nullopt;
}

std::optional<bool> Value::flag() const {
    if (!is(Type::flag)) return std::nullopt;
    return size != 0;
}

std::optional<base::Time> Value::time() const {
    constexpr std::int64_t year_1 = -62'135'596'800, year_10000 = 253'402'300'800;  // seconds
    constexpr std::int64_t ns_in_us = 1000, us_in_s = 1'000'000;
    if (!is(Type::time) && !is(Type::micro_time)) return std::nullopt;
    const auto seconds = number_at(bytes(), time_seconds);
    const auto ns = is(Type::time) ? 0 : number_at(bytes(), time_nanos);
    if (seconds < year_1 || seconds >= year_10000 || ns < 0 || ns >= ns_in_us * us_in_s) return std::nullopt;
    return base::Time{seconds * us_in_s + ns / ns_in_us};
}

bool Elements::next(Value& element, std::string_view& name) {
    WireField field;
    while (take_field(left_, field)) {
        if (field.number != member_->number) continue;
        if (field.wire != wire_of(*member_)) wrong_type();
        if (member_->is_map()) {
            const auto entry = entry_of(field.bytes);
            name = entry.key;
            element.set(member_->type == Type::text_map ? text_entry : quantity_entry, entry.value.data(),
                        entry.value.size());
        } else {
            element.set(*member_, field.bytes.data(), size_of(field));
            element.whole = false;
        }
        return true;
    }
    return false;
}

void find_in(const Message& message, std::string_view bytes, std::string_view name, Value& found) {
    const auto* member = message.find(name);
    const auto* inlined = member == nullptr ? message.inlined() : nullptr;
    const auto* sought = inlined ? inlined : member;
    if (sought == nullptr) return;
    Value within;
    Value& into = inlined ? within : found;
    const Taking taking(*sought);
    WireField field;
    for (const char* from = bytes.data(); take_field(bytes, field); from = bytes.data()) {
        if (field.number != sought->number) continue;
        taking.take(into, field, from, bytes.data());
        if (into && !taking.is_range) break;
    }
    if (within) find_in(*inlined->message, within.bytes(), name, found);
}

Wanted::Wanted(const Message& message, std::span<const std::string_view> names) : message_(&message) {
    by_number_.fill(none);
    bool are_all = true;
    for (std::size_t at = 0; at < names.size(); ++at) {
        const auto* member = message.find(names[at]);
        if (member != nullptr) {
            by_number_[member->number] = static_cast<std::uint8_t>(at);
            takings_.at(at) = Taking(*member);
        }
        are_all &= member != nullptr;
    }
    const auto* in_place = message.inlined();
    if (in_place == nullptr || are_all) return;
    inlined_ = std::make_unique<const Wanted>(*in_place->message, names);
    by_number_[in_place->number] = inlined;
}

}  // namespace salve::kube::proto
