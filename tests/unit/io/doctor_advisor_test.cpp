#include <doctest/doctest.h>

#include "fake_ollama.hpp"
#include "io/doctor.hpp"

using namespace salve;
using namespace salve::test;
using report::doctor::Advisor;

namespace {

namespace says = ollama_says;
using Paths = std::vector<std::string>;

io::OllamaSettings settings_for(const std::string& endpoint, const std::string& model = "tiny") {
    io::OllamaSettings settings;
    settings.endpoint = endpoint;
    settings.model = model;
    return settings;
}

Advisor look(const io::OllamaSettings& settings) {
    const auto facts = io::look_at_advisor(settings);
    REQUIRE(facts);
    return *facts;
}

Advisor look(std::map<std::string, FakeOllama::Script> instead) {
    const FakeOllama server(std::move(instead));
    return look(settings_for(server.url()));
}

}  // namespace

TEST_CASE("doctor's advisor: none is configured") { CHECK_FALSE(io::look_at_advisor({})); }

TEST_CASE("doctor's advisor: nothing is asked of the model") {
    const FakeOllama server;
    const auto facts = look(settings_for(server.url()));
    CHECK(facts.endpoint == server.url());
    CHECK(facts.loopback);
    CHECK(facts.model == "tiny");
    CHECK(facts.num_ctx == 8192);
    CHECK(facts.version == "0.17.4");
    CHECK(facts.digest == says::digest);
    CHECK(facts.window == 32768);
    CHECK(facts.version_fault + facts.model_fault + facts.endpoint_fault + facts.remote == "");
    CHECK(server.asked() == Paths{"GET /api/version", "GET /api/tags", "POST /api/show"});
}

TEST_CASE("doctor's advisor: what is wrong with the endpoint or the server") {
    CHECK(look(settings_for("http://10.0.0.7")).endpoint_fault ==
          "the advisor's endpoint is not on this machine: 10.0.0.7");
    CHECK(look(settings_for("http://10.0.0.7")).endpoint == "");
    const auto port = std::to_string(closed_port());
    const auto closed = look(settings_for("http://127.0.0.1:" + port));
    CHECK(closed.version_fault ==
          "the model server http://127.0.0.1:" + port + " cannot be reached: Connection refused");
    CHECK(closed.version == "");
    CHECK(look({{"/api/version", answers("Ollama is running")}})
              .version_fault.starts_with("the answer to /api/version: line 1"));
}

TEST_CASE("doctor's advisor: what is wrong with the model") {
    const FakeOllama server;
    CHECK(look(settings_for(server.url(), "none")).model_fault == "the model server has no model \"none\"");
    CHECK(look({{"/api/show", answers(R"({"capabilities":["embedding"]})")}}).model_fault ==
          "the model tiny does not write text");
    CHECK(look({{"/api/show", answers(R"({"error":"no"})", "500 No")}}).model_fault ==
          "the model server answered 500 to /api/show: \"no\"");
    CHECK(look({{"/api/show", answers(R"({"remote_host":"elsewhere"})")}}).remote == "elsewhere");
    auto settings = settings_for(server.url(), "far");
    CHECK(look(settings).remote == "https://ollama.com:443");
    settings.allow_remote = true;
    CHECK(look(settings).allow_remote);
    CHECK(look(settings).remote == "https://ollama.com:443");
    CHECK(look(settings).model_fault == "");
    const FakeOllama cloud({{"/api/tags", answers(R"({"models":[{"name":"x:cloud","digest":"ab"}]})")}});
    CHECK(look(settings_for(cloud.url(), "x:cloud")).remote == "ollama.com");
}

TEST_CASE("doctor's advisor: a signal ends it") {
    const io::Cancel cancel;
    const FakeOllama server({{"/api/tags", [&](Peer& peer) {
                                  cancel.request();
                                  peer.stall();
                              }}});
    auto settings = settings_for(server.url());
    settings.cancel = &cancel;
    CHECK_THROWS_AS(io::look_at_advisor(settings), io::Interrupted);
}
