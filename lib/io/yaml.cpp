#include "io/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace salve::io {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& file, std::ptrdiff_t line, const std::string& reason,
                         const std::string& hint = "") {
    throw base::Error(base::ErrorKind::usage, fmt::format("{}:{}: {}", file, line, reason), hint);
}

// Tags that the parser puts itself: "?" for what is plain, "!" for what is quoted.
bool is_own_tag(const std::string& tag) { return tag.empty() || tag == "?" || tag == "!"; }

// Sees the events before anything is built of them.
class Guard : public YAML::EventHandler {
public:
    Guard(const std::string& file, int depth) : file_(file), most_(depth) {}
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { no_aliases(mark); }
    void OnAnchor(const YAML::Mark& mark, const std::string&) override { no_aliases(mark); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string&) override {
        no_tag(mark, tag);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        enter(mark, tag);
    }
    void OnSequenceEnd() override { --depth_; }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        enter(mark, tag);
    }
    void OnMapEnd() override { --depth_; }

protected:
    [[noreturn]] void fail(const YAML::Mark& mark, const std::string& reason, const std::string& hint = "") const {
        refuse(file_, mark.line + 1, reason, hint);
    }

private:
    [[noreturn]] void no_aliases(const YAML::Mark& mark) const { fail(mark, "anchors and aliases are not allowed"); }
    void no_tag(const YAML::Mark& mark, const std::string& tag) const {
        if (!is_own_tag(tag)) fail(mark, "tags are not allowed");
    }
    void enter(const YAML::Mark& mark, const std::string& tag) {
        no_tag(mark, tag);
        if (++depth_ > most_) fail(mark, fmt::format("nested deeper than {} levels", most_));
    }
    const std::string& file_;
    int most_, depth_ = 0;
};

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+ of the core schema.
bool looks_whole(std::string_view text) {
    if (text.starts_with("0x"))
        return text.size() > 2 && text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
    if (text.starts_with("0o"))
        return text.size() > 2 && text.find_first_not_of("01234567", 2) == std::string_view::npos;
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return all_digits(text);
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool looks_fraction(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        auto power = text.substr(e + 1);
        if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
        if (!all_digits(power)) return false;
        text = text.substr(0, e);
    }
    const auto point = text.find('.');
    if (point == std::string_view::npos) return all_digits(text);
    const auto before = text.substr(0, point), after = text.substr(point + 1);
    return (all_digits(before) && (after.empty() || all_digits(after))) || (before.empty() && all_digits(after));
}

bool is_infinite_word(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const auto word = base::lower_ascii(text);
    return word == ".inf" || word == ".nan";
}

// Builds while the guard looks on: what it refuses is never put in.
class Builder : public Guard {
public:
    using Guard::Guard;
    json root;

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Guard::OnNull(mark, anchor);
        if (wants_key()) fail(mark, "a key must be a word");
        put(nullptr);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Guard::OnScalar(mark, tag, anchor, value);
        if (wants_key()) return take_key(mark, value);
        put(tag == "!" ? json(value) : plain(mark, value));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        Guard::OnSequenceStart(mark, tag, anchor, style);
        open(mark, json::array());
    }
    void OnSequenceEnd() override {
        Guard::OnSequenceEnd();
        open_.pop_back();
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        Guard::OnMapStart(mark, tag, anchor, style);
        open(mark, json::object());
    }
    void OnMapEnd() override {
        Guard::OnMapEnd();
        open_.pop_back();
    }

private:
    struct Open {
        json* value;             // stays in place: its list or map grows only when nothing in it is open
        json* member = nullptr;  // of a map: where the value of the last key goes
    };
    bool wants_key() const { return !open_.empty() && open_.back().value->is_object() && !open_.back().member; }
    void take_key(const YAML::Mark& mark, const std::string& key) {
        auto& map = open_.back().value->get_ref<json::object_t&>();
        const auto [member, fresh] = map.try_emplace(key);
        if (!fresh) fail(mark, fmt::format("{} stands there twice", base::quoted(base::cut(key, 80))));
        open_.back().member = &member->second;
    }
    json* put(json value) {
        if (open_.empty()) return &(root = std::move(value));
        auto& in = open_.back();
        if (in.value->is_array()) return &in.value->emplace_back(std::move(value));
        auto* place = std::exchange(in.member, nullptr);
        *place = std::move(value);
        return place;
    }
    void open(const YAML::Mark& mark, json value) {
        if (wants_key()) fail(mark, "a key must be a word");
        open_.push_back({put(std::move(value))});
    }
    json plain(const YAML::Mark& mark, const std::string& text) const {
        if (text == "true" || text == "True" || text == "TRUE") return true;
        if (text == "false" || text == "False" || text == "FALSE") return false;
        if (is_infinite_word(text)) fail(mark, fmt::format("{} is no number here", base::quoted(text)));
        if (looks_whole(text)) return whole(mark, text);
        return looks_fraction(text) ? fraction(mark, text) : json(text);
    }
    json whole(const YAML::Mark& mark, std::string_view text) const {
        const int radix = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
        std::string_view digits = text.substr(radix == 10 ? 0 : 2);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, radix);
        if (error != std::errc() || end != digits.data() + digits.size())
            fail(mark, fmt::format("the number {} is too large", base::cut(text, 80)));
        return number;
    }
    json fraction(const YAML::Mark& mark, std::string_view text) const {
        const auto digits = text.starts_with('+') ? text.substr(1) : text;
        double number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(number))
            fail(mark, fmt::format("the number {} is too large", base::cut(text, 80)));
        return number;
    }
    std::vector<Open> open_;
};

void check_text(std::string_view text, const std::string& file) {
    if (text.starts_with("\xEF\xBB\xBF"))
        throw base::Error(base::ErrorKind::usage, fmt::format("{}: starts with a byte order mark", file),
                          "save it as UTF-8 without one");
    std::ptrdiff_t line = 1;
    for (const auto row : base::split_lines(text)) {
        std::string shown(row);
        std::replace(shown.begin(), shown.end(), '\t', ' ');  // the one control character that may stand in a line
        if (base::visible(shown) != shown)
            refuse(file, line, "a character that cannot be seen, or bytes that are no UTF-8");
        ++line;
    }
}

void parse(std::string_view text, const std::string& file, const YamlLimits& limits, Guard& events) try {
    if (text.size() > limits.bytes)
        throw base::Error(base::ErrorKind::usage, fmt::format("{}: larger than {} bytes", file, limits.bytes));
    check_text(text, file);
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(events);
    if (parser.HandleNextDocument(events)) refuse(file, 1, "holds more than one document");
} catch (const YAML::Exception& error) {
    refuse(file, error.mark.line + 1, error.msg);
}

}  // namespace

void check_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
    Guard guard(file, limits.depth);
    parse(text, file, limits, guard);
}

json parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
    // Once without building: a second document would otherwise be put beside the first.
    check_yaml(text, file, limits);
    Builder builder(file, limits.depth);
    parse(text, file, limits, builder);
    return std::move(builder.root);
}

}  // namespace salve::io
