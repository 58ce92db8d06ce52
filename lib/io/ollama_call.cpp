#include "io/ollama_call.hpp"

#include <fmt/format.h>

#include <exception>

#include "io/http.hpp"

namespace salve::io {
namespace {

using advise::ollama::Reply;
using Read = advise::ollama::Read<Reply>;
using End = HttpResult::End;

std::string words_of(const HttpResult& result, const OllamaServer& server, const std::string& path,
                     base::Duration budget) {
    const auto where = to_text(server.endpoint);
    switch (result.end) {
        case End::no_such_host:
            return fmt::format("the host of the model server {} is not known", where);
        case End::unreachable:
            return fmt::format("the model server {} cannot be reached: {}", where, result.reason);
        case End::not_here:
            return fmt::format("the model server {} is not on this machine", where);
        case End::timed_out:
            return fmt::format("the model server did not answer {} within {}", path, base::to_words(budget));
        case End::too_large:
            return fmt::format("the model server's answer to {} is too large", path);
        default:
            return fmt::format("the model server's answer to {} is not whole, or no HTTP: {}", path, result.reason);
    }
}

}  // namespace

Read call_ollama(const OllamaServer& server, const std::string& path, const std::optional<std::string>& body,
                 base::Duration budget, const std::function<void(base::Duration)>& waiting) try {
    HttpRequest request;
    request.url = to_text(server.endpoint) + path;
    request.json = body;
    request.loopback_only = server.endpoint.loopback;
    request.connect = server.connect;
    request.budget = budget;
    request.cancel = server.cancel;
    request.waiting = waiting;
    Reply reply;
    const auto result = send_http(request, [&](std::string_view bytes) {
        reply.body += bytes;
        return true;
    });
    if (result.end == End::cancelled) throw Interrupted();
    reply.status = result.status;
    if (result.end == End::answered) return {std::move(reply), ""};
    return {std::nullopt, advise::ollama::failure_text(words_of(result, server, path, budget))};
} catch (const std::exception& error) {  // no descriptor or memory left: no reason to end a run that needs no model
    return {std::nullopt, advise::ollama::failure_text(error.what())};
}

}  // namespace salve::io
