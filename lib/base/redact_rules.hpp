// The patterns of redact.cpp: what a secret looks like in free text.
#pragma once
#include <re2/re2.h>
#include <re2/set.h>

#include <bitset>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace salve::base::redaction {

// A match as the rules see it: the text, the key word before the value (may be empty), where the match and where the
// value begins.
struct Match {
    std::string_view text;
    std::string_view keyword;
    std::size_t start;
    std::size_t at;
    std::size_t size;
    std::string_view value() const { return text.substr(at, size); }
};

// Groups named "k..." hold the key word; every other group holds the value, and the first that took part counts.
// Without such a group the whole match is the value. `is_secret`, if there is one, has the last word. `needs`: no text
// without at least one of these bytes can match; `shortest`: nor one of fewer bytes.
struct Rule {
    std::string_view kind;
    std::string_view pattern;
    std::string_view needs;
    std::size_t shortest;
    bool (*is_secret)(const Match&) = nullptr;
    bool personal = false;
};

struct CompiledRule {
    Rule rule;
    std::unique_ptr<RE2> regex;
    int keyword_group = 0;     // 0: none
    std::bitset<256> needs{};  // all bytes where the rule needs none
};

// Which bytes a text has, and how many.
class Bytes {
public:
    explicit Bytes(std::string_view text);
    bool allow(const CompiledRule& rule) const { return size_ >= rule.rule.shortest && (has_ & rule.needs).any(); }

private:
    std::bitset<256> has_;
    std::size_t size_;
};

// Compiled once. The set answers in one pass which of the rules can match at all: most messages match none.
struct CompiledRules {
    std::vector<CompiledRule> rules;
    RE2::Set set;
    CompiledRules();
};

// In the order of application. Order matters where kinds overlap: the wider span comes first.
std::span<const Rule> rules();
const CompiledRules& compiled();

// The checks that rules name (redact_checks.cpp): each says whether the match is a secret.
bool is_value(const Match& match);      // no prose, placeholder or path
bool is_key_value(const Match& match);  // the same, and "sig=11" is a signal
bool has_digit(const Match& match);     // "bearer authentication" is prose, tokens have digits
bool is_basic(const Match& match);      // decodes to printable text with a colon
bool is_card(const Match& match);       // the check digit fits

// Is this run of base64 or hex digits (40 or more) random rather than made of words, a digest, a path or an id? See
// redact_random.cpp.
bool is_random(const Match& match);

}  // namespace salve::base::redaction
