#include "cmd/walk_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cmd/close_plan.hpp"
#include "cmd/context.hpp"
#include "cmd/exit_codes.hpp"
#include "cmd/prompt.hpp"

namespace salve::cmd {
namespace {

using base::Error;
using base::ErrorKind;

// What was said to the steps of one plan.
struct Walked {
    std::string plan;
    std::vector<int> approved;
    std::vector<std::string> confirmed;
};

class Walk {
public:
    Walk(Context& context, const Planning& planning, const Approving& approving)
        : context_(context), planning_(planning), approving_(approving), prompt_(context.cancel()) {}

    int run() {
        walk(make_plan(context_, planning_, plan::Outcome::planned));
        if (quit_) {
            context_.out("Nothing was changed.\n");
            return exit_not_approved;
        }
        int code = exit_ok;
        for (const auto& one : walked_) {
            if (one.approved.empty()) continue;
            auto approving = approving_;
            approving.plan = one.plan;
            approving.steps = one.approved;
            approving.confirm.insert(approving.confirm.end(), one.confirmed.begin(), one.confirmed.end());
            approving.method = "typed";
            const auto done = apply_plan(context_, approving);
            context_.out(report::apply_human(done.view, context_.style()));
            if (done.exit_code != exit_ok) code = done.exit_code;
            if (done.exit_code != exit_ok) break;  // what comes after it was planned for a state that is not there
        }
        return code;
    }

private:
    void walk(const MadePlan& made) {
        print_plan(context_, made, false, false);
        if (made.plan.steps.empty()) return;
        if (made.id.empty())
            throw Error(ErrorKind::audit_unwritable, "the plan could not be recorded, so it cannot be approved",
                        "mend the folder for the records (--runs)");
        Walked walked{made.id, {}, {}};
        std::vector<Planning> modified;
        std::vector<std::string> rejections;
        for (const auto& step : made.plan.steps) {
            const auto answer = ask(step);
            if (answer == 'q') {  // nothing of it all
                quit_ = true;
                return;
            }
            if (answer == 'a') walked.approved.push_back(step.ordinal);
            if (answer == 'r') rejections.push_back(reason("Why is it rejected? "));
            if (answer == 'm') modified.push_back(modification(step));
        }
        // A rejection closes the whole plan: only where nothing of it is approved.
        if (!rejections.empty() && walked.approved.empty())
            reject(context_, made.id, base::join(rejections, "; "));
        else if (!rejections.empty())
            context_.warn("salve: the plan is approved in part, so the rejection of its other steps is not recorded");
        walked_.push_back(std::move(walked));
        for (const auto& planning : modified)
            if (!quit_) walk(make_plan(context_, planning, plan::Outcome::planned));
    }

    char ask(const plan::Step& step) {
        const bool denied = step.verdict.effect == "deny";
        for (;;) {
            const auto word = prompt_.ask(
                fmt::format("Step {}: {} on {} {}/{}{}\n  {}[r]eject, [m]odify, [s]kip or [q]uit? ", step.ordinal,
                            step.action_id, step.target.object.kind, step.target.object.ns, step.target.object.name,
                            denied ? ", which the policy denies" : "", denied ? "" : "[a]pprove, "));
            // The whole word or its letter, and nothing that only begins so: "abort" is no approval.
            for (const std::string_view one : {"approve", "reject", "modify", "skip", "quit"})
                if ((word == one || word == one.substr(0, 1)) && !(denied && one == "approve")) return one.front();
        }
    }

    std::string reason(std::string_view question) {
        for (;;)
            if (auto words = prompt_.ask(question); !words.empty()) return words;
    }

    // Another value of the same action for the same finding: a plan of its own, which says what it is instead of.
    Planning modification(const plan::Step& step) {
        const auto* action = plan::find_action(step.action_id);
        auto planning = planning_;
        planning.what = step.finding_id;
        planning.action = step.action_id;
        planning.set.clear();
        if (!action || action->values.empty()) {
            context_.warn(fmt::format("{} takes no value; another action can be named", step.action_id));
            planning.action = reason("Action: ");
        }
        action = plan::find_action(planning.action);
        if (action && !action->values.empty())
            planning.set.push_back(reason(fmt::format("KEY=VALUE ({}): ", fmt::join(action->values, ", "))));
        planning.reason = reason("Why is it modified? ");
        return planning;
    }

    Context& context_;
    const Planning& planning_;
    const Approving& approving_;
    Prompt prompt_;
    std::vector<Walked> walked_;
    bool quit_ = false;
};

}  // namespace

int walk_plan(Context& context, const Planning& planning, const Approving& approving) {
    if (!Prompt::possible())
        throw Error(ErrorKind::usage, "--interactive needs a terminal",
                    "use 'salve plan', then 'salve fix --approve PLAN'");
    return Walk(context, planning, approving).run();
}

}  // namespace salve::cmd
