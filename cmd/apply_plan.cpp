#include "cmd/apply_plan.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>

#include "apply/apply.hpp"
#include "apply/effect.hpp"
#include "audit/fields.hpp"
#include "audit/reconcile.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/make_plan.hpp"
#include "cmd/progress.hpp"
#include "cmd/prompt.hpp"
#include "io/find_run.hpp"
#include "io/kubectl_cluster.hpp"
#include "io/policy_file.hpp"
#include "io/system.hpp"
#include "plan/plan_json.hpp"
#include "policy/floor.hpp"
#include "policy/plan_input.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr std::size_t least_digits = 12;
constexpr std::int64_t write_timeout_ms = 60'000;  // SAFETY 4

// The plan that the word names, proven to be what was sealed.
struct Found {
    plan::Plan plan;
    std::string sha256;
    json document;  // of its record
};

Found find(const io::RunsFolder& runs, std::string word) try {
    if (word.starts_with("sha256:")) word = word.substr(7);
    const bool hex = word.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (word.size() < least_digits || !hex)
        throw Error(ErrorKind::not_approved, fmt::format("{} names no plan", base::quoted(word)),
                    "an approval names at least 12 digits of the plan's id, as 'salve plan' prints it");
    const auto record = io::find_plan(runs, word);
    auto sha256 = record.document["plan"]["plan_sha256"].get<std::string>();
    if (!sha256.starts_with(word))
        throw Error(ErrorKind::not_approved, fmt::format("there is no plan {}", base::quoted(word)),
                    "an approval names the plan, not its run");
    return {plan::parse_plan(record.document["plan"]["document"], sha256, to_text(record.name) + ": .plan.document"),
            std::move(sha256), record.document};
} catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) throw Error(ErrorKind::not_approved, error.what(), error.hint());
    throw;
}

// What the record of the plan says was wrong.
std::vector<apply::Known> findings_of(const json& document) {
    using audit::fields::text;
    std::vector<apply::Known> list;
    for (const auto& one : audit::fields::items(document, "findings")) {
        const auto& root = audit::fields::member(one, "root");
        apply::Known known{
            text(one, "id"),
            base::parse(diagnose::severity_names, text(one, "severity")).value_or(diagnose::Severity::medium),
            {text(root, "api_version"), text(root, "kind"), text(root, "namespace"), text(root, "name"),
             text(root, "uid")},
            std::nullopt};
        list.push_back(std::move(known));
    }
    return list;
}

// The scope that was looked at for the plan: triage looks at the same again.
Reading reading_of(const json& document, const Approving& approving) {
    Reading reading;
    const auto& scope = audit::fields::member(document, "scope");
    reading.all = audit::fields::boolean(scope, "all").value_or(false);
    if (!reading.all) reading.namespaces = audit::fields::texts(scope, "namespaces");
    reading.kubectl_timeout_s = approving.kubectl_timeout_s;
    return reading;
}

// What could be read for the plan could be read now: else a finding may only be out of sight. Logs come and go.
bool is_whole(const std::vector<kube::Read>& now, const json& document) {
    using audit::fields::text;
    const auto failed_before = [&](const kube::Read& one) {
        const auto& reads = audit::fields::items(document, "reads");
        return std::any_of(reads.begin(), reads.end(), [&](const json& before) {
            return text(before, "what") == kube::info(one.what).plural && text(before, "namespace") == one.ns &&
                   text(before, "object") == one.object && text(before, "state") != "ok";
        });
    };
    return std::all_of(now.begin(), now.end(), [&](const kube::Read& one) {
        const bool list = one.object.empty() || one.object == kube::about_nodes;
        return !list || one.state == kube::ReadState::ok || failed_before(one);
    });
}

// The time that the plan's command gives its request; the rest of the connection is the user's own, never the plan's.
std::uint32_t request_timeout_of(const plan::Plan& plan, std::uint32_t otherwise) {
    constexpr std::string_view flag = "--request-timeout=";
    for (const auto& step : plan.steps)
        for (const auto& word : step.command)
            if (word.starts_with(flag)) {
                std::uint32_t seconds = 0;
                std::from_chars(word.data() + flag.size(), word.data() + word.size(), seconds);
                if (seconds >= 1 && seconds <= 3600) return seconds;
            }
    return otherwise;
}

bool is_same_command(const plan::Step& step, const kube::Target& target) {
    const auto command = plan::command_of(step.request, target);
    return step.command.size() == command.args().size() + 1 &&
           std::equal(command.args().begin(), command.args().end(), step.command.begin() + 1);
}

int code_of(policy::Refused why) {
    switch (why) {
        case policy::Refused::denied:
            return exit_denied;
        case policy::Refused::clock_skew:
            return exit_stale;
        case policy::Refused::no_steps:
            return exit_code(ErrorKind::usage);
        default:
            return exit_not_approved;
    }
}

int code_of(apply::End end) {
    switch (end) {
        case apply::End::verified:
            return exit_ok;
        case apply::End::expired:
            return exit_not_approved;
        case apply::End::wrong_cluster:
        case apply::End::stale:
            return exit_stale;
        case apply::End::no_right:
        case apply::End::failed:
            return exit_step_failed;
        case apply::End::unknown:
            return exit_effect_unknown;
        case apply::End::unverified:
        case apply::End::interrupted:
            break;
    }
    return exit_not_verified;
}

// The record's word for how a run ended.
std::string status_of(const apply::Applied& applied) {
    switch (applied.end) {
        case apply::End::verified:
        case apply::End::unverified:
            return "completed";
        case apply::End::expired:
            return "expired";
        case apply::End::wrong_cluster:
        case apply::End::stale:
            return "stale";
        case apply::End::no_right:
        case apply::End::failed:
            return applied.steps.size() > 1 ? "halted" : "failed";
        case apply::End::unknown:
            return "unknown";
        case apply::End::interrupted:
            break;
    }
    return "interrupted";
}

// Puts everything that happens into the record before the next thing may, and tells who watches.
class Recording : public apply::Watch {
public:
    Recording(Context& context, audit::Record& record, const base::Redactor& redactor, const Found& found)
        : context_(context),
          record_(record),
          redactor_(redactor),
          found_(found),
          line_(context.terminal_err(), context.flags.quiet) {}

    void begins(const plan::Step& step) override {
        title_ = report::step_title(step, found_.plan.steps.size());
        line_.say(base::visible(title_));
    }

    void intent(const plan::Step& step, const apply::Live& before) override {
        audit::Step intent;
        intent.ordinal = step.ordinal;
        intent.action_id = step.action_id;
        intent.target = step.target;
        if (step.request.verb == kube::WriteVerb::create_job)
            intent.target = {{"batch/v1", "Job", step.request.ns, step.request.name, ""}, ""};
        intent.plan_sha256 = found_.sha256;
        intent.intent_at = context_.now();
        intent.argv = step.command;
        for (const auto& pair : context_.child_environment())
            intent.env_names.push_back(pair.substr(0, pair.find('=')));
        if (!step.input.empty()) intent.stdin_sha256 = base::sha256_hex(step.input);
        if (step.request.verb == kube::WriteVerb::patch) intent.patch = base::canonical(step.request.patch);
        intent.timeout_ms = write_timeout_ms;
        intent.preconditions = {step.preconditions.uid, "", step.preconditions.generation};
        intent.marker = apply::marker_of(step);
        if (before.read && !before.object.is_null()) intent.before = audit::object_state(before.object);
        record_.steps.push_back(std::move(intent));
        changed(step, "approved", "intent", "");
        context_.must_record(audit::Event::intent);
    }

    void sent(const plan::Step& step, const apply::Sent& sent) override {
        auto& one = record_.steps.back();
        one.started_at = sent.started_at;
        one.ended_at = sent.ended_at;
        one.rc = sent.rc;
        one.signal = sent.signal;
        one.timed_out = sent.timed_out;
        one.out = sent.out;
        one.err = sent.err;
        one.effect = sent.effect;
        if (sent.after.read && !sent.after.object.is_null()) one.after = audit::object_state(sent.after.object);
        changed(step, "intent", std::string(base::word(apply::effect_names, sent.effect)), sent.reason);
        context_.must_record(audit::Event::outcome);
        line_.say(base::visible(title_ + ": " + std::string(base::word(apply::effect_names, sent.effect))));
    }

    void looks(const plan::Step&, const std::string& words) override {
        line_.show(base::visible(title_ + ": " + words));
    }

    void ends(const apply::StepResult& result) override {
        for (const auto& check : result.checks)
            record_.verification.push_back({result.step.ordinal, check.check, check.expected, check.observed,
                                            check.passed, check.samples, check.window_ms, check.at});
        if (!result.checks.empty())
            changed(result.step, "applied", std::string(base::word(apply::end_names, result.end)), result.reason);
        else if (!result.sent)
            changed(result.step, "approved", std::string(base::word(apply::end_names, result.end)), result.reason);
        if (result.end != apply::End::unknown) context_.must_record(audit::Event::verification);
        line_.say(base::visible(fmt::format("{} {}", result.end == apply::End::verified ? "✓" : "✗", title_) +
                                (result.reason.empty() ? "" : ": " + result.reason)));
    }

private:
    void changed(const plan::Step& step, const std::string& from, const std::string& to, const std::string& reason) {
        record_.transitions.push_back({context_.now(), found_.sha256, step.ordinal, from, to, redactor_.text(reason)});
    }
    Context& context_;
    audit::Record& record_;
    const base::Redactor& redactor_;
    const Found& found_;
    StatusLine line_;
    std::string title_;
};

class Application {
public:
    Application(Context& context, const Approving& approving)
        : context_(context), approving_(approving), runs_(io::RunsFolder::open_or_make(context.runs_folder())) {}

    Done run() {
        found_ = find(runs_, approving_.plan);
        done_.view.plan = found_.sha256.substr(0, plan::id_digits);
        record_ = &context_.begin_record("apply", io::random_hex(12));
        record_->parent_run_ids.push_back(found_.plan.run);
        record_->actor.reason = approving_.reason;
        if (!approving_.override_cooldown.empty())
            record_->warnings.push_back("the cooldown was overridden: " + approving_.override_cooldown);
        const auto& name = approving_.context.empty() ? found_.plan.bound.cluster.context : approving_.context;
        source_ = source_of(context_, reading_of(found_.document, approving_), name);
        source_.connection.request_timeout_seconds =
            request_timeout_of(found_.plan, source_.connection.request_timeout_seconds);
        redactor_.emplace(source_.redaction_key);
        announce(*record_, source_, *redactor_);
        record_->cluster = found_.plan.bound.cluster;
        context_.require_record();
        claim();
        auto approved = approve();
        if (!approved) return std::move(done_);
        change(std::move(*approved));
        return std::move(done_);
    }

private:
    // Nobody else changes these objects now, and no earlier run is unsettled.
    void claim() {
        for (const auto& step : found_.plan.steps)
            if (approving_.steps.empty() ||
                std::find(approving_.steps.begin(), approving_.steps.end(), step.ordinal) != approving_.steps.end())
                locks_.push_back(io::claim_target(runs_, found_.plan.bound.cluster.uid, step.target));
    }

    void refuse(apply::Outcome outcome, const char* status, int code, std::string words, std::string hint) {
        done_.exit_code = code;
        done_.view.judgement.outcome = outcome;
        done_.view.refused = std::move(words);
        done_.view.hint = std::move(hint);
        record_->errors.push_back({code, done_.view.refused, ""});
        done_.view.run = record_->run_id;
        done_.view.record_path = context_.must_end_record(status, code);
    }

    // What the plan was made with must be what there is now.
    bool is_current(const policy::Policy& policy, const policy::History& history) {
        const auto& bound = found_.plan.bound;
        if (const auto used = history.decided.find(found_.sha256); used != history.decided.end()) {
            const auto& one = used->second;
            refuse(apply::Outcome::denied, "denied", exit_not_approved,
                   fmt::format("the plan was {} before, by {} at {}{}", one.decision, one.by, base::to_rfc3339(one.at),
                               one.reason.empty() ? "" : ": " + one.reason),
                   "a plan is used once: plan again");
            return false;
        }
        if (bound.catalog_sha256 != plan::catalog_sha256()) {
            refuse(apply::Outcome::stale, "stale", exit_stale, "the plan was made by another version of salve",
                   "plan again");
            return false;
        }
        if (!std::all_of(found_.plan.steps.begin(), found_.plan.steps.end(),
                         [&](const plan::Step& step) { return is_same_command(step, source_.connection); })) {
            refuse(apply::Outcome::stale, "stale", exit_stale,
                   "the plan's commands go over another connection (context, kubeconfig) than this run would",
                   "give the same --context and --kubeconfig as when it was planned, or plan again");
            return false;
        }
        policy_changed_ = bound.policy_sha256 != policy.sha256;
        return true;
    }

    std::optional<policy::ApprovedPlan> approve() {
        const auto policy = io::read_policy(context_.policy_file());
        auto settings = settings_of(context_, context_.now());
        if (!settings.history)
            throw Error(ErrorKind::invalid_record, "what was tried before cannot be read from the records",
                        "see 'salve runs verify'");
        settings.override_cooldown = !approving_.override_cooldown.empty();
        if (!is_current(policy, *settings.history)) return std::nullopt;

        audit::PolicyRun judged{policy.file, policy.sha256, "", {}, policy.unusable.value_or("")};
        auto inputs = json::array();
        for (const auto& step : found_.plan.steps) {
            const auto input = policy::input_of(found_.plan, step, settings);
            inputs.push_back(policy::input_json(input));
            judged.decisions.push_back(policy::decide(policy, input));
        }
        judged.input_sha256 = base::sha256_hex(base::canonical(inputs));
        record_->policy = judged;

        policy::Approval approval{found_.sha256, context_.now(), approving_.steps, approving_.confirm};
        ask_for_names(judged.decisions, approval);
        auto result = policy::approve(found_.plan, judged.decisions, approval);
        if (auto* refusal = std::get_if<policy::Refusal>(&result)) {
            const bool over = refusal->why == policy::Refused::expired;
            const bool stale = refusal->why == policy::Refused::clock_skew;
            refuse(over    ? apply::Outcome::expired
                   : stale ? apply::Outcome::stale
                           : apply::Outcome::denied,
                   over    ? "expired"
                   : stale ? "stale"
                           : "denied",
                   code_of(refusal->why), refusal->words, refusal->hint);
            return std::nullopt;
        }
        if (policy_changed_) {
            refuse(apply::Outcome::stale, "stale", exit_stale, "the policy is not the one that the plan was judged by",
                   "plan again");
            return std::nullopt;
        }
        auto& approved = std::get<policy::ApprovedPlan>(result);
        write_down(approved, approval.at);
        return std::move(approved);
    }

    // High risk: the name is typed, on a terminal; else it has to be among --confirm.
    void ask_for_names(const std::vector<policy::Decision>& decisions, policy::Approval& approval) {
        if (!Prompt::possible()) return;
        for (std::size_t i = 0; i < decisions.size(); ++i) {
            const auto& step = found_.plan.steps[i];
            const auto& name = step.target.object.name;
            const bool wanted = approval.steps.empty() || std::find(approval.steps.begin(), approval.steps.end(),
                                                                    step.ordinal) != approval.steps.end();
            const bool given =
                std::find(approval.confirmed.begin(), approval.confirmed.end(), name) != approval.confirmed.end();
            if (!wanted || given || decisions[i].effect == policy::Effect::deny ||
                !policy::must_type(step, decisions[i]))
                continue;
            Prompt prompt(context_.cancel());
            approval.confirmed.push_back(prompt.ask(
                fmt::format("{} changes {} (risk {}). Type the name of the object to go on: ", step.action_id,
                            step.target.object.kind, base::word(plan::risk_names, step.risk))));
        }
    }

    void write_down(const policy::ApprovedPlan& approved, base::Time at) {
        audit::Approval entry;
        entry.decision = "approved";
        entry.plan_sha256 = approved.sha256();
        entry.steps = approved.ordinals();
        entry.method = approving_.method;
        entry.approver = record_->actor.os_user;
        entry.at = at;
        entry.expires_at = approved.expires_at();
        entry.reason = approving_.reason.empty() ? approving_.override_cooldown : approving_.reason;
        record_->approvals.push_back(std::move(entry));
        for (const int ordinal : approved.ordinals())
            record_->transitions.push_back({at, approved.sha256(), ordinal, "planned", "approved", ""});
        context_.must_record(audit::Event::approval);
        if (context_.flags.quiet) return;
        context_.warn(fmt::format("salve: changing {} object{} in cluster {}", approved.ordinals().size(),
                                  approved.ordinals().size() == 1 ? "" : "s",
                                  base::quoted(found_.plan.bound.cluster.context)));
    }

    apply::Diagnosis diagnose_now() try {
        source_.now = context_.now();
        kube::Snapshot snapshot;
        ProgressLine progress(context_.terminal_err());
        const auto how = collecting(context_, source_, nullptr, progress);
        apply::Diagnosis result;
        result.findings = investigate(source_, *redactor_, how, {}, snapshot);
        result.read = true;
        result.complete = is_whole(snapshot.reads, found_.document);
        if (!result.complete) result.why = "something that was read for the plan cannot be read now";
        after_ = std::move(snapshot);
        return result;
    } catch (const Error& error) {
        return {false, error.what(), {}, false};
    }

    void change(policy::ApprovedPlan approved) {
        context_.finish_what_is_sent();
        io::ClusterSettings settings;
        settings.kubectl = *source_.settings;
        settings.kubectl.target = source_.connection;
        settings.write_budget = base::Duration{write_timeout_ms * 1000};
        settings.cancel = &context_.cancel();
        settings.abandon = &context_.abandon();
        settings.diagnose = [this] { return diagnose_now(); };
        io::KubectlCluster cluster(std::move(settings), *redactor_);
        record_->kubectl.sha256 = cluster.kubectl_sha256();
        Recording watch(context_, *record_, *redactor_, found_);
        apply::ApplyOptions options;
        if (approving_.soak_s >= 0) options.soak = base::seconds(approving_.soak_s);
        done_.view.applied = apply::apply(std::move(approved), cluster, watch, options);
        calls_ = cluster.calls();
        finish();
    }

    bool was_changed() const {
        const auto& steps = done_.view.applied.steps;
        return std::any_of(steps.begin(), steps.end(), [](const apply::StepResult& one) {
            return one.sent && one.sent->effect == apply::Effect::applied;
        });
    }

    // Triage again, unless nothing was changed or somebody waits for the end.
    std::optional<std::vector<apply::Known>> look_again() {
        if (!was_changed() || context_.cancel().requested()) return std::nullopt;
        const auto after = diagnose_now();
        if (!after.read || !after.complete) {
            record_->warnings.push_back("the cluster could not be read afterwards: " + after.why);
            return std::nullopt;
        }
        const auto least = context_.config().min_severity;
        fill(*record_, source_, after_, *redactor_, after.findings, least);
        std::vector<apply::Known> known;
        const auto before = findings_of(found_.document);
        for (const auto& one : after.findings) {
            known.push_back(apply::known(one));
            const bool fresh =
                std::none_of(before.begin(), before.end(), [&](const auto& old) { return old.id == one.id; });
            if (fresh && one.severity >= least)
                done_.view.fresh.push_back(fmt::format("{} {} {}: {}",
                                                       base::word(diagnose::severity_names, one.severity),
                                                       one.root.object.kind, one.root.object.name, one.summary));
        }
        return known;
    }

    void finish() {
        auto& view = done_.view;
        const auto after = look_again();
        record_->commands = source_.live->calls();
        record_->commands.insert(record_->commands.end(), calls_.begin(), calls_.end());
        view.judgement = apply::judge(findings_of(found_.document), after, view.applied, context_.config().min_severity,
                                      !found_.plan.undoes.empty());
        view.undoing = !found_.plan.undoes.empty();
        view.run = record_->run_id;
        if (view.applied.end == apply::End::unknown) {
            done_.exit_code = exit_effect_unknown;
            view.hint = "run 'salve runs recover' in two minutes: it reads the object and finds out";
            context_.leave_record();
            return;
        }
        done_.exit_code = code_of(view.applied.end);
        if (done_.exit_code == exit_ok && view.judgement.outcome != apply::Outcome::fixed)
            done_.exit_code = exit_not_verified;
        if (was_changed()) view.undo = {"salve", "undo", view.run};
        record_->transitions.push_back({context_.now(), found_.sha256, std::nullopt, "approved",
                                        std::string(base::word(apply::outcome_names, view.judgement.outcome)), ""});
        view.record_path = context_.must_end_record(status_of(view.applied), done_.exit_code);
    }

    Context& context_;
    const Approving& approving_;
    io::RunsFolder runs_;
    Found found_;
    Source source_;
    std::optional<base::Redactor> redactor_;
    std::vector<io::UniqueFd> locks_;
    audit::Record* record_ = nullptr;
    kube::Snapshot after_;
    std::vector<std::vector<std::string>> calls_;
    bool policy_changed_ = false;
    Done done_;
};

}  // namespace

Done apply_plan(Context& context, const Approving& approving) { return Application(context, approving).run(); }

}  // namespace salve::cmd
