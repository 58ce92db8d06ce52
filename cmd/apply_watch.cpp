#include "cmd/apply_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apply/effect.hpp"
#include "audit/reconcile.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cmd/context.hpp"
#include "report/apply.hpp"

namespace salve::cmd {

Recording::Recording(Context& context, audit::Record& record, const base::Redactor& redactor, const Found& found)
    : context_(context),
      record_(record),
      redactor_(redactor),
      found_(found),
      line_(context.terminal_err(), context.flags.quiet) {}

void Recording::begins(const plan::Step& step) {
    title_ = report::step_title(step, found_.plan.steps.size());
    line_.say(base::visible(title_));
}

void Recording::intent(const plan::Step& step, const apply::Live& before) {
    audit::Step intent;
    intent.ordinal = step.ordinal;
    intent.action_id = step.action_id;
    intent.target = step.target;
    if (step.request.verb == kube::WriteVerb::create_job)
        intent.target = {{"batch/v1", "Job", step.request.ns, step.request.name, ""}, ""};
    intent.plan_sha256 = found_.sha256;
    intent.intent_at = context_.now();
    intent.argv = step.command;
    for (const auto& pair : context_.child_environment()) intent.env_names.push_back(pair.substr(0, pair.find('=')));
    if (!step.input.empty()) intent.stdin_sha256 = base::sha256_hex(step.input);
    if (step.request.verb == kube::WriteVerb::patch) intent.patch = base::canonical(step.request.patch);
    // Our death does not stop kubectl: what it was told stands, however long that is.
    intent.timeout_ms = std::max(write_timeout_ms, std::int64_t{1000} * request_timeout_of(found_.plan, 0));
    intent.preconditions = {step.preconditions.uid, "", step.preconditions.generation};
    intent.marker = apply::marker_of(step);
    if (before.read && !before.object.is_null()) intent.before = audit::object_state(before.object);
    record_.steps.push_back(std::move(intent));
    changed(step, "approved", "intent", "");
    context_.must_record(audit::Event::intent);
}

void Recording::sent(const plan::Step& step, const apply::Sent& sent) {
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

void Recording::looks(const plan::Step&, const std::string& words) { line_.show(base::visible(title_ + ": " + words)); }

void Recording::ends(const apply::StepResult& result) {
    for (const auto& check : result.checks)
        record_.verification.push_back({result.step.ordinal, check.check, check.expected, check.observed, check.passed,
                                        check.samples, check.window_ms, check.at});
    if (!result.checks.empty())
        changed(result.step, "applied", std::string(base::word(apply::end_names, result.end)), result.reason);
    else if (!result.sent)
        changed(result.step, "approved", std::string(base::word(apply::end_names, result.end)), result.reason);
    if (result.end == apply::End::unknown)
        keep_what_was_seen(*result.sent);
    else
        context_.must_record(audit::Event::verification);
    line_.say(base::visible(fmt::format("{} {}", result.end == apply::End::verified ? "✓" : "✗", title_) +
                            (result.reason.empty() ? "" : ": " + result.reason)));
}

// Of a step whose effect is not known: its outcome stays open, and how its kubectl ended is kept for who finds it out.
void Recording::keep_what_was_seen(const apply::Sent& sent) {
    auto& one = record_.steps.back();
    one.started_at = sent.started_at;
    one.rc = sent.rc;
    one.signal = sent.signal;
    one.timed_out = sent.timed_out;
    one.out = sent.out;
    one.err = sent.err;
    try {
        context_.must_record(audit::Event::note);
    } catch (const base::Error& error) {
        context_.warn(fmt::format("salve: warning: {}", error.what()));
    }
}

void Recording::changed(const plan::Step& step, const std::string& from, const std::string& to,
                        const std::string& reason) {
    record_.transitions.push_back({context_.now(), found_.sha256, step.ordinal, from, to, redactor_.text(reason)});
}

}  // namespace salve::cmd
