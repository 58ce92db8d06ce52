#include "cmd/make_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/plan_fields.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/progress.hpp"
#include "cmd/span.hpp"
#include "io/live_objects.hpp"
#include "io/policy_file.hpp"
#include "io/rehearse.hpp"
#include "io/run_log.hpp"
#include "io/system.hpp"
#include "plan/plan_json.hpp"
#include "policy/approved_plan.hpp"
#include "policy/plan_input.hpp"
#include "report/plan.hpp"
#include "version.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

bool is_target(const std::string& what) { return what.find('/') != std::string::npos; }

std::optional<std::string> finding_of(const std::string& what) {
    if (what.empty() || is_target(what)) return std::nullopt;
    const bool hex = std::all_of(what.begin(), what.end(), [](unsigned char c) { return std::isxdigit(c); });
    if (!hex || what.size() < 6 || what.size() > 12)
        throw Error(ErrorKind::usage, fmt::format("{} is neither a target nor a finding", base::quoted(what)),
                    "as in deploy/web, or at least 6 digits of a finding's id");
    return what;
}

std::map<std::string, std::string> values_of(const std::vector<std::string>& words) {
    std::map<std::string, std::string> values;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == word.size())
            throw Error(ErrorKind::usage, fmt::format("--set {} is not KEY=VALUE", base::quoted(word)));
        if (!values.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
            throw Error(ErrorKind::usage, fmt::format("--set {} is given twice", base::quoted(word.substr(0, equals))));
    }
    return values;
}

// As asked for; else a day for what nobody waits for, and what the configuration says.
base::Duration ttl_of(Context& context, const Planning& planning) {
    constexpr auto longest = base::hours(24);
    if (planning.required_by.empty()) return planning.unattended ? longest : context.config().approval_ttl;
    const auto span = span_of("--required-by", planning.required_by);
    if (span > longest) throw Error(ErrorKind::usage, "--required-by is at most 24h", "plan again when it is needed");
    return span;
}

// Of what nobody waits for, the findings that were shown or left alone a moment ago are counted and not planned anew.
std::map<std::string, std::string> held(Context& context, const Planning& planning,
                                        const std::vector<diagnose::Finding>& findings, base::Time now) {
    std::map<std::string, std::string> words;
    const auto history = planning.unattended ? context.history(now) : std::nullopt;
    if (!history) return words;
    for (const auto& finding : findings) {
        const auto hold = policy::hold_of(*history, finding.id, now, context.config().dry_run_hold);
        if (hold)
            words[finding.id] = fmt::format("{}; asked for {} time{} since {}, held until {}", hold->why, hold->count,
                                            hold->count == 1 ? "" : "s", base::to_rfc3339(hold->first_seen),
                                            base::to_rfc3339(hold->until));
    }
    return words;
}

plan::PlanOptions options_of(Context& context, const Planning& planning, const Source& source) {
    plan::PlanOptions options;
    options.now = source.now;
    options.run = source.run;
    options.connection = source.connection;
    options.ask = {planning.action, values_of(planning.set)};
    options.finding = finding_of(planning.what);
    options.narrow = !planning.what.empty();
    options.enabled = context.config().enabled_actions;
    options.ttl = ttl_of(context, planning);
    options.continue_on_error = planning.continue_on_error;
    options.min_severity = planning.min_severity.empty()
                               ? context.config().min_severity
                               : *base::parse(diagnose::severity_names, planning.min_severity);
    return options;
}

// The server answers to each step what would come of it; of a recording nobody can be asked.
std::vector<std::vector<std::string>> rehearse(const Source& source, const base::Redactor& redactor,
                                               const plan::Objects& objects, plan::Plan& made) {
    if (!source.settings) {
        made.bound.recorded = true;
        for (auto& step : made.steps) step.dry_run.message = "this is a recording: there is no server to ask";
        return {};
    }
    io::Rehearsal rehearsal(*source.settings, redactor);
    for (auto& step : made.steps) rehearsal.rehearse(step, objects.find(step.target.object));
    return rehearsal.calls();
}

// A preview that nobody could see makes a step riskier (B2).
void count_previews(plan::Plan& made) {
    for (auto& step : made.steps) {
        if (step.dry_run.state == plan::DryRunState::ok) continue;
        if (!made.bound.recorded) step.risk = plan::Risk::high;
        step.continue_on_error = step.continue_on_error && step.risk == plan::Risk::low;
        step.risk_reasons.push_back(step.dry_run.state == plan::DryRunState::refused
                                        ? "the server refuses it"
                                        : "nobody could see beforehand what it would do");
        made.risk = std::max(made.risk, step.risk);
        made.risk_reasons.push_back(step.risk_reasons.back());
    }
}

// What was tried or rejected before is told: nobody repeats blindly what did not help.
void warn_of_earlier(plan::Plan& made, const policy::Settings& settings) {
    if (!settings.history) return;
    for (const auto& step : made.steps) {
        const auto words = policy::earlier_words(*settings.history, made.bound.cluster.uid, step, settings.now);
        if (!words.empty()) made.warnings.push_back(fmt::format("step {}: {}", step.ordinal, words));
    }
}

// What the policy says to each step; `confirm` gets the names that whoever approves it has to type.
audit::PolicyRun judge(Context& context, plan::Plan& made, base::Time now, std::vector<std::string>& confirm) {
    const auto policy = io::read_policy(context.policy_file());
    const auto settings = settings_of(context, now);
    warn_of_earlier(made, settings);
    auto run = audit::judge_plan(made, policy, settings);
    for (std::size_t i = 0; i < made.steps.size(); ++i) {
        auto& step = made.steps[i];
        policy::give_verdict(step, run.decisions[i]);
        const auto& name = step.target.object.name;
        const bool known = std::find(confirm.begin(), confirm.end(), name) != confirm.end();
        if (policy::must_type(step, run.decisions[i]) && !known) confirm.push_back(name);
    }
    made.bound.policy_sha256 = policy.sha256;
    return run;
}

}  // namespace

policy::Settings settings_of(Context& context, base::Time now) {
    const auto& config = context.config();
    policy::Settings settings;
    settings.enabled = config.remediation_enabled;
    settings.allow_high_risk = config.allow_high_risk;
    settings.allowed_namespaces = config.allowed_namespaces;
    settings.enabled_actions = config.enabled_actions;
    settings.confidence_threshold = config.confidence_threshold;
    settings.trust_level = config.trust_level;
    settings.history = context.history(now);
    settings.unsettled = context.unsettled_runs();
    settings.now = now;
    return settings;
}

void add_planning(CLI::App& app, Planning& planning) {
    app.add_option("WHAT", planning.what, "a target (deploy/web) or the id of a finding; default: every root");
    add_reading(app, planning.reading);
    app.add_option("--context", planning.context, "kubeconfig context");
    std::vector<std::string> severities;
    for (const auto& [severity, name] : diagnose::severity_names) severities.emplace_back(name);
    app.add_option("--min-severity", planning.min_severity, "what counts as a problem (default: medium)")
        ->check(CLI::IsMember(severities));
    app.add_option("--action", planning.action, "plan this action of the catalog and no other");
    app.add_option("--required-by", planning.required_by,
                   "how long the plan may be approved, as in 30m or 8h (default: approval.ttl; at most 24h)");
    app.add_flag(
        "--unattended", planning.unattended,
        "nobody waits for it: it may be approved for 24h, and what was shown a moment ago is not planned again");
    app.add_flag("--continue-on-error", planning.continue_on_error,
                 "a low-risk step that fails does not keep the later ones from being begun");
    add_advising(app, planning.advising);
    app.add_option("--set", planning.set, "KEY=VALUE for the action (repeatable)")->allow_extra_args(false);
}

MadePlan make_plan(Context& context, const Planning& planning, plan::Outcome outcome) {
    check(planning.reading);
    if (!planning.reading.from.empty() && !planning.context.empty())
        throw Error(ErrorKind::usage, "--from and --context cannot be used together",
                    "a recording has its own context");
    finding_of(planning.what);
    std::vector<diagnose::Target> targets;
    if (is_target(planning.what)) targets.push_back(diagnose::parse_target(planning.what));

    auto& record = context.begin_record("plan", io::random_hex(12));
    auto source = source_of(context, planning.reading, planning.context,
                            planning.what + "/" + planning.action + "/" + base::join(planning.set, ","));
    const base::Redactor redactor(source.redaction_key);
    announce(record, source, redactor);
    record.actor.reason = planning.reason;
    record.automatic = planning.unattended;
    record.trigger = planning.unattended ? "unattended" : "";
    context.write_record(audit::Event::open);
    io::Recorder recorder;
    ProgressLine progress(context.terminal_err() && source.live);
    const auto how = collecting(context, source, planning.reading.save.empty() ? nullptr : &recorder, progress);

    kube::Snapshot snapshot;
    const auto findings = investigate(source, redactor, how, targets, snapshot);
    auto options = options_of(context, planning, source);
    options.held = held(context, planning, findings, source.now);
    const kube::World world(snapshot);
    auto reads = snapshot.reads;
    const auto objects =
        io::read_live(*source.transport, redactor, how.recorder, plan::wanted_objects(world, findings, options), reads);
    progress.clear();
    if (!planning.reading.save.empty())
        recorder.save(planning.reading.save, {snapshot.taken_at, source.context, source.scope}, SALVE_VERSION);
    fill(record, source, snapshot, redactor, findings, options.min_severity);
    record.reads = std::move(reads);
    context.write_record(audit::Event::evidence);

    MadePlan made{plan::make_plan(world, findings, objects, options), "", "", 0, {}};
    const auto replan = [&](const plan::Order& order) {
        options.order = order;
        return plan::make_plan(world, findings, objects, options);
    };
    made.model = record.llm = ask_advisor(context, planning.advising, source, findings, replan, made.plan);
    for (const auto& warning : clock_warnings(snapshot, source.now)) made.plan.warnings.push_back(warning);
    made.unconcerned = static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [&](const auto& one) { return one.severity < options.min_severity; }));
    finish_plan(context, source, redactor, objects, outcome, record, made);
    return made;
}

void print_plan(Context& context, const MadePlan& made, bool json, bool show_rollback) {
    const report::PlanView view{made.plan,
                                made.id,
                                made.record_path,
                                made.unconcerned,
                                show_rollback,
                                made.confirm,
                                made.model ? &*made.model : nullptr};
    context.out(json ? report::plan_json(view) : report::plan_human(view, context.style()));
}

void finish_plan(Context& context, const Source& source, const base::Redactor& redactor, const plan::Objects& objects,
                 plan::Outcome outcome, audit::Record& record, MadePlan& made) {
    made.plan.bound.server = redactor.text(source.server);
    const auto calls = rehearse(source, redactor, objects, made.plan);
    record.commands.insert(record.commands.end(), calls.begin(), calls.end());
    count_previews(made.plan);
    if (made.plan.outcome == plan::Outcome::planned) made.plan.outcome = outcome;
    record.policy = judge(context, made.plan, source.now, made.confirm);
    record.warnings = made.plan.warnings;
    record.plan = made.plan;
    context.write_record(audit::Event::plan);
    made.record_path = context.end_record("completed", 0);
    if (!made.record_path.empty()) made.id = plan::digest_of(plan::document_of(made.plan)).substr(0, plan::id_digits);
}

}  // namespace salve::cmd
