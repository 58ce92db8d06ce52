// What is sent to an Ollama server: the bodies of its requests, and how long a question may be.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "advise/advisor.hpp"

namespace salve::advise::ollama {

struct Options {
    std::string model;
    std::int64_t num_ctx = 8192;      // tokens: the question and the answer
    std::int64_t num_predict = 1024;  // tokens: of the answer alone
};

// The answer as one document that keeps to the schema, from the question alone: no thinking, nothing cut off the
// question or the window moved along it without a word.
std::string chat_body(const Question& question, const Options& options);

// Loads the model with the window that the questions will have: another one would load it again.
std::string preload_body(const Options& options);

std::string show_body(const std::string& model);

// Of texts of so many bytes, about: plain English has four bytes a token, ids and digests have less.
std::int64_t estimated_tokens(std::size_t bytes);

// More cannot fit, whatever the text; less may be too long all the same, and then the server refuses it.
std::size_t most_question_bytes(const Options& options);

// The name as the server lists it: with a tag, which is "latest" if none is given.
std::string full_name(const std::string& model);

// Does the name say that the model runs at ollama.com ("gpt-oss:120b-cloud", "glm-4.6:cloud")?
bool is_cloud_name(const std::string& model);

}  // namespace salve::advise::ollama
