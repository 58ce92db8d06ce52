// A model's answer as a value. Its text may be anything; what comes out is an answer of the right shape, or nothing.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace salve::advise {

// What was left out of an answer, or taken off it, and why.
struct Dropped {
    std::string what, reason;
    bool operator==(const Dropped&) const = default;
};

struct Note {
    std::string action, text;
    std::vector<std::string> evidence;
    bool operator==(const Note&) const = default;
};

struct Warned {
    std::string code;
    std::vector<std::string> evidence;
    bool operator==(const Warned&) const = default;
};

// Ids and words are the model's: nothing of them is checked yet.
struct Reply {
    std::string nonce;
    bool actionable = true, abstain = false;
    std::vector<std::string> ranking;
    std::vector<Note> notes;
    std::vector<Warned> warnings;
    std::vector<Dropped> taken_off;  // what stood around the object
    bool operator==(const Reply&) const = default;
};

// Why there is no answer in the text, in plain words.
struct NoReply {
    std::string reason;
};

inline constexpr std::size_t max_reply = std::size_t{64} << 10;
inline constexpr std::size_t max_reply_depth = 8;

// Thoughts (<think>), code fences and prose around exactly one object are taken off, and told. Refused: more than
// max_reply bytes, no object or several, one that is cut off, deeper than max_reply_depth, with a key twice, a key too
// many or one too few (notes and warnings may be missing), a value of another type.
std::variant<Reply, NoReply> parse_reply(std::string_view content);

// The answer to shadow_question().
struct ShadowReply {
    std::string nonce;
    bool suspicious = true;
    std::vector<std::string> evidence;
};
std::variant<ShadowReply, NoReply> parse_shadow_reply(std::string_view content);

}  // namespace salve::advise
