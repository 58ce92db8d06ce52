#include "advise/ollama_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::advise::ollama {
namespace {

using base::JsonView;
using nlohmann::json;

constexpr auto kind = base::ErrorKind::internal;  // caught in read(), nobody sees it
constexpr base::JsonLimits limits{.depth = 64, .bytes = std::size_t{2} << 20, .elements = 200'000};
constexpr std::size_t most_quoted_bytes = 100;  // of what a server says in its own words
constexpr std::int64_t ns_in_us = 1000;
constexpr std::int64_t most_tokens = std::int64_t{1} << 40;

[[noreturn]] void refuse(const std::string& reason) { throw base::Error(kind, reason); }

std::string words_of(std::string_view text) { return base::quoted(base::cut(base::visible(text), most_quoted_bytes)); }

// The server's own words of what went wrong; empty if there are none.
std::string error_of(const json& document) {
    if (!document.is_object()) return "";
    const auto error = document.find("error");
    if (error == document.end()) return "";
    return error->is_string() ? words_of(error->get_ref<const std::string&>()) : "an error without words";
}

// A refusal may be JSON, or text, or nothing.
[[noreturn]] void refuse_status(const Reply& reply, std::string_view path) {
    std::string said;
    try {
        said = error_of(base::parse_json(reply.body, path, kind, limits));
    } catch (const base::Error&) {  // the status says enough
    }
    if (reply.status >= 300 && reply.status < 400) said = "a redirect, and none is followed";
    refuse(fmt::format("the model server answered {} to {}{}{}", reply.status, path, said.empty() ? "" : ": ", said));
}

json object_in(const Reply& reply, std::string_view path) {
    if (reply.status != 200) refuse_status(reply, path);
    auto document = base::parse_json(reply.body, fmt::format("the answer to {}", path), kind, limits);
    // Also with status 200: of what went wrong after the answer had begun.
    if (const auto said = error_of(document); !said.empty())
        refuse(fmt::format("the model server failed at {}: {}", path, said));
    if (!document.is_object()) refuse(fmt::format("the answer to {} is no JSON object", path));
    return document;
}

template <typename T, typename Take>
Read<T> read(const Reply& reply, std::string_view path, Take take) try {
    const auto document = object_in(reply, path);
    return {take(JsonView(document, fmt::format("the answer to {}", path), kind)), ""};
} catch (const base::Error& error) {
    return {std::nullopt, failure_text(error.what())};
}

std::string text_or_empty(const JsonView& object, std::string_view key) {
    const auto found = object.find(key);
    return found ? found->text() : "";
}

// Where a model is really run; either of the two is enough.
std::string remote_of(const JsonView& object) {
    const auto host = text_or_empty(object, "remote_host");
    return host.empty() ? text_or_empty(object, "remote_model") : host;
}

// -1 if it is not told. A negative count is a mistake of the server, not something it does not tell.
std::int64_t count_of(const JsonView& object, std::string_view key) {
    const auto found = object.find(key);
    return found ? found->integer(0, most_tokens) : -1;
}

bool is_named(const JsonView& entry, const std::string& model) {
    return full_name(text_or_empty(entry, "name")) == model || full_name(text_or_empty(entry, "model")) == model;
}

std::string digest_of(const JsonView& entry) {
    auto digest = entry.at("digest").text();
    if (digest.empty() || digest.size() > 128 || digest.find_first_not_of("0123456789abcdef:sh") != std::string::npos)
        entry.at("digest").fail("no digest");
    return digest;
}

// "<architecture>.context_length" of model_info.
std::int64_t own_window(const JsonView& shown) {
    const auto info = shown.find("model_info");
    if (!info) return 0;
    const auto architecture = info->find("general.architecture");
    if (!architecture) return 0;
    const auto window = info->find(architecture->text() + ".context_length");
    return window ? window->integer(1, most_tokens) : 0;
}

bool has_tool_calls(const JsonView& message) {
    const auto calls = message.find("tool_calls");
    return calls && !calls->value().empty();
}

// Never a reason to refuse an answer: real servers leave them out and send negative ones.
std::int64_t loading_us(const JsonView& chat) {
    const auto found = chat.find("load_duration");
    if (!found || !found->value().is_number_integer()) return 0;
    const auto ns = found->value().get<std::int64_t>();  // what is too large wraps around: negative
    return ns > 0 ? ns / ns_in_us : 0;
}

Chat chat_of(const JsonView& reply) {
    Chat chat;
    const auto message = reply.at("message");
    chat.model = reply.at("model").text();
    chat.done = reply.at("done").boolean();
    chat.done_reason = text_or_empty(reply, "done_reason");
    chat.content = text_or_empty(message, "content");
    chat.thought = !text_or_empty(message, "thinking").empty();
    chat.wants_tool = has_tool_calls(message);
    chat.remote = !remote_of(reply).empty();
    chat.prompt_tokens = count_of(reply, "prompt_eval_count");
    chat.answer_tokens = count_of(reply, "eval_count");
    chat.load_us = loading_us(reply);
    if (message.at("role").text() != "assistant") message.at("role").fail("not the assistant");
    return chat;
}

std::string fault_of_end(const Chat& chat) {
    if (!chat.done) return "the model server broke the answer off";
    if (chat.done_reason == "stop") return "";
    if (chat.thought && base::trim(chat.content).empty())
        return "the model thought until its room was used up, and did not answer";
    if (chat.done_reason == "length") return "the model's answer was cut off where its room was used up";
    return fmt::format("the model's answer ended for the reason {}", words_of(chat.done_reason));
}

// Was all of the question read, and was there room for the answer? A server that cuts a question off says so only here.
std::string fault_of_counts(const Chat& chat, const Options& options, std::size_t question_bytes) {
    if (chat.prompt_tokens < 0) return "the model server does not tell how much of the question was read";
    if (chat.prompt_tokens > options.num_ctx - options.num_predict)
        return fmt::format("the question took {} of {} tokens and left no room for an answer", chat.prompt_tokens,
                           options.num_ctx);
    if (chat.prompt_tokens < estimated_tokens(question_bytes) / 2)
        return fmt::format("the model read only {} tokens of a question of {} bytes", chat.prompt_tokens,
                           question_bytes);
    return "";
}

}  // namespace

std::string failure_text(std::string_view words) { return base::cut(base::visible(words), most_failure_bytes); }

Read<std::string> read_version(const Reply& reply) {
    return read<std::string>(reply, "/api/version", [](const JsonView& answer) {
        const auto version = answer.at("version");
        if (version.text().empty() || version.text().size() > 64) version.fail("no version");
        return base::visible(version.text());
    });
}

Read<Listed> read_listed(const Reply& reply, const std::string& model) {
    return read<Listed>(reply, "/api/tags", [&](const JsonView& answer) {
        for (const auto& entry : answer.at("models").items())
            if (is_named(entry, full_name(model))) return Listed{digest_of(entry), remote_of(entry)};
        refuse(fmt::format("the model server has no model {}", words_of(model)));
    });
}

Read<Shown> read_shown(const Reply& reply) {
    return read<Shown>(reply, "/api/show", [](const JsonView& answer) {
        Shown shown{remote_of(answer), own_window(answer), true};
        if (const auto able = answer.find("capabilities")) {
            const auto words = able->texts();
            shown.completes = std::find(words.begin(), words.end(), "completion") != words.end();
        }
        return shown;
    });
}

Read<bool> read_preloaded(const Reply& reply) {
    return read<bool>(reply, "/api/chat", [](const JsonView& answer) {
        if (!answer.at("done").boolean()) refuse("the model server did not load the model");
        return true;
    });
}

Read<std::int64_t> read_window(const Reply& reply, const std::string& digest) {
    return read<std::int64_t>(reply, "/api/ps", [&](const JsonView& answer) {
        std::int64_t smallest = most_tokens;
        const auto entries = answer.at("models").items();
        for (const auto& entry : entries) {
            const auto window = entry.at("context_length").integer(1, most_tokens);
            if (digest_of(entry) == digest) return window;
            smallest = std::min(smallest, window);
        }
        if (entries.empty()) refuse("the model server does not keep the model loaded");
        return smallest;
    });
}

Read<Chat> read_chat(const Reply& reply) { return read<Chat>(reply, "/api/chat", chat_of); }

std::string fault_of(const Chat& chat, const Options& options, std::size_t question_bytes, bool allow_remote) {
    if (chat.remote && !allow_remote) return "the answer comes from a model that does not run here";
    if (full_name(chat.model) != full_name(options.model))
        return fmt::format("another model answered: {}", words_of(chat.model));
    if (const auto fault = fault_of_end(chat); !fault.empty()) return fault;
    if (chat.wants_tool) return "the model asks for a tool, and none was offered";
    if (base::trim(chat.content).empty())
        return chat.thought ? "the model only thought, and did not answer" : "the model's answer is empty";
    return fault_of_counts(chat, options, question_bytes);
}

}  // namespace salve::advise::ollama
