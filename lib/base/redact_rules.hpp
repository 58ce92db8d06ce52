// The patterns of redact.cpp: what a secret looks like in free text.
#pragma once
#include <re2/re2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
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
// without at least one of these bytes can match; `words`: nor one without one of these, in any case ('|' between them;
// none: they are not known); `shortest`: nor one of fewer bytes; `run`: nor one without as many letters, digits and
// "+/_-" in a row.
struct Rule {
    std::string_view kind;
    std::string_view pattern;
    std::string_view needs;
    std::string_view words;
    std::size_t shortest;
    bool (*is_secret)(const Match&) = nullptr;
    bool personal = false;
    std::size_t run = 0;
};

// A text in lower case, and where each two neighbours of it are noted in a Glance.
struct Word {
    explicit Word(std::string text);
    std::string text;
    std::vector<std::uint16_t> pairs;
};

// Compiled when it is first asked for, which most never are. Any thread may ask.
class CompiledRule {
public:
    // Error(internal) for a pattern that does not compile: from the functions.
    explicit CompiledRule(const Rule& its_rule);
    const RE2& regex() const;
    int keyword_group() const;  // 0: none

    const Rule rule;
    const std::vector<Word> words;

private:
    void compile() const;
    mutable std::once_flag once_;
    mutable std::unique_ptr<RE2> regex_;
    mutable int keyword_group_ = 0;
};

// What is quickly seen of a text. Most hold no secret, and no expression has to be tried to know it. The text must
// outlive it.
class Glance {
public:
    explicit Glance(std::string_view text);
    // False only where the rule matches nothing in the text.
    bool allows(const CompiledRule& rule) const;

private:
    static constexpr std::size_t pair_count = 1024;  // of the lower five bits of two bytes: upper and lower case alike
    bool has(const Word& word) const;
    bool has_any(std::string_view bytes) const;

    std::string_view text_;
    mutable std::string lower_;  // made when it is first looked into
    std::array<bool, 256> bytes_{};
    std::array<bool, pair_count> pairs_{};
    std::size_t longest_run_ = 0;
};

// In the order of application. Order matters where kinds overlap: the wider span comes first.
std::span<const Rule> rules();
// The same; each is compiled once.
const std::deque<CompiledRule>& compiled();

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
