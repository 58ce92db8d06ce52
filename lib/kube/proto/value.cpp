#include "kube/proto/value.hpp"

namespace salve::kube::proto {
namespace {

// What stands in the entries of a map.
constexpr Member text_entry{2, "value", Type::text}, quantity_entry{2, "value", Type::quantity};
constexpr std::uint32_t entry_key = 1, entry_value = 2;

constexpr std::uint32_t quantity_string = 1;
constexpr std::uint32_t int_or_text_type = 1, int_or_text_int = 2, int_or_text_string = 3;
constexpr std::uint32_t time_seconds = 1, time_nanos = 2;

bool is_text_in(std::string_view int_or_text) { return number_at(int_or_text, int_or_text_type) != 0; }

}  // namespace

std::optional<std::string_view> Messages::text(Value value) const {
    const auto bytes = slots_[value.slot].bytes;
    if (value.is(Type::text)) return bytes;
    if (value.is(Type::quantity)) return bytes_at(bytes, quantity_string);
    if (value.is(Type::int_or_text) && is_text_in(bytes)) return bytes_at(bytes, int_or_text_string);
    return std::nullopt;
}

std::optional<std::int64_t> Messages::number(Value value) const {
    const auto& slot = slots_[value.slot];
    if (value.is(Type::number)) return static_cast<std::int64_t>(slot.number);
    if (value.is(Type::int_or_text) && !is_text_in(slot.bytes)) return number_at(slot.bytes, int_or_text_int);
    return std::nullopt;
}

std::optional<bool> Messages::flag(Value value) const {
    if (!value.is(Type::flag)) return std::nullopt;
    return slots_[value.slot].number != 0;
}

std::optional<base::Time> Messages::time(Value value) const {
    constexpr std::int64_t year_1 = -62'135'596'800, year_10000 = 253'402'300'800;  // seconds
    constexpr std::int64_t ns_in_us = 1000, us_in_s = 1'000'000;
    if (!value.is(Type::time) && !value.is(Type::micro_time)) return std::nullopt;
    const auto bytes = slots_[value.slot].bytes;
    const auto seconds = number_at(bytes, time_seconds);
    const auto ns = value.is(Type::time) ? 0 : number_at(bytes, time_nanos);
    if (seconds < year_1 || seconds >= year_10000 || ns < 0 || ns >= ns_in_us * us_in_s) return std::nullopt;
    return base::Time{seconds * us_in_s + ns / ns_in_us};
}

std::string_view Messages::bytes(Value value) const {
    const auto& slot = slots_[value.slot];
    return value.is_list() || value.is_map()
               ? std::string_view(slot.from, static_cast<std::size_t>(slot.to - slot.from))
               : slot.bytes;
}

std::optional<std::pair<std::string_view, std::string_view>> Messages::bytes_without(Value message,
                                                                                     std::string_view member) {
    const auto& type = *message.member->message;
    const auto index = entered(type, message.slot);
    const auto all = slots_[message.slot].bytes;
    const auto at = type.find(member);
    const auto slot = at == Message::unknown ? 0 : slot_of(index, at);
    if (slot == 0) return std::pair{all, std::string_view()};
    const auto& left_out = slots_[slot];
    if (left_out.apart) return std::nullopt;
    const auto before = static_cast<std::size_t>(left_out.from - all.data());
    const auto after = static_cast<std::size_t>(left_out.to - all.data());
    return std::pair{all.substr(0, before), all.substr(after)};
}

Value Messages::root(const Member& kind, std::string_view object) {
    known_.clear();
    used_ = 0;
    const auto slot = add_entry(object);
    slots_[slot].message = add(*kind.message, object);
    return {&kind, slot, true};
}

// Each field by itself: what was put together on the stack is slow to load again in wider pieces.
inline std::uint32_t Messages::add_slot(const WireField& field, const char* from, const char* to) {
    if (used_ == slots_.size()) slots_.resize(2 * slots_.size() + 64);
    auto& slot = slots_[used_];
    slot.from = from;
    slot.to = to;
    slot.bytes = field.bytes;
    slot.number = field.value;
    slot.fields = 1;
    slot.message = 0;
    slot.wire = field.wire;
    slot.apart = false;
    return used_++;
}

std::uint32_t Messages::add_entry(std::string_view bytes) {
    WireField field;
    field.wire = Wire::bytes;
    field.bytes = bytes;
    return add_slot(field, bytes.data(), bytes.data() + bytes.size());
}

std::uint32_t Messages::add(const Message& message, std::string_view bytes) {
    Known known{used_, {}};
    WireField field;
    for (const char* from = bytes.data(); take_field(bytes, field); from = bytes.data()) {
        const auto member = field.number < Message::numbers ? message.by_number[field.number] : Message::unknown;
        if (member == Message::unknown) continue;
        if (auto& at = known.at[member]; at == 0) {
            at = static_cast<std::uint8_t>(add_slot(field, from, bytes.data()) - known.first + 1);
        } else {
            auto& slot = slots_[known.first + at - 1];
            slot.apart |= slot.to != from;
            slot.to = bytes.data();
            ++slot.fields;
        }
    }
    known_.push_back(known);
    return static_cast<std::uint32_t>(known_.size() - 1);
}

void Messages::enter(const Message& message, std::uint32_t slot) {
    const auto index = add(message, slots_[slot].bytes);
    slots_[slot].message = index;
}

Value Messages::find_inlined(const Message& message, std::uint32_t index, std::string_view name) {
    for (std::size_t at = 0; at < message.count; ++at) {
        const auto& member = message.members[at];
        const auto slot = slot_of(index, at);
        if (!member.is_inlined() || slot == 0) continue;
        if (slots_[slot].wire != Wire::bytes) wrong_type();
        if (const auto found = find({&member, slot, true}, name)) return found;
    }
    return {};
}

Value Messages::find_entry(Value map, std::string_view name) {
    Value entry;
    std::string_view key;
    for (Elements entries(*this, map); entries.next(entry, key);)
        if (key == name) return entry;
    return {};
}

Elements::Elements(Messages& messages, Value list_or_map) : messages_(&messages), member_(list_or_map.member) {
    const auto& slot = messages.slots_[list_or_map.slot];
    left_ = {slot.from, static_cast<std::size_t>(slot.to - slot.from)};
}

bool Elements::next(Value& element, std::string_view& name) {
    WireField field;
    while (take_field(left_, field)) {
        if (field.number != member_->number) continue;
        if (field.wire != wire_of(*member_)) wrong_type();
        if (member_->is_map()) {
            name = bytes_at(field.bytes, entry_key);
            const auto slot = messages_->add_entry(bytes_at(field.bytes, entry_value));
            element = {member_->type == Type::text_map ? &text_entry : &quantity_entry, slot, true};
        } else {
            element = {member_, messages_->add_slot(field, field.bytes.data(), left_.data()), false};
        }
        return true;
    }
    return false;
}

}  // namespace salve::kube::proto
