#include "policy/approved_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "plan/plan_json.hpp"

namespace salve::policy {
namespace {

// A clock that is further behind the plan than this is not to be trusted with an expiry (SAFETY 1.4).
constexpr auto skew = base::seconds(60);

std::string title(const plan::Step& step) {
    const auto& target = step.target.object;
    return fmt::format("step {} ({} {}/{})", step.ordinal, target.kind, target.ns, target.name);
}

bool wanted(const Approval& approval, int ordinal) {
    return approval.steps.empty() ||
           std::find(approval.steps.begin(), approval.steps.end(), ordinal) != approval.steps.end();
}

bool is_typed(const plan::Step& step, const Approval& approval) {
    const auto& target = step.target.object;
    return std::any_of(approval.confirmed.begin(), approval.confirmed.end(), [&](const std::string& word) {
        return word == target.name || word == target.ns + "/" + target.name || word == target.kind + "/" + target.name;
    });
}

std::optional<Refusal> refuse_denied(const plan::Step& step, const Decision& decision, const Approval&) {
    if (decision.effect != Effect::deny) return std::nullopt;
    return Refusal{Refused::denied, fmt::format("{} is denied: {}", title(step), decision.message),
                   "'salve policy explain' prints every rule that was asked"};
}

std::optional<Refusal> refuse_several(const plan::Step& step, const Decision& decision, const Approval&) {
    const auto approvers = decision.demands.value_or(Demands()).approvers;
    if (approvers <= 1) return std::nullopt;
    return Refusal{Refused::approvers, fmt::format("{} needs {} approvers, and this is one", title(step), approvers),
                   "approvals by several people cannot be given to this version: make the change by hand"};
}

std::optional<Refusal> refuse_untyped(const plan::Step& step, const Decision& decision, const Approval& approval) {
    if (!must_type(step, decision) || is_typed(step, approval)) return std::nullopt;
    return Refusal{Refused::unconfirmed, fmt::format("{} needs its target typed", title(step)),
                   fmt::format("add --confirm {}", step.target.object.name)};
}

std::optional<Refusal> refuse_time(const plan::Plan& plan, base::Time expires_at, base::Time now) {
    if (now + skew < plan.created_at)
        return Refusal{
            Refused::clock_skew,
            fmt::format("the plan was made at {}, later than this clock says it is", base::to_rfc3339(plan.created_at)),
            "set the clock"};
    if (now >= expires_at)
        return Refusal{Refused::expired, fmt::format("the plan expired at {}", base::to_rfc3339(expires_at)),
                       "plan again"};
    return std::nullopt;
}

}  // namespace

bool must_type(const plan::Step& step, const Decision& decision) {
    return step.risk >= plan::Risk::high || (decision.demands && decision.demands->typed);
}

std::optional<ApprovedStep> ApprovedPlan::next() {
    if (handed_out_ == ordinals_.size()) return std::nullopt;
    const int ordinal = ordinals_[handed_out_++];
    for (const auto& step : plan_.steps)
        if (step.ordinal == ordinal) return ApprovedStep(step);
    return std::nullopt;
}

std::variant<ApprovedPlan, Refusal> approve(plan::Plan plan, const std::vector<Decision>& decisions,
                                            const Approval& approval) {
    if (decisions.size() != plan.steps.size())
        throw base::Error(base::ErrorKind::internal, "a plan was judged that is not the one to be approved");
    auto sha256 = plan::digest_of(plan::document_of(plan));
    if (sha256 != approval.plan_sha256)
        return Refusal{Refused::other_plan, "what was approved is another plan", "approve the plan that was shown"};
    if (plan.bound.recorded)
        return Refusal{Refused::recorded, "the plan was made from a recording, not from the cluster",
                       "plan again without --from"};
    std::vector<int> ordinals;
    auto expires_at = plan.expires_at;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (!wanted(approval, plan.steps[i].ordinal)) continue;
        ordinals.push_back(plan.steps[i].ordinal);
        if (decisions[i].demands && decisions[i].demands->ttl_s)
            expires_at = std::min(expires_at, plan.created_at + base::seconds(*decisions[i].demands->ttl_s));
    }
    if (ordinals.empty() || (!approval.steps.empty() && ordinals.size() != approval.steps.size()))
        return Refusal{Refused::no_steps, "the plan has no such step", "'salve runs show' prints what it says"};
    if (auto refusal = refuse_time(plan, expires_at, approval.at)) return *std::move(refusal);
    // One reason over all steps before the next: nobody is asked to type what is denied all the same.
    for (const auto refuse : {refuse_denied, refuse_several, refuse_untyped})
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            if (!wanted(approval, plan.steps[i].ordinal)) continue;
            if (auto refusal = refuse(plan.steps[i], decisions[i], approval)) return *std::move(refusal);
        }
    return ApprovedPlan(std::move(plan), std::move(sha256), std::move(ordinals), expires_at);
}

}  // namespace salve::policy
