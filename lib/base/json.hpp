// Small JSON documents (records, policies, plans, model replies) that may be hostile; bulk lists are simdjson's
// business.
#pragma once
#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace salve::base {

// nlohmann-json 3.11 copies and dumps recursively and keeps the last of two equal keys (nlohmann/json#5387): all four
// are refused before such a value is built (SAFETY 7.4). Elements are values of any kind, keys not counted.
struct JsonLimits {
    std::size_t depth = 64;
    std::size_t bytes = std::size_t{16} << 20;
    std::size_t elements = 1'000'000;
};

// One whole document (RFC 8259, no byte order mark) or Error(kind) with `source`, line, byte and reason, as in
// `policy.json: line 3, byte 41: duplicate key "allow"`.
nlohmann::json parse_json(std::string_view text, std::string_view source, ErrorKind kind = ErrorKind::usage,
                          JsonLimits limits = {});

// The one spelling of a value (SAFETY 1.3, after RFC 8785): keys sorted, no spaces, "\u00xx" only for control
// characters. Error(internal) for what has no such spelling: a float, an integer beyond +-(2^53-1), text or key that is
// not UTF-8, a key that is not ASCII, more than 64 levels.
std::string canonical(const nlohmann::json& value);
// How many bytes that is.
std::size_t canonical_size(const nlohmann::json& value);
// Whether parse_json takes the text, by these limits, and canonical of it is this text again: the same without building
// the value, which may be large.
bool is_canonical(std::string_view text, const JsonLimits& limits = {});

// The step of a path to this key: ".name", or ["a b"] for what is no plain word; short and visible() whatever the key.
std::string json_step(std::string_view key);

// A value together with where it was found. Every getter throws Error(kind) that names the path and both types, as in
// `policy.json: .rules[3].name: expected text, found a number`. The document must outlive its views.
class JsonView {
public:
    JsonView(const nlohmann::json& value, std::string where, ErrorKind kind = ErrorKind::usage)
        : value_(&value), where_(std::move(where)), kind_(kind) {}

    JsonView at(std::string_view key) const;                   // must be there and not null
    std::optional<JsonView> find(std::string_view key) const;  // nothing when absent or null
    std::vector<JsonView> items() const;                       // of an array
    std::vector<std::string> keys() const;                     // of an object, sorted
    std::string text() const;
    std::vector<std::string> texts() const;
    bool boolean() const;
    std::int64_t integer() const;                                           // no float, nothing beyond int64
    std::int64_t integer(std::int64_t least, std::int64_t greatest) const;  // both included

    // Refuses an object with a key that is not among these, with a "did you mean" as the hint.
    void only(std::span<const std::string_view> known) const;

    const nlohmann::json& value() const { return *value_; }
    const std::string& where() const { return where_; }
    [[noreturn]] void fail(const std::string& reason, const std::string& hint = "") const;

private:
    JsonView child(const nlohmann::json& value, const std::string& step) const;
    void expect(bool matches, std::string_view wanted) const;
    const nlohmann::json* value_;
    std::string where_;
    ErrorKind kind_;
};

}  // namespace salve::base
