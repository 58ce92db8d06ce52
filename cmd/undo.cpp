// salve undo: plans the way back of a run that changed something. The plan needs an approval of its own; nothing is
// changed here.
#include "plan/undo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "audit/fields.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/make_plan.hpp"
#include "cmd/progress.hpp"
#include "io/find_run.hpp"
#include "io/live_objects.hpp"
#include "io/system.hpp"
#include "plan/plan_json.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

struct Options {
    std::string run, context, output = "human";
    int kubectl_timeout_s = 0;
};

// What the run did: its steps that were applied, of which plan.
struct Applied {
    std::string run;
    std::vector<int> ordinals;
    plan::Plan plan;
};

using audit::fields::items;
using audit::fields::text;

std::string effect_of(const json& step) { return text(step, "effect"); }

bool has_effect(const json& document, std::string_view effect) {
    const auto& steps = items(document, "steps");
    return std::any_of(steps.begin(), steps.end(), [&](const json& step) { return effect_of(step) == effect; });
}

// The steps of a run that died, whose change had arrived, as a later recovery found out.
std::vector<int> recovered_steps(const io::RunsFolder& runs, const std::string& run) {
    std::vector<int> ordinals;
    io::each_record(
        runs,
        [&](const io::ReadRecord& record) {
            for (const auto& one : items(record.document, "reconciliations"))
                for (const auto& step : items(one, "steps"))
                    if (text(one, "run_id") == run && effect_of(step) == "applied")
                        ordinals.push_back(static_cast<int>(audit::fields::integer(step, "ordinal").value_or(0)));
            return true;
        },
        [](const Error&) {});
    return ordinals;
}

// "latest" is the newest run that changed something, or may have.
io::ReadRecord find_change(const io::RunsFolder& runs, const std::string& word) {
    if (word != "latest") return io::find_run(runs, word);
    std::optional<io::ReadRecord> found;
    io::each_record(
        runs,
        [&](const io::ReadRecord& record) {
            if (has_effect(record.document, "applied") || has_effect(record.document, "unknown")) found = record;
            return !found;
        },
        [](const Error& error) { throw error; });
    return found ? *std::move(found) : io::find_run(runs, word);
}

Applied applied_of(const io::RunsFolder& runs, const std::string& word) {
    const auto record = find_change(runs, word);
    Applied applied;
    applied.run = audit::fields::text(record.document, "run_id");
    std::string sha256;
    const auto recovered =
        has_effect(record.document, "unknown") ? recovered_steps(runs, applied.run) : std::vector<int>();
    for (const auto& step : items(record.document, "steps")) {
        const auto ordinal = static_cast<int>(audit::fields::integer(step, "ordinal").value_or(0));
        const bool arrived = std::find(recovered.begin(), recovered.end(), ordinal) != recovered.end();
        if (effect_of(step) != "applied" && !arrived) continue;
        applied.ordinals.push_back(ordinal);
        sha256 = text(step, "plan_sha256");
    }
    if (applied.ordinals.empty())
        throw Error(ErrorKind::usage, fmt::format("run {} changed nothing that is known of", base::quoted(word)),
                    "'salve runs show' prints what it did; of a run that died, first 'salve runs recover'");
    const auto planned = io::find_plan(runs, sha256);
    applied.plan = plan::parse_plan(planned.document["plan"]["document"],
                                    planned.document["plan"]["plan_sha256"].get<std::string>(), to_text(planned.name));
    return applied;
}

Reading reading_of(const Applied& applied, const Options& options) {
    Reading reading;
    for (const auto& step : applied.plan.steps) reading.namespaces.push_back(step.target.object.ns);
    reading.kubectl_timeout_s = options.kubectl_timeout_s;
    return reading;
}

MadePlan make_undo(Context& context, const Options& options) {
    const auto applied = applied_of(io::RunsFolder::open(context.runs_folder()), options.run);
    auto& record = context.begin_record("plan", io::random_hex(12));
    record.parent_run_ids.push_back(applied.run);
    const auto name = options.context.empty() ? applied.plan.bound.cluster.context : options.context;
    auto source = source_of(context, reading_of(applied, options), name);
    const base::Redactor redactor(source.redaction_key);
    announce(record, source, redactor);
    context.write_record(audit::Event::open);

    kube::Snapshot snapshot;
    ProgressLine progress(context.terminal_err());
    const auto findings = investigate(source, redactor, collecting(context, source, nullptr, progress), {}, snapshot);
    progress.clear();
    if (snapshot.cluster.uid != applied.plan.bound.cluster.uid)
        throw Error(ErrorKind::stale, "this is another cluster than the one that was changed",
                    "name the context of that run with --context");
    auto reads = snapshot.reads;
    const auto objects =
        io::read_live(*source.transport, redactor, nullptr, plan::undo_objects(applied.plan, applied.ordinals), reads);
    fill(record, source, snapshot, redactor, findings, context.config().min_severity);
    record.reads = std::move(reads);
    context.write_record(audit::Event::evidence);

    plan::PlanOptions how;
    how.now = source.now;
    how.run = source.run;
    how.connection = source.connection;
    how.ttl = context.config().approval_ttl;
    const kube::World world(snapshot);
    MadePlan made{plan::make_undo(world, applied.plan, applied.ordinals, applied.run, objects, how), "", "", 0, {}};
    finish_plan(context, source, redactor, objects, plan::Outcome::planned, record, made);
    return made;
}

int run(Context& context, const Options& options) {
    const auto made = make_undo(context, options);
    print_plan(context, made, options.output == "json", false);
    return exit_ok;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    app.add_option("RUN", options->run,
                   "the run that changed something: its id, its number, or latest: the newest that did")
        ->required();
    app.add_option("--context", options->context, "kubeconfig context (default: the one of that run)");
    app.add_option("--kubectl-timeout", options->kubectl_timeout_s, "seconds that one kubectl may take (default: 60)")
        ->check(CLI::Range(1, 3600));
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    app.footer("Only what that run set and nobody has changed since is put back; the rest is told.");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command undo_command;
const Command undo_command = {"undo", "Plan the way back of a run, for an approval of its own. Changes nothing.", add};

}  // namespace salve::cmd
