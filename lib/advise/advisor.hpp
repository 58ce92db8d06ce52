// A language model as the one thing that it is here: something that may be asked one question, and that may answer
// anything, or not at all.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace salve::advise {

// One question to a model: the fixed text, the facts, and the JSON schema that the answer must keep to.
struct Question {
    std::string system, user;
    nlohmann::json schema;
    std::uint64_t seed = 0;
};

// What came back, or why nothing of use did. `content` is the model's raw text, not trusted in any way.
struct Answer {
    std::string content;                 // empty where failure is set
    std::optional<std::string> failure;  // why there is no answer, in plain words (no secrets, at most 200 bytes)
    std::string model, model_digest, server_version, endpoint;
    std::int64_t prompt_tokens = -1, answer_tokens = -1, num_ctx = 0;  // -1: not told
    std::int64_t latency_us = 0, load_us = 0;
    std::string done_reason;
};

class Advisor {
public:
    virtual ~Advisor() = default;
    virtual Answer ask(const Question& question) = 0;
};

}  // namespace salve::advise
