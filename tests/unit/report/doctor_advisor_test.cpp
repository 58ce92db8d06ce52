#include "doctor_builders.hpp"

using namespace salve;
using namespace salve::test;
using namespace salve::report::doctor;

namespace {

// Facts of which every check is ok, and an advisor as well.
Facts advised() {
    auto facts = well();
    facts.configuration.file = "salve.yaml";
    auto& advisor = facts.advisor.emplace();
    advisor.endpoint = "http://127.0.0.1:11434";
    advisor.model = "qwen2.5:7b";
    advisor.num_ctx = 8192;
    advisor.version = "0.17.4";
    advisor.digest = std::string(64, 'c');
    advisor.window = 32768;
    return facts;
}

}  // namespace

TEST_CASE("the advisor: a server, its model, and the window") {
    CHECK(checks(well()).size() + 2 == checks(advised()).size());
    CHECK(said(advised(), "advisor") == "ok: Ollama 0.17.4 at http://127.0.0.1:11434");
    CHECK(said(advised(), "advisor model") == "ok: qwen2.5:7b, digest cccccccccccc");
    CHECK(said(advised(), "advisor window") == "ok: 8192 of the model's 32768 tokens");
    CHECK(exit_of(advised()) == 0);
}

TEST_CASE("the advisor: an endpoint that is never used is a mistake in the configuration") {
    auto facts = advised();
    facts.advisor = Advisor{};
    facts.advisor->endpoint_fault = "the advisor's endpoint is not on this machine: 10.0.0.7";
    CHECK(said(facts, "advisor") ==
          "failure: the advisor's endpoint is not on this machine: 10.0.0.7 | ${EDITOR:-vi} salve.yaml");
    CHECK(said(facts, "advisor model") == "skipped: there is no server to ask");
    CHECK(said(facts, "advisor window") == "skipped: the model does not tell its own");
    CHECK(exit_of(facts) == 2);
}

TEST_CASE("the advisor: what is down or missing is a warning, for a run needs no model") {
    auto facts = advised();
    facts.advisor->version.clear();
    facts.advisor->version_fault = "the model server http://127.0.0.1:11434 cannot be reached: Connection refused";
    facts.advisor->window = 0;
    CHECK(said(facts, "advisor") ==
          "warning: the model server http://127.0.0.1:11434 cannot be reached: Connection refused | env "
          "OLLAMA_HOST=http://127.0.0.1:11434 ollama serve");
    CHECK(said(facts, "advisor model") == "skipped: there is no server to ask");
    CHECK(exit_of(facts) == 0);
    facts.advisor->endpoint = "http://10.0.0.7:11434";
    facts.advisor->loopback = false;
    CHECK(check_of(facts, "advisor").mend == "curl -fsS http://10.0.0.7:11434/api/version");

    facts = advised();
    facts.advisor->model_fault = "the model server has no model \"qwen2.5:7b\"";
    facts.advisor->model = "it's";
    CHECK(said(facts, "advisor model") ==
          "warning: the model server has no model \"qwen2.5:7b\" | env OLLAMA_HOST=http://127.0.0.1:11434 ollama pull "
          "'it'\\''s'");
    CHECK(exit_of(facts) == 0);
}

TEST_CASE("the advisor: what leaves the machine is said") {
    auto facts = advised();
    facts.advisor->loopback = false;
    facts.advisor->endpoint = "http://10.0.0.7:11434";
    CHECK(said(facts, "advisor") ==
          "warning: Ollama 0.17.4 at http://10.0.0.7:11434: what was read leaves this machine, and can be read on its "
          "way | ${EDITOR:-vi} salve.yaml");
    facts.advisor->tls = true;
    CHECK(said(facts, "advisor") ==
          "ok: Ollama 0.17.4 at http://10.0.0.7:11434: what was read leaves this machine (advisor.allow_remote)");
    facts = advised();
    facts.advisor->remote = "https://ollama.com:443";
    CHECK(said(facts, "advisor model") ==
          "warning: qwen2.5:7b runs at https://ollama.com:443, and only local ones are allowed (advisor.allow_remote): "
          "it is not asked | ${EDITOR:-vi} salve.yaml");
    facts.advisor->allow_remote = true;
    CHECK(said(facts, "advisor model") == "ok: qwen2.5:7b runs at https://ollama.com:443 (advisor.allow_remote)");
}

TEST_CASE("the advisor: a window that is too small, or not told") {
    auto facts = advised();
    facts.advisor->window = 4096;
    CHECK(said(facts, "advisor window") ==
          "warning: the model has 4096 tokens, and advisor.num_ctx asks for 8192: it is not asked | ${EDITOR:-vi} "
          "salve.yaml");
    facts.advisor->window = 8191;
    CHECK(check_of(facts, "advisor window").state == State::warning);
    facts.advisor->window = 8192;
    CHECK(check_of(facts, "advisor window").state == State::ok);
    facts.advisor->window = 0;
    CHECK(said(facts, "advisor window") == "skipped: the model does not tell its own");
    CHECK(exit_of(facts) == 0);
}
