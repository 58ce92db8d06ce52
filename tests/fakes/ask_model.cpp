// The client of a model server alone: asks for the order of three actions and prints each answer as a line of JSON, its
// progress on stderr. Used by tests/e2e/stage_advisor.py, for what `salve plan` cannot be made to ask.
//
//   ask_model --endpoint URL --model NAME [--num-ctx N] [--num-predict N] [--bytes N] [--questions N] [--answer-s N]
//     --bytes: of padding in the question
#include <cstdio>
#include <map>
#include <string>

#include "io/ollama.hpp"

namespace {

using namespace salve;
using nlohmann::json;

advise::Question question(std::size_t padding) {
    advise::Question asked;
    asked.system = "You rank actions for an incident in Kubernetes. Answer with JSON only.";
    asked.user = "E1: container web was OOMKilled. Actions: A1 restart, A2 raise memory, A3 undo the rollout.";
    for (std::size_t i = 0; i < padding; ++i) asked.user += "word "[i % 5];
    const json id{{"type", "string"}, {"enum", {"A1", "A2", "A3"}}};
    asked.schema = {{"type", "object"},
                    {"properties", {{"ranking", {{"type", "array"}, {"items", id}, {"minItems", 3}, {"maxItems", 3}}}}},
                    {"required", {"ranking"}},
                    {"additionalProperties", false}};
    return asked;
}

json document_of(const advise::Answer& answer) {
    return {{"content", answer.content},
            {"failure", answer.failure ? json(*answer.failure) : json()},
            {"model", answer.model},
            {"model_digest", answer.model_digest},
            {"server_version", answer.server_version},
            {"endpoint", answer.endpoint},
            {"prompt_tokens", answer.prompt_tokens},
            {"answer_tokens", answer.answer_tokens},
            {"num_ctx", answer.num_ctx},
            {"latency_us", answer.latency_us},
            {"load_us", answer.load_us},
            {"done_reason", answer.done_reason}};
}

void tell(io::OllamaStage stage, base::Duration so_far) {
    constexpr const char* words[] = {"looking", "loading", "answering"};
    std::fprintf(stderr, "%s %s\n", words[static_cast<int>(stage)], base::to_words(so_far).c_str());
}

}  // namespace

int main(int argc, char** argv) {
    std::map<std::string, std::string> given{
        {"--num-ctx", "4096"}, {"--num-predict", "256"}, {"--bytes", "0"}, {"--questions", "1"}, {"--answer-s", "45"}};
    for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    io::OllamaSettings settings;
    settings.endpoint = given["--endpoint"];
    settings.model = given["--model"];
    settings.num_ctx = std::stol(given["--num-ctx"]);
    settings.num_predict = std::stol(given["--num-predict"]);
    settings.answer = base::seconds(std::stol(given["--answer-s"]));
    settings.progress = tell;
    io::Ollama advisor(settings);
    for (int i = 0; i < std::stoi(given["--questions"]); ++i)
        std::puts(document_of(advisor.ask(question(std::stoul(given["--bytes"])))).dump().c_str());
    return 0;
}
