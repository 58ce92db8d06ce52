#include "advise/ollama_request.hpp"

#include <doctest/doctest.h>

using namespace salve::advise;
using nlohmann::json;

namespace {

ollama::Options options_for(const std::string& model) {
    ollama::Options options;
    options.model = model;
    return options;
}

}  // namespace

TEST_CASE("ollama request: a question, to the byte") {
    Question question;
    question.system = "Rank.";
    question.user = "{\"facts\":[]}\n";
    question.schema = {{"type", "object"}, {"properties", {{"ranking", {{"type", "array"}}}}}};
    question.seed = 7;
    CHECK(ollama::chat_body(question, {"qwen2.5:7b", 8192, 512}) ==
          R"({"format":{"properties":{"ranking":{"type":"array"}},"type":"object"},"keep_alive":"5m",)"
          R"("messages":[{"content":"Rank.","role":"system"},{"content":"{\"facts\":[]}\n","role":"user"}],)"
          R"("model":"qwen2.5:7b","options":{"num_ctx":8192,"num_predict":512,"seed":7,"temperature":0},)"
          R"("shift":false,"stream":false,"think":false,"truncate":false})");
}

TEST_CASE("ollama request: a seed is an int for every server") {
    Question question;
    for (const std::uint64_t seed : {0ULL, 1ULL, 0x8000'0000ULL, ~0ULL}) {
        question.seed = seed;
        const auto sent = json::parse(ollama::chat_body(question, options_for("m"))).at("options").at("seed");
        CHECK(sent.get<std::uint64_t>() <= 0x7fff'ffff);
        CHECK(sent.get<std::uint64_t>() % 0x8000'0000 == seed % 0x8000'0000);
    }
}

TEST_CASE("ollama request: bytes that are no UTF-8 are replaced") {
    Question question;
    question.user = "a\xff\xc3z";
    const auto sent = json::parse(ollama::chat_body(question, options_for("m")));
    CHECK(sent.at("messages").at(1).at("content") == "a\uFFFD\uFFFDz");
    CHECK(json::parse(ollama::show_body("m\xff")).at("model") == "m\uFFFD");
}

TEST_CASE("ollama request: loading takes the window of the questions") {
    CHECK(ollama::preload_body({"m", 4096, 512}) ==
          R"({"keep_alive":"5m","messages":[],"model":"m","options":{"num_ctx":4096},"stream":false})");
    CHECK(ollama::show_body("m\"x") == R"({"model":"m\"x"})");
}

TEST_CASE("ollama request: what cannot fit") {
    CHECK(ollama::most_question_bytes({"m", 8192, 1024}) == 7168 * 4);
    CHECK(ollama::most_question_bytes({"m", 1024, 1024}) == 0);
    CHECK(ollama::most_question_bytes({"m", 1, 1024}) == 0);
    CHECK(ollama::most_question_bytes({"m", -5, 1024}) == 0);
    CHECK(ollama::estimated_tokens(0) == 0);
    CHECK(ollama::estimated_tokens(19812) == 4953);  // 4520 by the count of a real server
}

TEST_CASE("ollama request: names") {
    CHECK(ollama::full_name("qwen2.5:7b") == "qwen2.5:7b");
    CHECK(ollama::full_name("salve-tiny") == "salve-tiny:latest");
    CHECK(ollama::full_name("localhost:5000/me/m") == "localhost:5000/me/m:latest");
    CHECK(ollama::full_name("localhost:5000/me/m:q4") == "localhost:5000/me/m:q4");
    for (const std::string name : {"gpt-oss:120b-cloud", "glm-4.6:cloud", "GLM:Cloud", "x-cloud", "x-cloud:latest",
                                   "me/x:70b-CLOUD", "host:1/me/x:cloud"}) {
        CAPTURE(name);
        CHECK(ollama::is_cloud_name(name));
    }
    for (const std::string name : {"cloud", "cloud:7b", "nimbus-cloud:7b", "x:cloudy", "cloud/x:7b", "", ":", "x:"}) {
        CAPTURE(name);
        CHECK_FALSE(ollama::is_cloud_name(name));
    }
}
