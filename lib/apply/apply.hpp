// Does what was approved, step by step, and proves it (SAFETY 2.2, 4): before each step everything that could make it
// another change is looked at anew, its intent is told before it is sent, its effect after, and it is verified before
// the next one begins. It halts at the first step that fails. Nothing is ever sent twice.
#pragma once
#include <string>
#include <vector>

#include "apply/checks.hpp"
#include "apply/cluster.hpp"
#include "base/names.hpp"
#include "policy/approved_plan.hpp"

namespace salve::apply {

// How a step, and with it the plan, ended. Of expired, wrong_cluster and no_right nothing was sent; of stale and
// interrupted StepResult::sent tells.
enum class End { verified, expired, wrong_cluster, stale, no_right, failed, unknown, unverified, interrupted };
inline constexpr base::Names<End, 9> end_names{{{End::verified, "verified"},
                                                {End::expired, "expired"},
                                                {End::wrong_cluster, "wrong_cluster"},
                                                {End::stale, "stale"},
                                                {End::no_right, "no_right"},
                                                {End::failed, "failed"},
                                                {End::unknown, "unknown"},
                                                {End::unverified, "unverified"},
                                                {End::interrupted, "interrupted"}}};

struct StepResult {
    plan::Step step;
    End end = End::verified;
    std::string reason;        // why it ended so; not escaped
    std::optional<Sent> sent;  // nothing: it was not sent
    Live before, after;        // after: as it was read when everything was checked
    std::vector<CheckResult> checks;
};

// What is told while it goes on, each before anything further happens. What intent() throws keeps the step from being
// sent; what the others throw ends the run.
class Watch {
public:
    virtual ~Watch() = default;
    virtual void begins(const plan::Step& step) = 0;
    virtual void intent(const plan::Step& step, const Live& before) = 0;
    virtual void sent(const plan::Step& step, const Sent& sent) = 0;
    virtual void looks(const plan::Step& step, const std::string& words) = 0;
    virtual void ends(const StepResult& result) = 0;
};

struct Applied {
    std::vector<StepResult> steps;  // those that were begun, in order
    End end = End::verified;        // of the last of them that was not verified, or verified
};

struct ApplyOptions {
    std::optional<base::Duration> soak;  // CheckOptions::soak
};

// Every approved step of the plan. A low-risk step with continue_on_error that was refused or not verified does not
// halt; one whose effect is unknown always does.
Applied apply(policy::ApprovedPlan plan, Cluster& cluster, Watch& watch, const ApplyOptions& options);

}  // namespace salve::apply
