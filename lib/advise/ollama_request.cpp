#include "advise/ollama_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace salve::advise::ollama {
namespace {

using nlohmann::json;

constexpr std::size_t bytes_a_token = 4;
// Longer than a run: an environment in which models are unloaded at once would have each request load it anew, and
// /api/ps could not tell the window.
constexpr const char* keep_alive = "5m";

// Bytes that are no UTF-8 are replaced: a question is never the reason for an exception.
std::string spelled(const json& body) { return body.dump(-1, ' ', false, json::error_handler_t::replace); }

json common(const Options& options) {
    return {{"model", options.model}, {"stream", false}, {"keep_alive", keep_alive}};
}

}  // namespace

std::string chat_body(const Question& question, const Options& options) {
    auto body = common(options);
    body["messages"] = json::array(
        {{{"role", "system"}, {"content", question.system}}, {{"role", "user"}, {"content", question.user}}});
    body["format"] = question.schema;
    body["think"] = false;
    body["truncate"] = false;
    body["shift"] = false;
    body["options"] = {{"num_ctx", options.num_ctx},
                       {"num_predict", options.num_predict},
                       {"seed", question.seed & 0x7fff'ffff},  // the server takes an int
                       {"temperature", 0}};
    return spelled(body);
}

std::string preload_body(const Options& options) {
    auto body = common(options);
    body["messages"] = json::array();
    body["options"] = {{"num_ctx", options.num_ctx}};
    return spelled(body);
}

std::string show_body(const std::string& model) { return spelled({{"model", model}}); }

std::int64_t estimated_tokens(std::size_t bytes) { return static_cast<std::int64_t>(bytes / bytes_a_token); }

std::size_t most_question_bytes(const Options& options) {
    return static_cast<std::size_t>(std::max<std::int64_t>(options.num_ctx - options.num_predict, 0)) * bytes_a_token;
}

std::string full_name(const std::string& model) {
    const auto slash = model.rfind('/');  // a registry before it may have a port
    const bool tagged = model.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
    return tagged ? model : model + ":latest";
}

bool is_cloud_name(const std::string& model) {
    auto name = base::lower_ascii(full_name(model));
    if (name.ends_with(":latest")) name.resize(name.size() - std::string_view(":latest").size());
    return name.ends_with("-cloud") || name.ends_with(":cloud");
}

}  // namespace salve::advise::ollama
