#include "io/ollama.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "fake_ollama.hpp"

using namespace salve;
using namespace salve::io;
using namespace salve::test;

namespace {

namespace says = ollama_says;
using nlohmann::json;
using Paths = std::vector<std::string>;

constexpr base::Duration ms(std::int64_t n) { return {n * 1000}; }

const Paths all_paths{"GET /api/version", "GET /api/tags", "POST /api/show",
                      "POST /api/chat",   "GET /api/ps",   "POST /api/chat"};

OllamaSettings settings_for(const std::string& endpoint) {
    OllamaSettings settings;
    settings.endpoint = endpoint;
    settings.model = "tiny";
    return settings;
}

advise::Question question() {
    advise::Question asked;
    asked.system = "Rank these actions.";
    asked.user = "{\"facts\":[]}";
    asked.schema = {{"type", "object"}};
    asked.seed = 5;
    return asked;
}

// Either a content or a failure, and a failure that anybody may read.
void check_shape(const advise::Answer& answer) {
    CHECK(answer.content.empty() == answer.failure.has_value());
    if (!answer.failure) return;
    CHECK_FALSE(answer.failure->empty());
    CHECK(answer.failure->size() <= 200);
    CHECK(base::visible(*answer.failure) == *answer.failure);
}

advise::Answer ask(OllamaSettings settings) {
    Ollama advisor(std::move(settings));
    auto answer = advisor.ask(question());
    check_shape(answer);
    return answer;
}

// Why there was no answer.
std::string why(OllamaSettings settings) { return ask(std::move(settings)).failure.value_or(""); }

std::string why(std::map<std::string, FakeOllama::Script> instead) {
    const FakeOllama server(std::move(instead));
    return why(settings_for(server.url()));
}

// The same, of a server that is not waited for.
std::string why_slow(const std::string& path, FakeOllama::Script script) {
    const FakeOllama server({{path, std::move(script)}});
    auto settings = settings_for(server.url());
    settings.lookup = settings.preload = settings.answer = ms(500);
    return why(std::move(settings));
}

}  // namespace

TEST_CASE("ollama: an answer, and what is known of who gave it") {
    const FakeOllama server;
    const auto answer = ask(settings_for(server.url() + "/"));
    CHECK_FALSE(answer.failure);
    CHECK(answer.content == R"({"abstain":true})");
    CHECK(answer.model == "tiny");
    CHECK(answer.model_digest == says::digest);
    CHECK(answer.server_version == "0.17.4");
    CHECK(answer.endpoint == server.url());
    CHECK(answer.prompt_tokens == 33);
    CHECK(answer.answer_tokens == 7);
    CHECK(answer.num_ctx == 8192);
    CHECK(answer.done_reason == "stop");
    CHECK(answer.load_us >= 13'595);
    CHECK(answer.latency_us > 0);
    CHECK(server.asked() == all_paths);
    CHECK(server.sent("/api/chat") == advise::ollama::chat_body(question(), {"tiny", 8192, 1024}));
    CHECK(server.sent("load") == advise::ollama::preload_body({"tiny", 8192, 1024}));
    CHECK(json::parse(server.sent("/api/show")) == json{{"model", "tiny"}});
}

TEST_CASE("ollama: the second question needs no preparation") {
    const FakeOllama server;
    Ollama advisor(settings_for(server.url()));
    CHECK_FALSE(advisor.ask(question()).failure);
    const auto second = advisor.ask(question());
    CHECK_FALSE(second.failure);
    CHECK(second.model_digest == says::digest);
    CHECK(second.load_us == 13'595);  // what the server tells, and not our waiting for the first
    CHECK(server.asked().size() == 7);
}

TEST_CASE("ollama: who waits is told what for") {
    const FakeOllama server;
    std::vector<OllamaStage> stages;
    auto settings = settings_for(server.url());
    settings.progress = [&](OllamaStage stage, base::Duration) {
        if (stages.empty() || stages.back() != stage) stages.push_back(stage);
    };
    CHECK(why(settings) == "");
    CHECK(stages ==
          std::vector{OllamaStage::looking, OllamaStage::loading, OllamaStage::looking, OllamaStage::answering});
}

TEST_CASE("ollama: one bad answer does not spoil the next question") {
    int count = 0;
    const FakeOllama server({{"/api/chat", [&](Peer& peer) {
                                  peer.send(++count == 1 ? http_answer("{\"error\":\"x\"}", "503 Busy")
                                                         : http_answer(says::chat()));
                              }}});
    Ollama advisor(settings_for(server.url()));
    CHECK(advisor.ask(question()).failure == "the model server answered 503 to /api/chat: \"x\"");
    CHECK_FALSE(advisor.ask(question()).failure);
}

TEST_CASE("ollama: what failed before the first question fails every question") {
    const FakeOllama server({{"/api/tags", answers("{}")}});
    Ollama advisor(settings_for(server.url()));
    const auto first = advisor.ask(question()), second = advisor.ask(question());
    check_shape(first);
    CHECK(second.failure == first.failure);
    CHECK(second.server_version == "0.17.4");
    CHECK(server.asked() == Paths{"GET /api/version", "GET /api/tags"});
}

TEST_CASE("ollama: nothing is sent that may not be sent") {
    const FakeOllama server;
    auto settings = settings_for("http://10.0.0.7:11434");
    CHECK(why(settings) == "the advisor's endpoint is not on this machine: 10.0.0.7");
    settings = settings_for("http://me:hunter2@127.0.0.1");
    CHECK(ask(settings).endpoint == "");
    CHECK(why(settings) == "the advisor's endpoint holds a user or a password");
    settings = settings_for(server.url());
    settings.model = "";
    CHECK(why(settings) == "no model is configured");
    settings.model = "gpt-oss:120b-cloud";
    CHECK(why(settings) ==
          "the model gpt-oss:120b-cloud runs at ollama.com, and the configuration allows only local ones "
          "(advisor.allow_remote)");
    settings.model = "tiny";
    settings.num_predict = settings.num_ctx;
    CHECK(why(settings) == "a window of 8192 tokens has no room for a question and an answer of 8192");
    settings.num_predict = 0;
    CHECK(why(settings) == "a window of 8192 tokens has no room for a question and an answer of 0");
    settings.num_ctx = -5;
    settings.num_predict = -10;
    CHECK(why(settings).find("no room") != std::string::npos);
    CHECK(server.asked().empty());
}

TEST_CASE("ollama: a question that cannot fit is not sent") {
    const FakeOllama server;
    auto long_one = question();
    long_one.user = std::string(7168 * 4, 'x');
    Ollama advisor(settings_for(server.url()));
    const auto answer = advisor.ask(long_one);
    check_shape(answer);
    CHECK(answer.failure == "the question has 28691 bytes, and a window of 8192 tokens has room for 28672");
    CHECK(server.asked().size() == 5);
    CHECK_FALSE(advisor.ask(question()).failure);
}

TEST_CASE("ollama: a model that runs elsewhere") {
    const FakeOllama server({{"/api/chat", answers(says::chat(R"("{}")", "far"))}});
    auto settings = settings_for(server.url());
    settings.model = "far";
    CHECK(why(settings) ==
          "the model far runs at https://ollama.com:443, and the configuration allows only local ones "
          "(advisor.allow_remote)");
    CHECK(server.asked() == Paths{"GET /api/version", "GET /api/tags"});
    settings.allow_remote = true;
    const auto answer = ask(settings);
    CHECK(answer.content == "{}");  // nothing is loaded here, and so there is no window to confirm
    CHECK(server.asked() == Paths{"GET /api/version", "GET /api/tags", "GET /api/version", "GET /api/tags",
                                  "POST /api/show", "POST /api/chat"});

    // Only one of the three answers tells.
    CHECK(why({{"/api/show", answers(R"({"remote_model":"big"})")}}) ==
          "the model tiny runs at big, and the configuration allows only local ones (advisor.allow_remote)");
    CHECK(why({{"/api/chat", answers(R"({"remote_host":"x",)" + says::chat().substr(1))}}) ==
          "the answer comes from a model that does not run here");
    CHECK(why({{"/api/show", answers(R"({"error":"ollama cloud is disabled: remote model details are unavailable"})",
                                     "403 Forbidden")}})
              .starts_with("the model server answered 403 to /api/show: \"ollama cloud is disabled"));
}

TEST_CASE("ollama: a server that is not there") {
    const auto port = std::to_string(closed_port());
    CHECK(why(settings_for("http://127.0.0.1:" + port)) ==
          "the model server http://127.0.0.1:" + port + " cannot be reached: Connection refused");
    auto settings = settings_for("http://no-such-host.invalid");
    settings.allow_remote = true;
    settings.connect = ms(2000);
    const auto said = why(settings);
    CHECK((said == "the host of the model server http://no-such-host.invalid:11434 is not known" ||
           said == "the model server did not answer /api/version within 10s"));
}

TEST_CASE("ollama: a model that is not there, or is none to ask") {
    const FakeOllama server;
    auto settings = settings_for(server.url());
    settings.model = "qwen2.5:7b";
    CHECK(why(settings) == "the model server has no model \"qwen2.5:7b\"");
    CHECK(why({{"/api/show", answers(R"({"capabilities":["embedding"]})")}}) == "the model tiny does not write text");
    CHECK(why({{"load", answers(R"({"error":"model 'tiny' not found"})", "404 Not Found")}}) ==
          "the model server answered 404 to /api/chat: \"model 'tiny' not found\"");
}

TEST_CASE("ollama: the window that was asked for is confirmed") {
    CHECK(why({{"/api/ps", answers(says::running(4096))}}) ==
          "the model server confirms a window of 4096 tokens, and 8192 are configured (advisor.num_ctx)");
    CHECK(why({{"/api/ps", answers(says::running(8191))}}) != "");
    CHECK(why({{"/api/ps", answers(says::running(8192))}}) == "");
    CHECK(why({{"/api/ps", answers(says::running(65536))}}) == "");
    CHECK(why({{"/api/ps", answers(R"({"models":[]})")}}) == "the model server does not keep the model loaded");
    // Another model of the same weights stands for it.
    auto other = says::running();
    other.replace(other.find(says::digest), 1, "0");
    CHECK(why({{"/api/ps", answers(other)}}) == "");
    other = says::running(4096);
    other.replace(other.find(says::digest), 1, "0");
    CHECK(why({{"/api/ps", answers(other)}}) != "");
}

TEST_CASE("ollama: answers that are none, with their reasons") {
    const auto chat = [](FakeOllama::Script script) { return why({{"/api/chat", std::move(script)}}); };
    CHECK(chat(answers(R"({"error":"server busy, please try again.  maximum pending requests exceeded"})",
                       "503 Service Unavailable")) ==
          "the model server answered 503 to /api/chat: \"server busy, please try again.  maximum pending requests "
          "exceeded\"");
    CHECK(chat(answers(R"({"error":"the input length exceeds the context length"})", "400 Bad Request")) ==
          "the model server answered 400 to /api/chat: \"the input length exceeds the context length\"");
    CHECK(chat(answers("not JSON")).starts_with("the answer to /api/chat: line 1, byte"));
    CHECK(chat(answers("<html><body>Welcome</body></html>")).starts_with("the answer to /api/chat: line 1, byte 1:"));
    CHECK(chat(answers("{\"message\":{\"content\":\"{\"},\"done\":false}\n{\"error\":\"unexpected EOF\"}\n"))
              .starts_with("the answer to /api/chat: line 2, byte"));
    CHECK(chat(answers(R"({"error":"an error was encountered while running the model: unexpected EOF"})")) ==
          "the model server failed at /api/chat: \"an error was encountered while running the model: unexpected EOF\"");
    CHECK(chat(answers(R"({"model":"tiny","message":{"role":"assistant","content":""},"done":true,)"
                       R"("done_reason":"length","prompt_eval_count":33})")) ==
          "the model's answer was cut off where its room was used up");
    CHECK(chat(answers(R"({"model":"tiny","message":{"role":"assistant","content":"","thinking":"hm"},"done":true,)"
                       R"("done_reason":"length","prompt_eval_count":33})")) ==
          "the model thought until its room was used up, and did not answer");
    CHECK(chat([](Peer& peer) {
              peer.send(
                  "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://192.0.2.1/api/chat\r\n"
                  "Content-Length: 0\r\n\r\n");
          }) == "the model server answered 307 to /api/chat: a redirect, and none is followed");
    CHECK(
        chat(answers(R"({"model":"tiny","model":"tiny",)" + says::chat().substr(1))).find("duplicate key \"model\"") !=
        std::string::npos);
    CHECK(chat(answers(says::chat("\"{}\"", "big"))) == "another model answered: \"big\"");
}

TEST_CASE("ollama: bytes that are cut, too many, or more than was said") {
    const auto chat = [](FakeOllama::Script script) { return why({{"/api/chat", std::move(script)}}); };
    const auto with_length = [](std::size_t length) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + says::chat();
    };
    CHECK(chat([&](Peer& peer) {
              peer.send(with_length(says::chat().size() + 1));
          }).starts_with("the model server's answer to /api/chat is not whole, or no HTTP: "));
    CHECK(chat([&](Peer& peer) {
              peer.send(with_length(says::chat().size() - 1));
          }).starts_with("the answer to /api/chat: line 1, byte"));
    CHECK(chat([&](Peer& peer) { peer.send(with_length(says::chat().size())); }) == "");
    CHECK(chat([](Peer& peer) {
              peer.send("HTTP/1.1 200 OK\r\n\r\n" + says::chat().substr(0, 90));
          }).starts_with("the answer to /api/chat: line 1, byte 90"));
    CHECK(chat([](Peer&) {}).starts_with("the model server's answer to /api/chat is not whole, or no HTTP: "));
    CHECK(chat([](Peer& peer) {
              peer.send("SSH-2.0-OpenSSH_9.2\r\n");
          }).starts_with("the model server's answer to /api/chat is not whole, or no HTTP: "));
    CHECK(chat([](Peer& peer) {  // 100 MB
              const std::string block(1 << 20, ' ');
              peer.send("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
              for (int i = 0; i < 100 && peer.send(block); ++i) {
              }
          }) == "the model server's answer to /api/chat is too large");
    CHECK(chat(answers(R"({"model":")" + std::string(std::size_t{2} << 20, 'x') + "\"}")) ==
          "the model server's answer to /api/chat is too large");
}

TEST_CASE("ollama: a server that is slow is not waited for, at any of its answers") {
    const auto no_headers = [](Peer& peer) { peer.stall(); };
    const auto half_a_body = [](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"mo");
        peer.stall();
    };
    const auto byte_by_byte = [](Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        peer.drip(" ", 5);
    };
    const auto late = [](const std::string& path) { return "the model server did not answer " + path + " within 0s"; };
    CHECK(why_slow("/api/version", no_headers) == late("/api/version"));
    CHECK(why_slow("/api/tags", half_a_body) == late("/api/tags"));
    CHECK(why_slow("/api/show", byte_by_byte) == late("/api/show"));
    CHECK(why_slow("load", no_headers) == late("/api/chat"));
    CHECK(why_slow("/api/ps", half_a_body) == late("/api/ps"));
    CHECK(why_slow("/api/chat", no_headers) == late("/api/chat"));
    CHECK(why_slow("/api/chat", half_a_body) == late("/api/chat"));
    CHECK(why_slow("/api/chat", byte_by_byte) == late("/api/chat"));
}

TEST_CASE("ollama: all of it together has its time too") {
    const FakeOllama server({{"/api/chat", [](Peer& peer) { peer.stall(); }}});
    auto settings = settings_for(server.url());
    settings.total = ms(1500);
    Ollama advisor(settings);
    const auto first = advisor.ask(question());
    check_shape(first);
    REQUIRE(first.failure);
    CHECK(first.failure->starts_with("the model server did not answer /api/chat within "));
    CHECK(first.latency_us > 0);
    CHECK(first.server_version == "0.17.4");
    const auto asked = server.asked().size();
    CHECK(advisor.ask(question()).failure == "the time for the model, 1s, is used up");
    CHECK(server.asked().size() == asked);
}

TEST_CASE("ollama: a signal is no failure") {
    const Cancel cancel;
    const FakeOllama server({{"/api/chat", [&](Peer& peer) {
                                  cancel.request();
                                  peer.stall();
                              }}});
    auto settings = settings_for(server.url());
    settings.cancel = &cancel;
    Ollama advisor(settings);
    CHECK_THROWS_AS(advisor.ask(question()), Interrupted);
    CHECK_THROWS_AS(advisor.ask(question()), Interrupted);
    CHECK(server.asked() == all_paths);
}

TEST_CASE("ollama: no failure leaves a descriptor behind") {
    why(settings_for("http://127.0.0.1:" + std::to_string(closed_port())));  // libcurl keeps what it opens once
    const auto before = open_descriptors();
    for (int i = 0; i < 3; ++i) {
        why_slow("/api/chat", [](Peer& peer) { peer.stall(); });
        why(std::map<std::string, FakeOllama::Script>{{"/api/chat", [](Peer& peer) { peer.send("x"); }}});
        why({{"/api/ps", answers("x")}});
        why(settings_for("http://127.0.0.1:" + std::to_string(closed_port())));
    }
    CHECK(open_descriptors() == before);
}
