// The only way to a step that may be run: approve() turns a plan, what the policy says of it now, and a person's
// approval of exactly that plan into an ApprovedPlan, which hands out each approved step once. Both types are
// move-only: an approval cannot be copied, and is empty once it was used. Nothing else makes an ApprovedStep, and
// nothing but an ApprovedStep can be run (apply/cluster.hpp).
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/names.hpp"
#include "base/time.hpp"
#include "plan/plan.hpp"
#include "policy/evaluate.hpp"

namespace salve::policy {

// What a person said, and to what.
struct Approval {
    std::string plan_sha256;             // the whole digest of the plan that was named
    base::Time at;                       // when
    std::vector<int> steps;              // the ordinals that are approved; empty: all
    std::vector<std::string> confirmed;  // targets that were typed: "NAME", "NAMESPACE/NAME" or "KIND/NAME"
};

enum class Refused { other_plan, recorded, no_steps, expired, clock_skew, denied, unconfirmed, approvers };
inline constexpr base::Names<Refused, 8> refused_names{{{Refused::other_plan, "other_plan"},
                                                        {Refused::recorded, "recorded"},
                                                        {Refused::no_steps, "no_steps"},
                                                        {Refused::expired, "expired"},
                                                        {Refused::clock_skew, "clock_skew"},
                                                        {Refused::denied, "denied"},
                                                        {Refused::unconfirmed, "unconfirmed"},
                                                        {Refused::approvers, "approvers"}}};

// Why nothing is approved; words and the way out, neither escaped.
struct Refusal {
    Refused why = Refused::denied;
    std::string words, hint;
};

class ApprovedStep {
public:
    ApprovedStep(ApprovedStep&&) = default;
    ApprovedStep& operator=(ApprovedStep&&) = default;
    ApprovedStep(const ApprovedStep&) = delete;
    ApprovedStep& operator=(const ApprovedStep&) = delete;
    const plan::Step& step() const { return step_; }

private:
    friend class ApprovedPlan;
    explicit ApprovedStep(plan::Step step) : step_(std::move(step)) {}
    plan::Step step_;
};

class ApprovedPlan {
public:
    ApprovedPlan(ApprovedPlan&&) = default;
    ApprovedPlan& operator=(ApprovedPlan&&) = default;
    ApprovedPlan(const ApprovedPlan&) = delete;
    ApprovedPlan& operator=(const ApprovedPlan&) = delete;

    // The plan as it was approved: for looking, not for running.
    const plan::Plan& plan() const { return plan_; }
    const std::string& sha256() const { return sha256_; }
    base::Time expires_at() const { return expires_at_; }
    // The approved steps, in the plan's order.
    const std::vector<int>& ordinals() const { return ordinals_; }
    // The next of them, each once; nothing when all were handed out.
    std::optional<ApprovedStep> next();

private:
    friend std::variant<ApprovedPlan, Refusal> approve(plan::Plan, const std::vector<Decision>&, const Approval&);
    ApprovedPlan(plan::Plan plan, std::string sha256, std::vector<int> ordinals, base::Time expires_at)
        : plan_(std::move(plan)), sha256_(std::move(sha256)), ordinals_(std::move(ordinals)), expires_at_(expires_at) {}
    plan::Plan plan_;
    std::string sha256_;
    std::vector<int> ordinals_;
    std::size_t handed_out_ = 0;
    base::Time expires_at_;
};

// decisions: of decide(), one for each step of the plan, in its order. Refused, in this order: a digest that is not the
// plan's, a plan of a recording, no step that was named, a plan whose time is over or lies more than 60 s ahead of the
// clock, a step that the policy denies, more approvers than one, a target that has to be typed and was not. A plan is
// good until its own expiry or, if that is earlier, so long after it was made as the policy demands.
std::variant<ApprovedPlan, Refusal> approve(plan::Plan plan, const std::vector<Decision>& decisions,
                                            const Approval& approval);

// Whether a person has to type the step's target: for high risk, and where the policy asks for it.
bool must_type(const plan::Step& step, const Decision& decision);

}  // namespace salve::policy
