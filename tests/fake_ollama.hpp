// An Ollama server that answers well, but for what a test makes it answer instead.
#pragma once
#include <map>
#include <string>

#include "http_server.hpp"

namespace salve::test {

namespace ollama_says {

inline const std::string digest(64, 'd');
inline const std::string version = R"({"version":"0.17.4"})";
inline const std::string tags = R"({"models":[{"name":"tiny:latest","model":"tiny:latest","digest":")" + digest +
                                R"("},{"name":"far:latest","model":"far:latest","digest":")" + digest +
                                R"(","remote_model":"big","remote_host":"https://ollama.com:443"}]})";
inline const std::string show =
    R"({"capabilities":["completion"],"model_info":{"general.architecture":"llama","llama.context_length":32768}})";
inline const std::string loaded =
    R"({"model":"tiny","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"})";
inline std::string running(int window = 8192) {
    return R"({"models":[{"name":"tiny:latest","model":"tiny:latest","digest":")" + digest + R"(","context_length":)" +
           std::to_string(window) + "}]}";
}
// content: as JSON text, in its quotes
inline std::string chat(const std::string& content = R"("{\"abstain\":true}")", const std::string& model = "tiny") {
    return R"({"model":")" + model + R"(","message":{"role":"assistant","content":)" + content +
           R"(},"done":true,"done_reason":"stop","load_duration":13595574,"prompt_eval_count":33,"eval_count":7})";
}

}  // namespace ollama_says

class FakeOllama {
public:
    using Script = HttpServer::Script;
    // What one path is answered with instead; "load" is the /api/chat without messages.
    explicit FakeOllama(std::map<std::string, Script> instead = {})
        : instead_(std::move(instead)), server_([this](Peer& peer) { answer(peer); }) {}

    std::string url() const { return server_.url(); }
    std::vector<std::string> asked() const { return server_.asked(); }
    // The body of the last request to this path. Only when no request is on its way.
    std::string sent(const std::string& path) const { return sent_.at(path); }

private:
    static std::string usual(const std::string& path) {
        namespace says = ollama_says;
        const std::map<std::string, std::string> answers{{"/api/version", says::version}, {"/api/tags", says::tags},
                                                         {"/api/show", says::show},       {"load", says::loaded},
                                                         {"/api/ps", says::running()},    {"/api/chat", says::chat()}};
        const auto found = answers.find(path);
        return found == answers.end() ? http_answer("404 page not found", "404 Not Found", "text/plain")
                                      : http_answer(found->second);
    }
    void answer(Peer& peer) {
        auto path = peer.asked().substr(peer.asked().find(' ') + 1);
        if (path == "/api/chat" && peer.body.find("\"messages\":[]") != std::string::npos) path = "load";
        sent_[path] = peer.body;
        const auto found = instead_.find(path);
        if (found != instead_.end())
            found->second(peer);
        else
            peer.send(usual(path));
    }
    std::map<std::string, Script> instead_;
    std::map<std::string, std::string> sent_;
    HttpServer server_;  // the last: its thread uses the others
};

inline FakeOllama::Script answers(const std::string& body, const std::string& status = "200 OK") {
    return [=](Peer& peer) { peer.send(http_answer(body, status)); };
}

}  // namespace salve::test
