#include "audit/history.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/fields.hpp"
#include "audit/summary.hpp"

namespace salve::audit {
namespace {

using fields::items;
using fields::member;
using fields::text;
using nlohmann::json;
using policy::History;
using policy::Result;

constexpr auto plans_count = base::hours(25);

kube::ObjectRef object_of(const json& target) {
    return {text(target, "api_version"), text(target, "kind"), text(target, "namespace"), text(target, "name"),
            text(target, "uid")};
}

Result result_of(const json& document, const json& step) {
    switch (step_outcome(document, step)) {
        case StepOutcome::verified:
            return Result::verified;
        case StepOutcome::verify_failed:
            return Result::unverified;
        case StepOutcome::unknown:
            return Result::unknown;
        case StepOutcome::failed:
        case StepOutcome::not_applied:
            // That somebody else was faster says nothing of the change.
            return text(document, "status") == "stale" ? Result::not_sent : Result::failed;
        case StepOutcome::applied:
            break;
    }
    return Result::not_sent;
}

base::Time time_of(const json& document) {
    const auto& times = member(document, "time");
    const auto ended = fields::time(times, "ended_at");
    return ended ? *ended : fields::time(times, "started_at").value_or(base::Time());
}

void add_steps(History& history, const json& document) {
    for (const auto& step : items(document, "steps"))
        if (!history.undoing.contains(text(step, "plan_sha256")))
            history.attempts.push_back({text(member(document, "cluster"), "kube_system_uid"), text(step, "action_id"),
                                        object_of(member(step, "target")), time_of(document), result_of(document, step),
                                        text(member(document, "actor"), "os_user"), ""});
}

void add_decisions(History& history, const json& document) {
    for (const auto& one : items(document, "approvals")) {
        const auto decision = text(one, "decision");
        const auto at = fields::time(one, "at").value_or(time_of(document));
        const auto by = text(one, "approver"), reason = text(one, "reason");
        if (decision == "snoozed") {
            const auto until = fields::time(one, "expires_at");
            if (until) history.snoozes[text(one, "finding_id")] = {at, *until, by, reason};
        } else {
            history.decided.try_emplace(text(one, "plan_sha256"), policy::Decided{decision, at, by, reason});
        }
        if (decision != "rejected") continue;
        for (auto& attempt : history.proposed[text(one, "plan_sha256")]) {
            attempt.at = at;
            attempt.by = by;
            attempt.reason = reason;
            history.attempts.push_back(attempt);
        }
    }
}

void add_plan(History& history, const json& document) {
    const auto& plan = member(document, "plan");
    if (!plan.is_object()) return;
    const auto& whole = member(plan, "document");
    history.plans.push_back({time_of(document), text(whole, "outcome"), fields::texts(whole, "findings")});
    if (!text(whole, "undoes").empty()) history.undoing.insert(text(plan, "plan_sha256"));
    auto& proposed = history.proposed[text(plan, "plan_sha256")];
    for (const auto& step : items(plan, "steps"))
        proposed.push_back({text(member(document, "cluster"), "kube_system_uid"), text(step, "action_id"),
                            object_of(member(step, "target")), time_of(document), Result::rejected, "", ""});
}

}  // namespace

void add_to(History& history, const json& document) {
    const auto kind = text(document, "kind");
    if (kind == "plan") add_plan(history, document);
    if (kind == "apply") add_steps(history, document);
    add_decisions(history, document);
}

bool may_tell(std::string_view kind, base::Time sealed_at, base::Time now) {
    if (kind == "plan") return now - sealed_at < plans_count;
    if (kind == "apply" || kind == "approve" || kind == "reject" || kind == "snooze")
        return now - sealed_at < longest_snooze;
    return false;
}

}  // namespace salve::audit
