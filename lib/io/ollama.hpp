// The advisor over a local Ollama server. Off, slow or wrong means "no answer", never an error: a run goes on as it
// would without a model (SAFETY 6.4).
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "advise/advisor.hpp"
#include "advise/endpoint.hpp"
#include "base/time.hpp"
#include "io/cancel.hpp"
#include "io/ollama_call.hpp"

namespace salve::io {

enum class OllamaStage { looking, loading, answering };

struct OllamaSettings {
    std::string endpoint = "http://127.0.0.1:11434";
    std::string model;
    std::int64_t num_ctx = 8192;      // tokens, of the question and the answer
    std::int64_t num_predict = 1024;  // tokens, of the answer alone
    bool allow_remote = false;        // an endpoint that is elsewhere, and a model that runs elsewhere

    // Wall time: of a connection, of each question about the server and the model, of the loading of the model, of an
    // answer, and of all that one Ollama object ever does.
    base::Duration connect = base::seconds(5), lookup = base::seconds(10), preload = base::seconds(120),
                   answer = base::seconds(45), total = base::seconds(180);
    const Cancel* cancel = nullptr;  // must outlive the advisor
    // At the beginning of each stage, and about once a second while it lasts: a model may take a minute to load.
    std::function<void(OllamaStage, base::Duration)> progress;
};

// Before the first question: what server is it, is the model there and is it local, load it, and is its window as large
// as was asked for. What fails there fails every later question at once.
class Ollama : public advise::Advisor {
public:
    explicit Ollama(OllamaSettings settings);
    // Throws only Interrupted, when cancel is requested. The answer has the content or a failure, never both, and what
    // is known of the server in either case.
    advise::Answer ask(const advise::Question& question) override;

private:
    void prepare();
    void check_settings();
    void find_model();
    void load_model();
    void put(const advise::Question& question, advise::Answer& answer);
    advise::ollama::Reply look(const std::string& path, const std::optional<std::string>& body = {});
    advise::ollama::Read<advise::ollama::Reply> call(const std::string& path, const std::optional<std::string>& body,
                                                     OllamaStage stage, base::Duration budget);

    OllamaSettings settings_;
    advise::ollama::Options options_;
    OllamaServer server_;
    advise::Answer known_;  // what every answer says of the server
    std::string broken_;    // why no question has an answer
    bool ready_ = false, remote_ = false;
    std::int64_t deadline_us_ = 0;  // of monotonic_us(); 0 before the first question
};

}  // namespace salve::io
