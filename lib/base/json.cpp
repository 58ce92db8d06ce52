#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace salve::base {
namespace {

using nlohmann::json;

// Reads bytes and leaves behind how far the parser has come: the SAX calls do not say.
class Tracked {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;
    Tracked(const char* at, const char** reached) : at_(at), reached_(reached) {}
    reference operator*() const { return *at_; }
    Tracked& operator++() {
        *reached_ = ++at_;
        return *this;
    }
    Tracked operator++(int) {
        Tracked old = *this;
        ++*this;
        return old;
    }
    bool operator==(const Tracked& other) const { return at_ == other.at_; }
    bool operator!=(const Tracked& other) const { return at_ != other.at_; }

private:
    const char* at_;
    const char** reached_;
};

// Builds the value and keeps the limits while it does: nothing is ever deeper or larger than allowed, not even for a
// moment. `reason` says why it stopped.
class Builder : public nlohmann::json_sax<json> {
public:
    explicit Builder(const JsonLimits& limits) : limits_(limits) {}
    json root;
    std::string reason;
    std::size_t position = 0;  // only set when the text is no JSON at all

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }  // the parser is done with it
    bool binary(binary_t&) override { return stop("binary"); }
    bool start_object(std::size_t) override { return open(json::object()); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        const auto [member, fresh] = open_.back()->get_ref<json::object_t&>().try_emplace(name);
        member_ = &member->second;
        return fresh || stop("duplicate key " + quoted(cut(name, 80)));
    }
    bool parse_error(std::size_t at, const std::string&, const nlohmann::detail::exception& error) override {
        position = std::max<std::size_t>(at, 1);
        // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ...": only the end is for
        // people.
        const std::string_view message = error.what();
        const std::size_t colon = message.find(": ");
        return stop(cut(visible(colon == std::string_view::npos ? message : message.substr(colon + 2)), 200));
    }

private:
    bool stop(std::string why) {
        reason = std::move(why);
        return false;
    }
    bool add(json value) {
        if (++elements_ > limits_.elements) return stop(fmt::format("more than {} elements", limits_.elements));
        if (open_.empty())
            member_ = &(root = std::move(value));
        else if (open_.back()->is_array())
            member_ = &open_.back()->emplace_back(std::move(value));
        else
            *member_ = std::move(value);
        return true;
    }
    bool open(json value) {
        if (open_.size() >= limits_.depth) return stop(fmt::format("more than {} levels deep", limits_.depth));
        if (!add(std::move(value))) return false;
        open_.push_back(member_);
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    JsonLimits limits_;
    std::size_t elements_ = 0;
    std::vector<json*> open_;  // a list grows only at its end and only when nothing in it is open: they stay in place
    json* member_ = nullptr;   // where the next value of an object goes, and where the last value went
};

// Of the byte with this number; both count from 1.
std::ptrdiff_t line_of(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
    return 1 + std::count(before.begin(), before.end(), '\n');
}

// Once more, only to see where it stops: keeping track of that costs more than all else.
[[noreturn]] void refuse(std::string_view text, std::string_view source, ErrorKind kind, const JsonLimits& limits) {
    Builder builder(limits);
    const char* reached = text.data();
    const Tracked begin(text.data(), &reached);
    const Tracked end(text.data() + text.size(), &reached);
    json::sax_parse(begin, end, &builder);
    const auto seen = static_cast<std::size_t>(reached - text.data());
    const std::size_t at = std::min(builder.position != 0 ? builder.position : seen, text.size());
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at == 0 ? 0 : at - 1), '\n');
    throw Error(kind, fmt::format("{}: line {}, byte {}: {}", source, line, at, builder.reason));
}

}  // namespace

json parse_json(std::string_view text, std::string_view source, ErrorKind kind, JsonLimits limits) {
    if (text.size() > limits.bytes) throw Error(kind, fmt::format("{}: larger than {} bytes", source, limits.bytes));
    if (text.starts_with("\xEF\xBB\xBF"))
        throw Error(kind, fmt::format("{}: starts with a byte order mark", source), "save it as UTF-8 without one");
    if (trim(text).empty()) throw Error(kind, fmt::format("{}: empty", source));
    // nlohmann takes a NUL for the end of the text and would not look at what follows.
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        throw Error(kind, fmt::format("{}: line {}, byte {}: NUL byte", source, line_of(text, nul + 1), nul + 1));
    Builder builder(limits);
    if (json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
    refuse(text, source, kind, limits);
}

}  // namespace salve::base
