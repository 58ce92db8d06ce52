#include "kube/field.hpp"

#include <fmt/format.h>

#include <cstring>
#include <functional>

#include "base/end_hash.hpp"
#include "base/error.hpp"
#include "kube/recall.hpp"

namespace salve::kube {
namespace {

// A field name as a path has it: .name, or ["a.b/c"] when a dot would mislead.
std::string spelled(std::string_view key) {
    const bool plain = key.find_first_of(".[]\"/ ") == std::string_view::npos && !key.empty();
    return plain ? fmt::format(".{}", key) : fmt::format("[\"{}\"]", key);
}

}  // namespace

FieldContext::FieldContext(std::string_view what, const base::Redactor& redactor)
    : what_(what), redactor_(&redactor), recalls_(std::make_unique<Recalls>()) {}

FieldContext::~FieldContext() = default;

FieldContext::Clean* FieldContext::place_of(std::string_view key, std::string_view text) {
    constexpr std::size_t places = 1024, longest = 512;
    if (key.size() + text.size() > longest) return nullptr;
    if (clean_.empty()) clean_.resize(places);
    const std::hash<std::string_view> hash;
    return &clean_[(hash(text) + 31 * hash(key)) % places];
}

template <typename Search>
auto FieldContext::searched(std::string_view key, std::string_view text, Search search) {
    auto* place = text.empty() ? nullptr : place_of(key, text);
    if (place && place->key == key && place->text == text) return decltype(search())(text);
    auto cleaned = search();
    if (cleaned != text) ++cleaned_;
    if (place && cleaned == text) *place = {std::string(key), std::string(text)};
    return cleaned;
}

std::string FieldContext::clean(std::string_view text) {
    return searched("", text, [&] { return redactor_->text(text); });
}

std::optional<std::string> FieldContext::clean_annotation(std::string_view key, std::string_view text) {
    return searched(key, text, [&] { return redactor_->annotation(key, text); });
}

// Noted as one text. No argument of a process has a NUL in it, and where one of the JSON has, it may go unnoted.
std::vector<std::string> FieldContext::clean_args(std::vector<std::string> arguments) {
    constexpr std::string_view args_key = "(args)";
    constexpr char separator = '\0';
    std::string joined;
    for (const auto& argument : arguments) {
        if (argument.find(separator) != std::string::npos) {
            ++cleaned_;  // as far as is known
            return redactor_->args(arguments);
        }
        joined.append(argument) += separator;
    }
    auto* place = arguments.empty() ? nullptr : place_of(args_key, joined);
    if (place && place->key == args_key && place->text == joined) return arguments;
    auto cleaned = redactor_->args(arguments);
    if (cleaned != arguments) ++cleaned_;
    if (place && cleaned == arguments) *place = {std::string(args_key), std::move(joined)};
    return cleaned;
}

bool FieldContext::is_open_env(base::Symbol name) {
    auto& place = env_[base::end_hash(name) % env_.size()];
    if (!(place.name == name)) place = {name, base::is_open_env(name)};
    return place.is_open;
}

std::string FieldContext::path(std::uint32_t step) const {
    std::vector<std::string> parts;
    for (; step != Field::no_step; step = steps_[step].parent) {
        const Step& s = steps_[step];
        parts.push_back(s.key == nullptr ? fmt::format("[{}]", s.size) : spelled({s.key, s.size}));
    }
    std::string path;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) path += *part;
    if (!path.empty() && path.front() == '.') path.erase(0, 1);
    return path.empty() ? "the object" : path;
}

void FieldContext::fail(std::uint32_t step, std::string_view reason) const {
    const std::string whose = name_.empty() ? std::string(what_) : fmt::format("{} \"{}\"", what_, name_);
    throw base::Error(base::ErrorKind::cluster_unreadable, fmt::format("{}: {} {}", whose, path(step), reason));
}

std::string_view FieldContext::mended(std::string_view text) { return mended_.emplace_back(base::sanitize_utf8(text)); }

proto::Elements Field::list_elements() const {
    if (!proto_.is_list()) fail("is not an array");
    return proto::Elements(proto_);
}

proto::Elements Field::map_entries() const {
    if (!proto_.is_map()) fail("is not an object");
    return proto::Elements(proto_);
}

simdjson::dom::array Field::array() const {
    simdjson::dom::array elements;
    if (value_.get(elements) != simdjson::SUCCESS) fail("is not an array");
    return elements;
}

simdjson::dom::object Field::object() const {
    simdjson::dom::object members;
    if (value_.get(members) != simdjson::SUCCESS) fail("is not an object");
    return members;
}

Field Field::member_of_json(std::string_view key) const {
    simdjson::dom::element value;
    if (object().at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return Field(context_);
    return Field(context_, value, member(key, step()));
}

Field Field::operator[](std::string_view key) const {
    if (kind_ == Kind::none) return Field(context_);
    if (kind_ == Kind::json) return member_of_json(key);
    Field found(context_);
    if (proto_.is_map()) {
        std::string_view name;
        for (auto entries = map_entries(); entries.next(found.proto_, name);)
            if (context_->valid(name) == key) {
                found.kind_ = Kind::proto;
                break;
            }
    } else {
        if (!proto_.is(proto::Type::message)) fail("is not an object");
        proto::find_in(*proto_.member->message, proto_.bytes(), key, found.proto_);
        if (found.proto_) found.kind_ = Kind::proto;
    }
    if (found) found.reached_ = member(key, step());
    return found;
}

const proto::Wanted& Field::wanted_of(std::atomic<const Known*>& known, const proto::Message& message, NameList names) {
    const auto* first = known.load(std::memory_order_acquire);
    for (const auto* one = first; one != nullptr; one = one->next)
        if (&one->wanted.message() == &message) return one->wanted;
    // Where several threads come here at once, each adds the same.
    auto* made = new Known{proto::Wanted(message, names), first};
    while (!known.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
    }
    return made->wanted;
}

void Field::fill(std::atomic<const Known*>& known, NameList names, Field* found) const {
    if (kind_ == Kind::json) {
        for (std::size_t at = 0; at < names.size(); ++at) found[at] = member_of_json(names[at]);
        return;
    }
    if (!proto_.is(proto::Type::message)) fail("is not an object");
    const auto parent = step();
    wanted_of(known, *proto_.member->message, names).find_in(proto_.bytes(), [&](std::size_t at) -> proto::Value& {
        found[at].reached_ = member(names[at], parent);
        return found[at].proto_;
    });
    for (std::size_t at = 0; at < names.size(); ++at)
        if (found[at].proto_) found[at].kind_ = Kind::proto;
}

std::string_view Field::view() const {
    if (!*this) return {};
    if (kind_ == Kind::proto) {
        const auto text = proto_.text();
        if (!text) fail("is not a string");
        return context_->valid(*text);
    }
    std::string_view text;
    if (value_.get(text) != simdjson::SUCCESS) fail("is not a string");
    return text;
}

std::optional<std::string> Field::maybe_text() const {
    if (!*this) return std::nullopt;
    return text();
}

std::string Field::scalar() const {
    if (!*this) return "";
    if (is_text()) return text();
    if (kind_ == Kind::proto) {
        if (const auto number = proto_.number()) return std::to_string(*number);
        fail("is neither an integer nor a string");
    }
    std::int64_t number = 0;
    if (value_.get(number) != simdjson::SUCCESS) fail("is neither an integer nor a string");
    return std::to_string(number);
}

std::optional<std::int64_t> Field::maybe_long() const {
    if (!*this) return std::nullopt;
    if (kind_ == Kind::proto) {
        if (const auto number = proto_.number()) return number;
        fail("is not an integer");
    }
    std::int64_t number = 0;
    const auto error = value_.get(number);
    if (error == simdjson::NUMBER_OUT_OF_RANGE) fail("is out of range");
    if (error != simdjson::SUCCESS) fail("is not an integer");
    return number;
}

std::optional<int> Field::maybe_number() const {
    const auto number = maybe_long();
    if (!number) return std::nullopt;
    if (*number < std::numeric_limits<int>::min() || *number > std::numeric_limits<int>::max()) fail("is out of range");
    return static_cast<int>(*number);
}

std::optional<bool> Field::maybe_flag() const {
    if (!*this) return std::nullopt;
    if (kind_ == Kind::proto) {
        if (const auto flag = proto_.flag()) return flag;
        fail("is not true or false");
    }
    bool flag = false;
    if (value_.get(flag) != simdjson::SUCCESS) fail("is not true or false");
    return flag;
}

std::optional<base::Time> Field::time() const {
    if (!*this) return std::nullopt;
    const auto time = kind_ == Kind::proto ? proto_.time() : base::parse_time(view());
    if (!time) fail("is not a time");
    return time;
}

std::size_t Field::size() const {
    if (!*this) return 0;
    if (kind_ == Kind::json) return array().size();
    if (!proto_.is_list()) fail("is not an array");
    return proto_.fields;
}

std::vector<std::string> Field::texts() const {
    return list([](const Field& element) { return element.text(); });
}

base::TextMap Field::text_map() const {
    std::vector<base::TextMap::value_type> texts;
    if (*this) texts.reserve(kind_ == Kind::proto ? proto_.fields : object().size());
    members([&](std::string_view key, const Field& value) { texts.emplace_back(key, value.view()); });
    return base::TextMap(std::move(texts));
}

std::optional<std::string_view> Field::bytes() const {
    if (kind_ != Kind::proto) return std::nullopt;
    return proto_.bytes();
}

bool Field::append_bytes_without(std::string_view member, std::string& out) const {
    if (kind_ != Kind::proto || !proto_.is(proto::Type::message)) return false;
    const auto* left_out = proto_.member->message->find(member);
    const auto number = left_out == nullptr ? 0 : left_out->number;
    const auto before = out.size();
    std::size_t size = 0;
    out.append(sizeof size, '\0');
    auto left = proto_.bytes();
    const char* kept_to = left.data();
    proto::WireField field;
    for (const char* from = left.data(); proto::take_field(left, field); from = left.data()) {
        if (field.number != number) continue;
        out.append(kept_to, from);
        kept_to = left.data();
    }
    out.append(kept_to, left.data());
    size = out.size() - before - sizeof size;
    std::memcpy(out.data() + before, &size, sizeof size);
    return true;
}

}  // namespace salve::kube
