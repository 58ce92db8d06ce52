#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

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

// Looks at everything and builds nothing; `reason` says why it stopped.
class Checker : public nlohmann::json_sax<json> {
public:
    explicit Checker(const JsonLimits& limits) : limits_(limits) {}
    std::string reason;
    std::size_t position = 0;  // only set when the text is no JSON at all

    bool null() override { return element(); }
    bool boolean(bool) override { return element(); }
    bool number_integer(number_integer_t) override { return element(); }
    bool number_unsigned(number_unsigned_t) override { return element(); }
    bool number_float(number_float_t, const string_t&) override { return element(); }
    bool string(string_t&) override { return element(); }
    bool binary(binary_t&) override { return element(); }
    bool start_object(std::size_t) override { return open(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        return keys_.back().insert(name).second || stop("duplicate key " + quoted(cut(name, 80)));
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
    bool element() {
        return ++elements_ <= limits_.elements || stop(fmt::format("more than {} elements", limits_.elements));
    }
    bool open() {
        if (keys_.size() >= limits_.depth) return stop(fmt::format("more than {} levels deep", limits_.depth));
        keys_.emplace_back();
        return element();
    }
    bool close() {
        keys_.pop_back();
        return true;
    }
    JsonLimits limits_;
    std::size_t elements_ = 0;
    std::vector<std::unordered_set<std::string>> keys_;  // of the objects that are open; empty for arrays
};

// Of the byte with this number; both count from 1.
std::ptrdiff_t line_of(std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
    return 1 + std::count(before.begin(), before.end(), '\n');
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
    Checker checker(limits);
    const char* reached = text.data();
    const Tracked begin(text.data(), &reached);
    const Tracked end(text.data() + text.size(), &reached);
    if (!json::sax_parse(begin, end, &checker)) {
        const auto seen = static_cast<std::size_t>(reached - text.data());
        const std::size_t at = std::min(checker.position != 0 ? checker.position : seen, text.size());
        const auto line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at == 0 ? 0 : at - 1), '\n');
        throw Error(kind, fmt::format("{}: line {}, byte {}: {}", source, line, at, checker.reason));
    }
    return json::parse(text.begin(), text.end());
}

}  // namespace salve::base
