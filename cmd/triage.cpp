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
#include "cmd/investigation.hpp"
#include "cmd/progress.hpp"
#include "diagnose/diagnose.hpp"
#include "diagnose/select.hpp"
#include "io/collect.hpp"
#include "io/drill_down.hpp"
#include "io/kubectl_transport.hpp"
#include "io/list_read.hpp"
#include "io/parallel.hpp"
#include "io/read_unread.hpp"
#include "io/system.hpp"
#include "kube/names.hpp"
#include "report/format.hpp"
#include "report/modes.hpp"
#include "report/words.hpp"
#include "version.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

struct Options {
    Reading reading;
    std::vector<std::string> contexts;
    std::string output = "human", min_severity, explain;
    bool list_modes = false;
};

diagnose::Severity min_severity(Context& context, const Options& options) {
    if (options.min_severity.empty()) return context.config().min_severity;
    return *base::parse(diagnose::severity_names, options.min_severity);  // CLI11 has checked the word
}

report::Triage triage_one(Context& context, const Options& options, const std::string& name) {
    const auto start_us = context.elapsed_us();
    auto& record = context.begin_record("triage", io::random_hex(12));
    auto source = source_of(context, options.reading, name);
    std::vector<diagnose::Target> targets;
    for (const auto& word : options.reading.targets) targets.push_back(diagnose::parse_target(word));

    const base::Redactor redactor(source.redaction_key);
    announce(record, source, redactor);
    context.write_record(audit::Event::open);
    io::Recorder recorder;
    ProgressLine progress(context.terminal_err() && source.live);
    auto how = collecting(context, source, options.reading.save.empty() ? nullptr : &recorder, progress);
    how.lists = context.config().kubectl_lists;

    kube::Snapshot snapshot;
    report::Triage triage;
    const auto so_far = [&](const std::vector<diagnose::Finding>& found) {
        progress.so_far(report::first_look(source.scope, found, min_severity(context, options), context.width_out()));
    };
    triage.findings = investigate(source, redactor, how, targets, snapshot, so_far);
    progress.clear();
    triage.run = source.run;
    triage.cluster = snapshot.cluster;
    triage.scope = snapshot.scope;
    triage.started_at = snapshot.taken_at;
    triage.mono_us = source.live ? context.elapsed_us() - start_us : 0;
    triage.reads = snapshot.reads;
    triage.min_severity = min_severity(context, options);
    triage.warnings = clock_warnings(snapshot, source.now);
    if (const auto history = source.live ? context.history(source.now) : std::nullopt)
        for (const auto& finding : triage.findings)
            if (const auto* snooze = policy::snoozed(*history, finding.id, source.now))
                triage.snoozed[finding.id] = snooze->until;
    if (how.recorder) {
        io::record_rest(*source.transport, redactor, how, snapshot);
        recorder.save(options.reading.save, {snapshot.taken_at, source.context, source.scope}, SALVE_VERSION);
    }
    fill(record, source, snapshot, redactor, triage.findings, triage.min_severity);
    // The record of a large cluster needs the room; to free what many small facts had takes a while.
    const auto freed = io::beside([gone = std::move(snapshot)]() mutable { kube::Snapshot ends(std::move(gone)); });
    record.warnings = triage.warnings;
    triage.record_path = context.end_record("completed", has_problems(triage) ? exit_findings : exit_ok);
    if (triage.record_path.empty()) triage.run.clear();
    return triage;
}

void check(const Options& options) {
    check(options.reading);
    if (!options.reading.from.empty() && !options.contexts.empty())
        throw Error(ErrorKind::usage, "--from and --context cannot be used together",
                    "a recording has its own context");
    if (options.contexts.size() > 1 && !options.reading.save.empty())
        throw Error(ErrorKind::usage, "--save takes one context", "run once for each context");
    for (const auto& word : options.reading.targets) diagnose::parse_target(word);
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
    app.add_option("TARGET", options->reading.targets,
                   "only what concerns these: deploy/web, sts/db, pod/web-0, node/worker-1");
    add_reading(app, options->reading);
    app.add_option("--context", options->contexts, "kubeconfig context (repeatable)")->allow_extra_args(false);
    app.add_option("-o,--output", options->output, "output format")
        ->check(CLI::IsMember(formats))
        ->capture_default_str();
    app.add_option("--min-severity", options->min_severity, "what counts as a problem (default: medium)")
        ->check(CLI::IsMember(severities));
    app.add_option("--explain", options->explain,
                   "print what this mode needs as evidence, what it is mistaken for, and what to do");
    app.add_flag("--list-modes", options->list_modes, "print the table of failure modes");
    return [options](Context& context) { return run(context, *options); };
}

}  // namespace

extern const Command triage_command;
const Command triage_command = {"triage", "Find what is broken, and why, with the proof. Changes nothing.", add};

}  // namespace salve::cmd
