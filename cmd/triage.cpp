// salve triage: collects evidence, names what is broken and why, worst first. Changes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/command.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/progress.hpp"
#include "diagnose/diagnose.hpp"
#include "diagnose/select.hpp"
#include "io/collect.hpp"
#include "io/drill_down.hpp"
#include "io/kubectl_transport.hpp"
#include "io/list_read.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"
#include "report/format.hpp"
#include "report/modes.hpp"
#include "version.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    std::vector<std::string> targets, namespaces, contexts;
    bool all = false;
    std::string output = "human", min_severity, from, save, explain;
    bool list_modes = false;
    int kubectl_timeout_s = 0;
};

// Logs and further reads, until nothing new is asked for: a log names a Service in another namespace, whose pods have
// logs of their own.
constexpr int more_rounds = 4;

// Where one triage reads from, and as whom.
struct Source {
    std::unique_ptr<io::Transport> transport;
    io::KubectlTransport* live = nullptr;
    std::string context;
    std::string run;     // id of the run; of a recording the same each time, so that its output is
    std::string record;  // id of the record, each time another one
    std::string server, redaction_key;
    std::string kubectl_path;
    std::optional<std::string> recording_sha256;
    kube::Scope scope;
    base::Time now;
};

kube::Scope scope_of(const Options& options, const kube::Scope& otherwise) {
    kube::Scope scope;
    if (options.all) {
        scope.all = true;
    } else if (!options.namespaces.empty()) {
        for (const auto& ns : options.namespaces) scope.namespaces.push_back(kube::checked_namespace(ns));
    } else {
        scope = otherwise;
    }
    std::sort(scope.namespaces.begin(), scope.namespaces.end());
    scope.namespaces.erase(std::unique(scope.namespaces.begin(), scope.namespaces.end()), scope.namespaces.end());
    return scope;
}

// A recording can only be asked for what it holds.
void check_recorded(const kube::Scope& scope, const kube::Scope& recorded, const std::string& file) {
    const auto holds = [&](const std::string& ns) {
        return std::find(recorded.namespaces.begin(), recorded.namespaces.end(), ns) != recorded.namespaces.end();
    };
    const bool fits = scope.all == recorded.all && std::all_of(scope.namespaces.begin(), scope.namespaces.end(), holds);
    if (fits) return;
    throw Error(ErrorKind::usage, fmt::format("the recording \"{}\" does not hold what was asked for", file),
                recorded.all ? "it holds all namespaces: use -A or no namespace flag"
                             : "it holds: " + base::join(recorded.namespaces, ", "));
}

Source recorded_source(const Options& options) {
    Source source;
    auto recorded = std::make_unique<io::RecordedTransport>(options.from);
    source.context = recorded->head().context;
    source.now = recorded->head().taken_at;
    source.scope = scope_of(options, recorded->head().scope);
    check_recorded(source.scope, recorded->head().scope, options.from);
    // The same recording gives the same bytes: its run id and its redaction tags come from its digest.
    source.run = base::sha256_hex(recorded->digest() + base::join(source.scope.namespaces, ",") + "/" +
                                  base::join(options.targets, ","))
                     .substr(0, 12);
    source.record = source.run + "-" + io::random_hex(8);
    source.redaction_key = recorded->digest();
    source.recording_sha256 = recorded->digest();
    source.transport = std::move(recorded);
    return source;
}

Source live_source(Context& context, const Options& options, const std::string& name) {
    Source source;
    auto chosen = context.choose(name);
    const auto timeout =
        options.kubectl_timeout_s > 0 ? base::seconds(options.kubectl_timeout_s) : context.config().kubectl_timeout;
    io::KubectlSettings settings;
    settings.program = context.kubectl();
    settings.target = chosen.target;
    settings.target.request_timeout_seconds =
        static_cast<std::uint32_t>(std::max<std::int64_t>(1, timeout.us / 2'000'000));
    settings.environment = context.child_environment();
    settings.list_budget = timeout;
    settings.log_budget = std::min(timeout, base::seconds(30));
    settings.cancel = &context.cancel();
    source.kubectl_path = context.kubectl().path;
    auto live = std::make_unique<io::KubectlTransport>(std::move(settings));
    source.live = live.get();
    source.transport = std::move(live);
    source.context = chosen.context;
    source.server = chosen.server;
    source.run = source.record = io::random_hex(12);
    source.redaction_key = io::random_hex(32);
    source.now = context.now();
    source.scope = scope_of(options, {{chosen.ns}, false, {}});
    return source;
}

void check_targets(const kube::World& world, const std::vector<diagnose::Target>& targets) {
    for (const auto& target : targets)
        if (presence(world, target) == diagnose::Presence::absent)
            throw Error(ErrorKind::cluster_unreadable,
                        fmt::format("{} does not exist in {}", target.text(),
                                    world.facts().scope.all ? "any namespace"
                                                            : base::join(world.facts().scope.namespaces, ", ")),
                        "check the name and the namespace (-n)");
}

std::vector<std::string> warnings_of(const kube::Snapshot& snapshot, base::Time now) {
    std::vector<std::string> warnings;
    if (snapshot.taken_at - now > base::seconds(60))
        warnings.push_back(
            fmt::format("the local clock is {} behind the cluster's", base::to_words(snapshot.taken_at - now)));
    return warnings;
}

// Reads, diagnoses, reads the logs and whatever else the findings need, and diagnoses again.
std::vector<diagnose::Finding> investigate(Source& source, const base::Redactor& redactor,
                                           const io::CollectOptions& how, const std::vector<diagnose::Target>& targets,
                                           kube::Snapshot& snapshot) {
    snapshot = io::collect(*source.transport, redactor, how);
    for (const auto& target : targets) snapshot.scope.targets.push_back(target.text());
    const auto known = [&](const auto& wanted) { return io::was_read(snapshot, wanted); };
    for (int round = 0; round < more_rounds; ++round) {
        std::vector<diagnose::LogWanted> logs;
        std::vector<diagnose::ReadWanted> reads;
        {
            const kube::World world(snapshot);
            logs = diagnose::wanted_logs(world, diagnose::all_rules());
            reads = diagnose::wanted_reads(world, diagnose::all_rules(), diagnose::all_links());
        }
        std::erase_if(logs, known);
        std::erase_if(reads, known);
        if (logs.empty() && reads.empty()) break;
        io::collect_logs(*source.transport, redactor, how, logs, snapshot);
        io::drill_down(*source.transport, redactor, how, reads, snapshot);
    }
    const kube::World world(snapshot);
    check_targets(world, targets);
    return about(world, within_scope(world, diagnose::diagnose(world).findings), targets);
}

diagnose::Severity min_severity(Context& context, const Options& options) {
    if (options.min_severity.empty()) return context.config().min_severity;
    return *base::parse(diagnose::severity_names, options.min_severity);  // CLI11 has checked the word
}

// What is known of the run before anything is read.
void announce(audit::Record& record, const Source& source, const base::Redactor& redactor) {
    record.run_id = source.record;
    record.recording_sha256 = source.recording_sha256;
    record.kubectl.path = source.kubectl_path;
    record.cluster.context = source.context;
    record.server = redactor.text(source.server);
    record.scope = source.scope;
    record.hmac_key_id = base::sha256_hex(source.redaction_key).substr(0, 12);
    if (const auto client = io::ssh_client(); !client.empty())
        record.actor.ssh_client_hmac = base::hmac_sha256(source.redaction_key, client);
}

void fill(audit::Record& record, const Source& source, const kube::Snapshot& snapshot, const base::Redactor& redactor,
          const report::Triage& triage) {
    record.cluster = snapshot.cluster;
    record.scope = snapshot.scope;
    record.reads = snapshot.reads;
    // A record is read by people and bounded (SAFETY 1.6): what is below the least severity is counted by mode.
    for (const auto* finding : listed(triage)) record.findings.push_back(*finding);
    for (const auto& finding : triage.findings)
        if (finding.severity < triage.min_severity) ++record.below_min_severity[std::string(finding.mode->id)];
    record.redactions = redactor.count();
    record.warnings = triage.warnings;
    if (source.live) record.commands = source.live->calls();
}

report::Triage triage_one(Context& context, const Options& options, const std::string& name) {
    const auto start_us = context.elapsed_us();
    auto& record = context.begin_record("triage", io::random_hex(12));
    auto source = options.from.empty() ? live_source(context, options, name) : recorded_source(options);
    std::vector<diagnose::Target> targets;
    for (const auto& word : options.targets) targets.push_back(diagnose::parse_target(word));

    const base::Redactor redactor(source.redaction_key);
    announce(record, source, redactor);
    context.write_record(audit::Event::open);
    io::Recorder recorder;
    ProgressLine progress(context.terminal_err() && source.live);
    io::CollectOptions how;
    how.scope = source.scope;
    how.context = source.context;
    how.now = source.now;
    how.cancel = &context.cancel();
    if (!options.save.empty()) how.recorder = &recorder;
    how.progress = [&](std::size_t done, std::size_t total) { progress.show(done, total); };

    kube::Snapshot snapshot;
    report::Triage triage;
    triage.findings = investigate(source, redactor, how, targets, snapshot);
    progress.clear();
    triage.run = source.run;
    triage.cluster = snapshot.cluster;
    triage.scope = snapshot.scope;
    triage.started_at = snapshot.taken_at;
    triage.mono_us = source.live ? context.elapsed_us() - start_us : 0;
    triage.reads = snapshot.reads;
    triage.min_severity = min_severity(context, options);
    triage.warnings = warnings_of(snapshot, source.now);
    if (!options.save.empty())
        recorder.save(options.save, {snapshot.taken_at, source.context, source.scope}, SALVE_VERSION);
    fill(record, source, snapshot, redactor, triage);
    context.write_record(audit::Event::evidence);
    triage.record_path = context.end_record("completed", has_problems(triage) ? exit_findings : exit_ok);
    if (triage.record_path.empty()) triage.run.clear();
    return triage;
}

void check(const Options& options) {
    if (options.all && !options.namespaces.empty())
        throw Error(ErrorKind::usage, "-A and -n cannot be used together", "give one of them");
    if (!options.from.empty() && !options.contexts.empty())
        throw Error(ErrorKind::usage, "--from and --context cannot be used together",
                    "a recording has its own context");
    if (options.contexts.size() > 1 && !options.save.empty())
        throw Error(ErrorKind::usage, "--save takes one context", "run once for each context");
    for (const auto& word : options.targets) diagnose::parse_target(word);
    for (const auto& ns : options.namespaces) kube::checked_namespace(ns);
}

// The failure modes themselves: no cluster is read and no record is written.
int describe(Context& context, const Options& options) {
    const auto modes = diagnose::all_modes();
    const bool json = options.output == "json";
    if (options.output == "markdown")
        throw Error(ErrorKind::usage, "modes are printed as human or json, not as markdown", "leave -o out");
    if (options.list_modes) {
        context.out(json ? report::modes_json(modes) : report::modes_human(modes));
        return exit_ok;
    }
    const auto found = std::find_if(modes.begin(), modes.end(),
                                    [&](const diagnose::Mode* mode) { return mode->id == options.explain; });
    if (found == modes.end()) {
        std::vector<std::string_view> known;
        known.reserve(modes.size());
        for (const auto* mode : modes) known.push_back(mode->id);
        const auto near = base::nearest(options.explain, known);
        throw Error(ErrorKind::usage, fmt::format("there is no mode {}", base::quoted(options.explain)),
                    near ? fmt::format("did you mean {}?", *near) : "'salve triage --list-modes' prints them");
    }
    const report::Style style{false, context.width_out(), 0, false};
    context.out(json ? report::mode_json(**found) : report::mode_human(**found, style));
    return exit_ok;
}

int run(Context& context, const Options& options) {
    if (options.list_modes || !options.explain.empty()) return describe(context, options);
    check(options);
    std::vector<report::Triage> triages;
    const auto contexts = options.contexts.empty() ? std::vector<std::string>{""} : options.contexts;
    triages.reserve(contexts.size());
    for (const auto& name : contexts) triages.push_back(triage_one(context, options, name));
    context.out(report::find_format(options.output)->write(triages, context.style()));
    return std::any_of(triages.begin(), triages.end(), report::has_problems) ? exit_findings : exit_ok;
}

std::function<int(Context&)> add(CLI::App& app, Context&) {
    const auto options = std::make_shared<Options>();
    std::vector<std::string> formats, severities;
    for (const auto* format : report::all_formats()) formats.emplace_back(format->name);
    for (const auto& [severity, name] : diagnose::severity_names) severities.emplace_back(name);
    app.add_option("TARGET", options->targets,
                   "only what concerns these: deploy/web, sts/db, pod/web-0, node/worker-1");
    app.add_option("-n,--namespace", options->namespaces, "namespace to look at (repeatable; default: the context's)")
        ->allow_extra_args(false);
    app.add_flag("-A,--all-namespaces", options->all, "look at all namespaces");
    app.add_option("--context", options->contexts, "kubeconfig context (repeatable)")->allow_extra_args(false);
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember(formats))
        ->capture_default_str();
    app.add_option("--min-severity", options->min_severity, "what counts as a problem (default: medium)")
        ->check(CLI::IsMember(severities));
    app.add_option("--from", options->from, "read this recording instead of a cluster");
    app.add_option("--save", options->save, "write what was read, redacted, to this file");
    app.add_option("--explain", options->explain,
                   "print what this mode needs as evidence, what it is mistaken for, and what to do");
    app.add_flag("--list-modes", options->list_modes, "print the table of failure modes");
    app.add_option("--kubectl-timeout", options->kubectl_timeout_s, "seconds that one kubectl may take (default: 60)")
        ->check(CLI::Range(1, 3600));
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command triage_command;
const Command triage_command = {"triage", "Find what is broken, and why, with the proof. Changes nothing.", add};

}  // namespace salve::cmd
