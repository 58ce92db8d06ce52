#include "apply/apply.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apply/drift.hpp"
#include "apply/effect.hpp"
#include "plan/patch.hpp"

namespace salve::apply {
namespace {

// After a lost answer the object is looked at so often, so far apart; what is not told then, `runs recover` finds out.
constexpr int looks_after_loss = 3;
constexpr auto between_looks = base::seconds(3);

struct Obstacle {
    End end;
    std::string reason;
};

// What keeps the step from being sent, read anew.
std::optional<Obstacle> obstacle(const policy::ApprovedPlan& plan, const plan::Step& step, Cluster& cluster,
                                 Live& before) {
    if (cluster.now() >= plan.expires_at())
        return Obstacle{End::expired, fmt::format("the plan expired at {}", base::to_rfc3339(plan.expires_at()))};
    const auto uid = cluster.uid();
    const auto& bound = plan.plan().bound.cluster.uid;
    if (uid.empty() || uid != bound)
        return Obstacle{End::wrong_cluster, uid.empty() ? "which cluster this is cannot be read"
                                                        : "this is another cluster than the one the plan was made for"};
    before = cluster.read(step.target.object);
    if (auto difference = drift(step, before)) return Obstacle{End::stale, std::move(*difference)};
    if (cluster.may(step) == false)
        return Obstacle{End::no_right, "the server says that you may not " + cluster.right_of(step)};
    if (!cluster.pause({0})) return Obstacle{End::interrupted, "it was stopped before anything was sent"};
    return std::nullopt;
}

bool bears_mark(const plan::Step& step, const Live& live) {
    const auto mark = marker_of(step);
    if (mark.empty() || !live.read || live.object.is_null()) return false;
    const auto* value = plan::value_at(live.object, plan::pointer("/metadata/annotations", plan::marker));
    return value && *value == mark;
}

bool is_removed(const plan::Step& step, const Live& live) {
    if (!live.read || !kube::removes(step.request.verb)) return false;
    if (live.object.is_null()) return true;
    const auto* uid = plan::value_at(live.object, "/metadata/uid");
    if (!uid || !uid->is_string()) return false;
    return *uid != step.preconditions.uid || plan::value_at(live.object, "/metadata/deletionTimestamp");
}

bool is_made(const plan::Step& step, Cluster& cluster) {
    if (step.request.verb != kube::WriteVerb::create_job) return false;
    const auto job = cluster.read({"batch/v1", "Job", step.request.ns, step.request.name, ""});
    return job.read && !job.object.is_null();
}

// A lost answer, and a refusal of what is not there any more (perhaps because our own request changed it): only what
// the object itself shows decides, and only for "applied".
void settle(const plan::Step& step, Cluster& cluster, Sent& sent) {
    if (sent.effect == Effect::applied || (sent.effect == Effect::not_applied && !sent.stale)) return;
    const int looks = sent.effect == Effect::unknown ? looks_after_loss : 1;
    for (int look = 0; look < looks; ++look) {
        if (look > 0 && !cluster.pause(between_looks)) return;
        const auto live = cluster.read(step.target.object);
        const bool lost_removal = sent.effect == Effect::unknown && is_removed(step, live);
        if (!bears_mark(step, live) && !lost_removal && !(sent.effect == Effect::unknown && is_made(step, cluster)))
            continue;
        sent.effect = Effect::applied;
        sent.stale = false;
        sent.reason = "the answer was lost, and the cluster shows that the change arrived: " + sent.reason;
        sent.after = live;
        return;
    }
}

// What the checks say of the step. A field that does not hold our value any more was put back by somebody.
void verify(StepResult& result, Cluster& cluster, Watch& watch, const ApplyOptions& options) {
    CheckOptions how;
    how.soak = options.soak;
    how.tell = [&](const std::string& words) { watch.looks(result.step, words); };
    result.checks = run_checks(result.step, result.before.object, result.sent->started_at, cluster, how);
    result.after = cluster.read(result.step.target.object);
    if (all_passed(result.checks)) return;
    const bool cut =
        std::any_of(result.checks.begin(), result.checks.end(), [](const CheckResult& one) { return one.interrupted; });
    const bool failed = std::any_of(result.checks.begin(), result.checks.end(),
                                    [](const CheckResult& one) { return one.passed == false; });
    result.end = cut && !failed ? End::interrupted : End::unverified;
    for (const auto& one : result.checks)
        if (one.passed != true) {
            result.reason = one.check + ": " + one.observed;
            break;
        }
}

StepResult apply_step(const policy::ApprovedPlan& plan, const policy::ApprovedStep& approved, Cluster& cluster,
                      Watch& watch, const ApplyOptions& options) {
    StepResult result;
    result.step = approved.step();
    watch.begins(result.step);
    if (auto found = obstacle(plan, result.step, cluster, result.before)) {
        result.end = found->end;
        result.reason = std::move(found->reason);
        return result;
    }
    watch.intent(result.step, result.before);
    auto sent = cluster.run(approved);
    settle(result.step, cluster, sent);
    result.sent = sent;
    if (sent.effect == Effect::unknown) {
        result.end = End::unknown;
        result.reason = sent.reason;
        return result;  // without an outcome: the intent stays open until it is settled
    }
    watch.sent(result.step, sent);
    if (sent.effect == Effect::not_applied) {
        result.end = sent.stale ? End::stale : End::failed;
        result.reason = sent.reason;
        return result;
    }
    verify(result, cluster, watch, options);
    return result;
}

bool goes_on(const StepResult& result) {
    if (result.end == End::verified) return true;
    const bool harmless = result.end == End::failed || result.end == End::unverified || result.end == End::stale;
    return harmless && result.step.continue_on_error && result.step.risk == plan::Risk::low;
}

}  // namespace

Applied apply(policy::ApprovedPlan plan, Cluster& cluster, Watch& watch, const ApplyOptions& options) {
    Applied applied;
    while (auto step = plan.next()) {
        if (!applied.steps.empty() && !cluster.pause({0})) {
            applied.end = End::interrupted;
            break;
        }
        applied.steps.push_back(apply_step(plan, *step, cluster, watch, options));
        const auto& result = applied.steps.back();
        watch.ends(result);
        if (result.end != End::verified) applied.end = result.end;
        if (!goes_on(result)) break;
    }
    return applied;
}

}  // namespace salve::apply
