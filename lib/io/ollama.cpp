#include "io/ollama.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "io/system.hpp"

namespace salve::io {
namespace {

namespace ollama = advise::ollama;

// Why there is no answer: thrown from where it is found to ask(), and no further.
struct Unusable {
    std::string why;
};

template <typename T>
T need(ollama::Read<T> read) {
    if (!read.value) throw Unusable{std::move(read.failure)};
    return std::move(*read.value);
}

constexpr const char* elsewhere = "the configuration allows only local ones (advisor.allow_remote)";

}  // namespace

Ollama::Ollama(OllamaSettings settings)
    : settings_(std::move(settings)), options_{settings_.model, settings_.num_ctx, settings_.num_predict} {
    known_.model = settings_.model;
    known_.num_ctx = settings_.num_ctx;
}

advise::Answer Ollama::ask(const advise::Question& question) {
    if (settings_.cancel && settings_.cancel->requested()) throw Interrupted();
    if (deadline_us_ == 0) deadline_us_ = monotonic_us() + settings_.total.us;
    std::string failure;
    auto answer = known_;
    try {
        prepare();
        answer = known_;
        known_.load_us = 0;  // the first answer had to wait for it, and no other
        put(question, answer);
        return answer;
    } catch (const Unusable& unusable) {
        failure = unusable.why;
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!ready_) {
        broken_ = failure;
        answer = known_;
    }
    answer.content.clear();
    answer.failure = ollama::failure_text(failure);
    return answer;
}

void Ollama::prepare() {
    if (ready_) return;
    if (!broken_.empty()) throw Unusable{broken_};
    check_settings();
    known_.server_version = need(ollama::read_version(look("/api/version")));
    find_model();
    if (!remote_) load_model();  // of a model that runs elsewhere nothing is loaded here
    ready_ = true;
}

void Ollama::check_settings() {
    server_ = {advise::parse_endpoint(settings_.endpoint, settings_.allow_remote), settings_.connect, settings_.cancel};
    known_.endpoint = to_text(server_.endpoint);
    if (settings_.model.empty()) throw Unusable{"no model is configured"};
    if (ollama::is_cloud_name(settings_.model) && !settings_.allow_remote)
        throw Unusable{fmt::format("the model {} runs at ollama.com, and {}", settings_.model, elsewhere)};
    if (settings_.num_predict < 1 || settings_.num_ctx <= settings_.num_predict)
        throw Unusable{fmt::format("a window of {} tokens has no room for a question and an answer of {}",
                                   settings_.num_ctx, settings_.num_predict)};
}

void Ollama::find_model() {
    const auto listed = need(ollama::read_listed(look("/api/tags"), settings_.model));
    known_.model_digest = listed.digest;
    const auto refuse_remote = [&](const std::string& where) {
        remote_ = remote_ || !where.empty();
        if (!where.empty() && !settings_.allow_remote)
            throw Unusable{fmt::format("the model {} runs at {}, and {}", settings_.model, where, elsewhere)};
    };
    refuse_remote(listed.remote);
    const auto shown = need(ollama::read_shown(look("/api/show", ollama::show_body(settings_.model))));
    refuse_remote(shown.remote);
    if (!shown.completes) throw Unusable{fmt::format("the model {} does not write text", settings_.model)};
}

void Ollama::load_model() {
    const auto begin = monotonic_us();
    const auto loaded = call("/api/chat", ollama::preload_body(options_), OllamaStage::loading, settings_.preload);
    known_.load_us = monotonic_us() - begin;
    need(ollama::read_preloaded(need(loaded)));
    const auto window = need(ollama::read_window(look("/api/ps"), known_.model_digest));
    if (window < settings_.num_ctx)
        throw Unusable{
            fmt::format("the model server confirms a window of {} tokens, and {} are configured "
                        "(advisor.num_ctx)",
                        window, settings_.num_ctx)};
}

void Ollama::put(const advise::Question& question, advise::Answer& answer) {
    const auto bytes = question.system.size() + question.user.size();
    if (bytes > ollama::most_question_bytes(options_))
        throw Unusable{fmt::format("the question has {} bytes, and a window of {} tokens has room for {}", bytes,
                                   settings_.num_ctx, ollama::most_question_bytes(options_))};
    const auto begin = monotonic_us();
    const auto reply =
        call("/api/chat", ollama::chat_body(question, options_), OllamaStage::answering, settings_.answer);
    answer.latency_us = monotonic_us() - begin;
    auto chat = need(ollama::read_chat(need(reply)));
    answer.prompt_tokens = chat.prompt_tokens;
    answer.answer_tokens = chat.answer_tokens;
    answer.done_reason = ollama::failure_text(chat.done_reason);
    answer.load_us += chat.load_us;
    const auto fault = ollama::fault_of(chat, options_, bytes, settings_.allow_remote);
    if (!fault.empty()) throw Unusable{fault};
    answer.content = std::move(chat.content);
}

ollama::Reply Ollama::look(const std::string& path, const std::optional<std::string>& body) {
    return need(call(path, body, OllamaStage::looking, settings_.lookup));
}

ollama::Read<ollama::Reply> Ollama::call(const std::string& path, const std::optional<std::string>& body,
                                         OllamaStage stage, base::Duration budget) {
    const auto left = deadline_us_ - monotonic_us();
    if (left <= 0)
        throw Unusable{fmt::format("the time for the model, {}, is used up", base::to_words(settings_.total))};
    const auto tell = [&](base::Duration so_far) {
        if (settings_.progress) settings_.progress(stage, so_far);
    };
    tell({});
    return call_ollama(server_, path, body, {std::min(budget.us, left)}, tell);
}

}  // namespace salve::io
