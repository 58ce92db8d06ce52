#include "cmd/apply_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apply/apply.hpp"
#include "audit/fields.hpp"
#include "audit/plan_fields.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cmd/apply_watch.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/found_plan.hpp"
#include "cmd/make_plan.hpp"
#include "cmd/prompt.hpp"
#include "io/history.hpp"
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

// The scope that was looked at for the plan: triage looks at the same again.
Reading reading_of(const json& document, const Approving& approving) {
    Reading reading;
    const auto& scope = audit::fields::member(document, "scope");
    reading.all = audit::fields::boolean(scope, "all").value_or(false);
    if (!reading.all) reading.namespaces = audit::fields::texts(scope, "namespaces");
    reading.kubectl_timeout_s = approving.kubectl_timeout_s;
    return reading;
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
std::string status_of(const apply::Applied& applied, bool changed) {
    const bool ended_clean = applied.end == apply::End::verified || applied.end == apply::End::unverified ||
                             applied.end == apply::End::interrupted || applied.end == apply::End::unknown;
    if (changed && !ended_clean) return "halted";
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
            return "failed";
        case apply::End::unknown:
            return "unknown";
        case apply::End::interrupted:
            break;
    }
    return "interrupted";
}

class Application {
public:
    Application(Context& context, const Approving& approving)
        : context_(context), approving_(approving), runs_(io::RunsFolder::open_or_make(context.runs_folder())) {}

    Done run() {
        found_ = find_approved(runs_, approving_.plan);
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
            if (is_wanted(step.ordinal))
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
        if (!settings.history) settings.history = io::read_history(runs_, settings.now);  // throws what is wrong
        settings.override_cooldown = !approving_.override_cooldown.empty();
        if (!is_current(policy, *settings.history)) return std::nullopt;

        const auto judged = audit::judge_plan(found_.plan, policy, settings);
        record_->policy = judged;

        policy::Approval approval{found_.sha256, context_.now(), approving_.steps, approving_.confirm};
        ask_for_names(judged.decisions, approval);
        approval.at = context_.now();  // whoever typed took their time
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
                   code_of(refusal->why), refusal->words, earlier(settings, refusal->hint));
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

    // Why the same was held back, where that is so; else the hint.
    std::string earlier(const policy::Settings& settings, const std::string& hint) const {
        if (settings.override_cooldown) return hint;
        for (const auto& step : found_.plan.steps)
            if (const auto held =
                    policy::cooldown(*settings.history, found_.plan.bound.cluster.uid, step, settings.now))
                return policy::words_of(*held);
        return hint;
    }

    bool is_wanted(int ordinal) const {
        const auto& steps = approving_.steps;
        return steps.empty() || std::find(steps.begin(), steps.end(), ordinal) != steps.end();
    }

    // High risk: the name is typed, on a terminal; else it has to be among --confirm.
    void ask_for_names(const std::vector<policy::Decision>& decisions, policy::Approval& approval) {
        if (!Prompt::possible()) return;
        for (std::size_t i = 0; i < decisions.size(); ++i) {
            const auto& step = found_.plan.steps[i];
            const auto& name = step.target.object.name;
            const bool given =
                std::find(approval.confirmed.begin(), approval.confirmed.end(), name) != approval.confirmed.end();
            if (!is_wanted(step.ordinal) || given || decisions[i].effect == policy::Effect::deny ||
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
    } catch (const io::Interrupted&) {
        return {false, "it was interrupted", {}, false};
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
            view.hint = "run 'salve runs recover': it reads the object and finds out, once nothing can arrive any more";
            context_.leave_record();
            return;
        }
        done_.exit_code = exit_code_now();
        if (was_changed()) view.undo = {"salve", "undo", view.run};
        record_->transitions.push_back({context_.now(), found_.sha256, std::nullopt, "approved",
                                        std::string(base::word(apply::outcome_names, view.judgement.outcome)), ""});
        try {
            const bool cut = context_.signal() != 0 && done_.exit_code == 128 + context_.signal();
            const auto status = cut ? "interrupted" : status_of(view.applied, was_changed());
            view.record_path = context_.must_end_record(status, done_.exit_code);
        } catch (const Error& error) {
            // What was done is told all the same, with where its record is.
            done_.exit_code = base::exit_code(error.kind());
            view.refused = error.what();
            view.hint = error.hint();
        }
    }

    // The worst that happened (CLI.md section 2); a signal where nothing was worse.
    int exit_code_now() const {
        const auto& steps = done_.view.applied.steps;
        const bool failed = std::any_of(steps.begin(), steps.end(), [](const apply::StepResult& one) {
            return one.end == apply::End::failed || one.end == apply::End::no_right;
        });
        int code = code_of(done_.view.applied.end);
        // 76 and 78 say that nothing was sent.
        if (failed || (was_changed() && (code == exit_stale || code == exit_not_approved))) return exit_step_failed;
        if (context_.signal() != 0) return 128 + context_.signal();
        if (code == exit_ok && done_.view.judgement.outcome != apply::Outcome::fixed) code = exit_not_verified;
        return code;
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
