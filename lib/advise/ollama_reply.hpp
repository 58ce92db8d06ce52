// What an Ollama server answers, read from its bytes, of which none is trusted. Written after what a real 0.17.4 was
// seen to answer: an error may come with status 200, an answer may be broken off with status 200, durations may be
// negative or missing, and not every error is JSON.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "advise/ollama_request.hpp"

namespace salve::advise::ollama {

// An HTTP answer that arrived whole.
struct Reply {
    long status = 0;
    std::string body;
};

// The longest `failure`, in bytes.
inline constexpr std::size_t most_failure_bytes = 200;

// The words as a failure: visible, and not too long.
std::string failure_text(std::string_view words);

// The value, or why there is none.
template <typename T>
struct Read {
    std::optional<T> value;
    std::string failure;  // empty if there is a value
};

// GET /api/version
Read<std::string> read_version(const Reply& reply);

struct Listed {
    std::string digest;
    std::string remote;  // who really runs it: a host or a model there; empty if it runs here
};
// GET /api/tags: the model of this name, which must be among them.
Read<Listed> read_listed(const Reply& reply, const std::string& model);

struct Shown {
    std::string remote;       // as above
    std::int64_t window = 0;  // tokens, of the model itself; 0: not told
    bool completes = true;    // it writes text; one for embeddings does not
};
// POST /api/show
Read<Shown> read_shown(const Reply& reply);

// POST /api/chat without messages: the value is whether the model is loaded, and it is always true.
Read<bool> read_preloaded(const Reply& reply);

// GET /api/ps, after the model was loaded: the window in tokens that it has at least. By its digest, since the same
// name may be listed twice while an older model of it is still in memory. One that shares its weights with a model that
// was loaded before stands there as that one: then it is one of those that are listed, and the smallest window counts.
Read<std::int64_t> read_window(const Reply& reply, const std::string& digest);

struct Chat {
    std::string model, content, done_reason;
    bool done = false, thought = false, remote = false, wants_tool = false;
    std::int64_t prompt_tokens = -1, answer_tokens = -1;  // -1: not told
    std::int64_t load_us = 0;                             // 0 also if it is not told, or negative
};
// POST /api/chat: what it says, of use or not.
Read<Chat> read_chat(const Reply& reply);

// Why this answer to a question of so many bytes is of no use; empty if it may be looked at.
std::string fault_of(const Chat& chat, const Options& options, std::size_t question_bytes, bool allow_remote);

}  // namespace salve::advise::ollama
