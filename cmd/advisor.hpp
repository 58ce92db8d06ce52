// The model that may be asked about a plan: the flags, the client as it is configured, and the one place that asks.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "advise/judge.hpp"
#include "audit/model_run.hpp"
#include "cmd/investigation.hpp"
#include "io/ollama.hpp"

namespace salve::cmd {

// --advisor, --llm-keep-prompt, --llm-raw-logs.
struct Advising {
    std::string kind;  // none, ollama; empty: as configured
    bool keep_prompt = false, raw_logs = false;
};
void add_advising(CLI::App& app, Advising& advising);

// The client as the configuration has it, nothing where no advisor is configured.
std::optional<io::OllamaSettings> configured_advisor(Context& context);

// A model under the name that it has on its server; null where no model is to be asked.
std::unique_ptr<advise::Advisor> advisor_of(Context& context, const Advising& advising, const std::string& model);

// Asks the model about the plan, where one is to be asked and there is a step. The plan gets the order and the
// judgement that the answer may give it; nothing where nobody was asked. What fails is one line on stderr: the plan is
// then what it is without a model.
std::optional<audit::ModelRun> ask_advisor(Context& context, const Advising& advising, const Source& source,
                                           const std::vector<diagnose::Finding>& findings, const advise::Replan& replan,
                                           plan::Plan& plan);

// How much of a prompt fits the window of the model, with room for an answer.
std::size_t prompt_bytes(std::int64_t num_ctx);

}  // namespace salve::cmd
