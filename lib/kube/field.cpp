#include "kube/field.hpp"

#include <fmt/format.h>

#include <functional>

#include "base/end_hash.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"
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
    for (; step != Field::root_step; step = steps_[step].parent) {
        const Step& s = steps_[step];
        parts.push_back(s.key == nullptr ? fmt::format("[{}]", s.at) : spelled({s.key, s.key_size}));
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

std::string_view FieldContext::valid(std::string_view text) {
    if (base::is_valid_utf8(text)) return text;
    return mended_.emplace_back(base::sanitize_utf8(text));
}

proto::Elements Field::list_elements() const {
    if (!proto_.is_list()) fail("is not an array");
    return {context_->messages_, proto_};
}

proto::Elements Field::map_entries() const {
    if (!proto_.is_map()) fail("is not an object");
    return {context_->messages_, proto_};
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
    return Field(context_, value, context_->add(step_, key));
}

std::string_view Field::view() const {
    if (!there_) return {};
    if (proto_) {
        const auto text = context_->messages_.text(proto_);
        if (!text) fail("is not a string");
        return context_->valid(*text);
    }
    std::string_view text;
    if (value_.get(text) != simdjson::SUCCESS) fail("is not a string");
    return text;
}

std::optional<std::string> Field::maybe_text() const {
    if (!there_) return std::nullopt;
    return text();
}

std::string Field::scalar() const {
    if (!there_) return "";
    if (is_text()) return text();
    if (proto_) {
        if (const auto number = context_->messages_.number(proto_)) return std::to_string(*number);
        fail("is neither an integer nor a string");
    }
    std::int64_t number = 0;
    if (value_.get(number) != simdjson::SUCCESS) fail("is neither an integer nor a string");
    return std::to_string(number);
}

std::optional<std::int64_t> Field::maybe_long() const {
    if (!there_) return std::nullopt;
    if (proto_) {
        if (const auto number = context_->messages_.number(proto_)) return number;
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
    if (!there_) return std::nullopt;
    if (proto_) {
        if (const auto flag = context_->messages_.flag(proto_)) return flag;
        fail("is not true or false");
    }
    bool flag = false;
    if (value_.get(flag) != simdjson::SUCCESS) fail("is not true or false");
    return flag;
}

std::optional<base::Time> Field::time() const {
    if (!there_) return std::nullopt;
    const auto time = proto_ ? context_->messages_.time(proto_) : base::parse_time(view());
    if (!time) fail("is not a time");
    return time;
}

std::size_t Field::size() const {
    if (!there_) return 0;
    if (!proto_) return array().size();
    if (!proto_.is_list()) fail("is not an array");
    return context_->messages_.size(proto_);
}

std::vector<std::string> Field::texts() const {
    return list([](const Field& element) { return element.text(); });
}

base::TextMap Field::text_map() const {
    std::vector<base::TextMap::value_type> texts;
    if (there_) texts.reserve(proto_ ? context_->messages_.size(proto_) : object().size());
    members([&](std::string_view key, const Field& value) { texts.emplace_back(key, value.view()); });
    return base::TextMap(std::move(texts));
}

std::optional<std::string_view> Field::bytes() const {
    if (!there_ || !proto_) return std::nullopt;
    return context_->messages_.bytes(proto_);
}

bool Field::append_bytes_without(std::string_view member, std::string& out) const {
    if (!there_ || !proto_ || !proto_.is(proto::Type::message)) return false;
    const auto kept = context_->messages_.bytes_without(proto_, member);
    if (!kept) return false;
    const auto size = kept->first.size() + kept->second.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof size).append(kept->first).append(kept->second);
    return true;
}

}  // namespace salve::kube
