// salve advisor eval: asks a model about recorded clusters and holds its answers against the rules and the truth.
// Nothing is read from a cluster, and no record is written.
#include "report/advisor_eval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "advise/advice.hpp"
#include "advise/truth.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cmd/advisor.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/progress.hpp"
#include "io/file.hpp"
#include "io/live_objects.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;
namespace files = std::filesystem;

struct Options {
    std::vector<std::string> folders, models;
    std::string output = "human";
    bool all = false, raw_logs = false;
};

// Each folder that holds a recording, or whose folders do; a recording that several share once.
std::vector<files::path> cases_in(const std::vector<std::string>& folders) {
    std::set<files::path> found;
    const auto add = [&](const files::path& folder) {
        if (files::exists(folder / "cluster.json")) found.insert(folder);
    };
    for (const auto& folder : folders) {
        std::error_code error;
        add(folder);
        for (const auto& entry : files::directory_iterator(folder, error)) add(entry.path());
        if (error)
            throw Error(ErrorKind::usage, fmt::format("{}: {}", folder, error.message()),
                        "name folders that hold recordings (cluster.json), as in scenarios");
    }
    std::vector<files::path> cases;
    std::set<files::path> recordings;
    for (const auto& folder : found)
        if (recordings.insert(files::canonical(folder / "cluster.json")).second) cases.push_back(folder);
    return cases;
}

nlohmann::json truth_of(const files::path& folder) try {
    const auto file = (folder / "truth.json").string();
    return base::parse_json(io::read_file(file, std::size_t{1} << 20), file);
} catch (const Error&) {
    return nullptr;  // nobody wrote it down
}

// The findings of a recording and the plan of the rules.
struct Recorded {
    std::vector<diagnose::Finding> findings;
    advise::Case about;
    std::string salt;
};

std::unique_ptr<Recorded> read(Context& context, const files::path& folder) {
    Reading reading;
    reading.from = (folder / "cluster.json").string();
    auto source = source_of(context, reading, "");
    const base::Redactor redactor(source.redaction_key);
    ProgressLine progress(false);
    const auto how = collecting(context, source, nullptr, progress);
    kube::Snapshot snapshot;
    auto recorded = std::make_unique<Recorded>();
    recorded->findings = investigate(source, redactor, how, {}, snapshot);
    plan::PlanOptions options;
    options.now = source.now;
    options.run = source.run;
    options.connection = source.connection;
    const kube::World world(snapshot);
    auto reads = snapshot.reads;
    const auto objects = io::read_live(*source.transport, redactor, how.recorder,
                                       plan::wanted_objects(world, recorded->findings, options), reads);
    const auto plan = plan::make_plan(world, recorded->findings, objects, options);
    const auto namespaces = source.scope.all ? std::vector<std::string>() : source.scope.namespaces;
    recorded->about = advise::case_of(plan, recorded->findings, namespaces, source.now);
    recorded->salt = base::hmac_sha256(source.redaction_key, "advisor eval");
    return recorded;
}

report::EvaluatedCase evaluate(Context& context, const Options& options, const std::string& model,
                               const files::path& folder, const Recorded& recorded) {
    const auto& about = recorded.about;
    Advising advising;
    advising.kind = "ollama";
    const auto advisor = advisor_of(context, advising, model);
    advise::ConsultOptions asking;
    asking.prompt = {recorded.salt, options.raw_logs, prompt_bytes(context.config().advisor.num_ctx)};
    const auto advice = advise::consult(about, *advisor, asking);
    report::EvaluatedCase result;
    result.name = folder.filename().string();
    result.model = model;
    result.candidates = about.candidates.size();
    result.fallback = advice.fallback.value_or("");
    result.abstained = advice.abstained;
    result.unstable = advice.unstable;
    result.actionable = advice.actionable;
    result.warnings = advice.warning_words();
    result.dropped = advice.dropped;
    result.latency_us = advise::total(advice.asked, &advise::Answer::latency_us);
    if (advice.ranking.empty()) return result;
    const auto first = advice.ranking.front();
    if (about.candidates.size() > 1) result.as_rules = first == 0;
    result.as_truth = advise::treats_truth(about, about.candidates[first], truth_of(folder));
    return result;
}

int eval(Context& context, const Options& options) {
    auto models = options.models;
    if (models.empty()) models.push_back(context.config().advisor.model);
    const auto folders = options.folders.empty() ? std::vector<std::string>{"scenarios"} : options.folders;
    std::vector<report::EvaluatedCase> results;
    StatusLine line(context.terminal_err(), context.flags.quiet);
    for (const auto& folder : cases_in(folders)) {
        try {
            const auto recorded = read(context, folder);
            if (recorded->about.candidates.empty()) continue;
            for (const auto& model : models) {
                line.show(fmt::format("{}: {}", base::visible(model), base::visible(folder.filename().string())));
                results.push_back(evaluate(context, options, model, folder, *recorded));
            }
        } catch (const Error& error) {
            context.warn(fmt::format("salve: warning: {}: left out: {}", folder.string(), error.what()));
        }
    }
    context.out(options.output == "json" ? report::advisor_eval_json(results)
                                         : report::advisor_eval_human(results, options.all));
    return 0;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.require_subcommand(1);
    app.fallthrough();
    auto* sub = app.add_subcommand("eval", "Hold a model against recorded clusters: the rules' choice, and the truth.");
    sub->fallthrough();
    sub->add_option("FOLDER", options->folders, "folders with recordings (default: scenarios)");
    sub->add_option("--model", options->models, "a model of the server (repeatable; default: advisor.model)")
        ->allow_extra_args(false);
    sub->add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    sub->add_flag("--all", options->all, "every case, not only those where the model differs");
    sub->add_flag("--llm-raw-logs", options->raw_logs, "as in 'salve plan'");
    sub->footer("Reads recordings and asks the server of advisor.endpoint; writes no record.");
    return [options](Context& context) { return eval(context, *options); };
}

}  // namespace

extern const Command advisor_command;
const Command advisor_command = {"advisor", "Judge a model before its order is trusted.", add};

}  // namespace salve::cmd
