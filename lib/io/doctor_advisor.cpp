#include <fmt/format.h>

#include "advise/ollama_reply.hpp"
#include "base/error.hpp"
#include "io/doctor.hpp"

namespace salve::io {
namespace {

namespace ollama = advise::ollama;
using report::doctor::Advisor;

// False if it is refused.
bool check_endpoint(const OllamaSettings& settings, OllamaServer& server, Advisor& facts) try {
    server = {advise::parse_endpoint(settings.endpoint, settings.allow_remote), settings.connect, settings.cancel};
    facts.endpoint = to_text(server.endpoint);
    facts.loopback = server.endpoint.loopback;
    facts.tls = server.endpoint.tls;
    return true;
} catch (const base::Error& error) {
    facts.endpoint_fault = error.what();
    return false;
}

// The value, or its fault and nothing.
template <typename T, typename Reader>
std::optional<T> look(const OllamaServer& server, const OllamaSettings& settings, const std::string& path,
                      const std::optional<std::string>& body, std::string& fault, Reader reader) {
    const auto reply = call_ollama(server, path, body, settings.lookup);
    const ollama::Read<T> read = reply.value ? reader(*reply.value) : ollama::Read<T>{{}, reply.failure};
    fault = read.failure;
    return read.value;
}

void look_at_model(const OllamaServer& server, const OllamaSettings& settings, Advisor& facts) {
    const auto listed =
        look<ollama::Listed>(server, settings, "/api/tags", {}, facts.model_fault,
                             [&](const ollama::Reply& reply) { return ollama::read_listed(reply, settings.model); });
    if (!listed) return;
    facts.digest = listed->digest;
    facts.remote = listed->remote;
    if (facts.remote.empty() && ollama::is_cloud_name(settings.model)) facts.remote = "ollama.com";
    if (!facts.remote.empty() && !settings.allow_remote) return;  // a server that may not use its cloud tells no more
    const auto shown = look<ollama::Shown>(server, settings, "/api/show", ollama::show_body(settings.model),
                                           facts.model_fault, ollama::read_shown);
    if (!shown) return;
    if (!shown->remote.empty()) facts.remote = shown->remote;
    if (!shown->completes) facts.model_fault = fmt::format("the model {} does not write text", settings.model);
    facts.window = shown->window;
}

}  // namespace

std::optional<Advisor> look_at_advisor(const std::optional<OllamaSettings>& settings) {
    if (!settings) return {};
    Advisor facts;
    facts.model = settings->model;
    facts.num_ctx = settings->num_ctx;
    facts.allow_remote = settings->allow_remote;
    OllamaServer server;
    if (!check_endpoint(*settings, server, facts)) return facts;
    const auto version =
        look<std::string>(server, *settings, "/api/version", {}, facts.version_fault, ollama::read_version);
    if (!version) return facts;
    facts.version = *version;
    look_at_model(server, *settings, facts);
    return facts;
}

}  // namespace salve::io
