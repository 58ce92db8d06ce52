#include "cmd/advisor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/progress.hpp"

namespace salve::cmd {
namespace {

io::AdvisorKind kind_of(Context& context, const Advising& advising) {
    if (advising.kind.empty()) return context.config().advisor.kind;
    return *base::parse(io::advisor_kind_names, advising.kind);
}

std::string_view stage_words(io::OllamaStage stage) {
    switch (stage) {
        case io::OllamaStage::looking:
            return "looking for the model";
        case io::OllamaStage::loading:
            return "loading the model";
        case io::OllamaStage::answering:
            break;
    }
    return "the model answers";
}

io::OllamaSettings settings_of(Context& context, const std::string& model) {
    const auto& config = context.config().advisor;
    io::OllamaSettings settings;
    settings.endpoint = config.endpoint;
    settings.model = model;
    settings.num_ctx = config.num_ctx;
    settings.allow_remote = config.allow_remote;
    settings.cancel = &context.cancel();
    return settings;
}

io::OllamaSettings told_settings(Context& context, const std::string& model, StatusLine& line) {
    auto settings = settings_of(context, model);
    settings.progress = [&line, name = base::visible(model)](io::OllamaStage stage, base::Duration since) {
        line.show(fmt::format("advisor {}: {}, {}s", name, stage_words(stage), since.us / 1'000'000));
    };
    return settings;
}

// An advisor and the line on which it says what it does.
class Waiting : public advise::Advisor {
public:
    Waiting(Context& context, const std::string& model)
        : line_(context.terminal_err(), context.flags.quiet), ollama_(told_settings(context, model, line_)) {}
    advise::Answer ask(const advise::Question& question) override { return ollama_.ask(question); }

private:
    StatusLine line_;
    io::Ollama ollama_;
};

}  // namespace

void add_advising(CLI::App& app, Advising& advising) {
    app.add_option("--advisor", advising.kind, "ask a model about the plan: none, ollama (default: advisor.kind)")
        ->check(CLI::IsMember({"none", "ollama"}));
    app.add_flag("--llm-keep-prompt", advising.keep_prompt, "keep what the model is asked and answers in the record");
    app.add_flag("--llm-raw-logs", advising.raw_logs,
                 "let the model see lines of logs with their numbers and words, redacted all the same");
}

std::optional<io::OllamaSettings> configured_advisor(Context& context) {
    if (context.config().advisor.kind == io::AdvisorKind::none) return std::nullopt;
    return settings_of(context, context.config().advisor.model);
}

std::unique_ptr<advise::Advisor> advisor_of(Context& context, const Advising& advising, const std::string& model) {
    if (kind_of(context, advising) == io::AdvisorKind::none || model.empty()) return nullptr;
    return std::make_unique<Waiting>(context, model);
}

std::size_t prompt_bytes(std::int64_t num_ctx) {
    constexpr std::int64_t bytes_a_token = 2;  // of JSON and marks: fewer than of prose
    const auto fits = (num_ctx - io::OllamaSettings().num_predict) * bytes_a_token;
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(fits, 0, static_cast<std::int64_t>(advise::PromptOptions().max_bytes)));
}

std::optional<audit::ModelRun> ask_advisor(Context& context, const Advising& advising, const Source& source,
                                           const std::vector<diagnose::Finding>& findings, const advise::Replan& replan,
                                           plan::Plan& plan) {
    const auto& config = context.config().advisor;
    const auto model = advisor_of(context, advising, config.model);
    if (!model || plan.steps.empty()) return std::nullopt;
    const auto shadow = advisor_of(context, advising, config.shadow_model);
    advise::ConsultOptions options;
    // Of a recording the same each time, as everything else of it.
    options.prompt.salt = base::hmac_sha256(source.redaction_key, "advisor " + plan.run);
    options.prompt.raw_logs = advising.raw_logs;
    options.prompt.max_bytes = prompt_bytes(config.num_ctx);
    options.shadow = shadow.get();
    const auto namespaces = source.scope.all ? std::vector<std::string>() : source.scope.namespaces;
    auto advised = advise::advised_plan(std::move(plan), findings, namespaces, replan, *model, options);
    plan = std::move(advised.plan);
    auto run = audit::model_run(advised.about, advised.advice, plan);
    run.reordered = advised.reordered;
    run.keep_prompt = advising.keep_prompt;
    if (shadow) run.shadow_model = config.shadow_model;
    if (!run.used) context.warn(fmt::format("salve: advisor: {}; the rules' order stands", run.fallback_reason));
    return run;
}

}  // namespace salve::cmd
