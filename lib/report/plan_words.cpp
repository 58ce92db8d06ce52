#include "report/plan_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "plan/patch.hpp"
#include "plan/plan_json.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

constexpr std::size_t max_value = 200;

std::string window_words(std::int64_t ms) { return base::to_words(base::Duration{ms * 1000}); }

std::string check_words(const plan::Check& check) {
    const auto window = window_words(check.window_ms);
    if (check.check == "rollout_complete") return "the rollout completes";
    if (check.check == "restarts_flat") return fmt::format("no container restarts within {}", window);
    if (check.check == "finding_gone") return fmt::format("the finding is gone within {}", window);
    if (check.check == "replicas_held") return fmt::format("the number of replicas holds for {}", window);
    if (check.check == "pod_replaced") return fmt::format("another pod is ready in its place within {}", window);
    if (check.check == "pod_gone") return "the pod is gone";
    if (check.check == "job_succeeds") return fmt::format("the Job succeeds within {}", window);
    if (check.check == "field_is") return "the field holds the new value";
    return one_line(check.check);
}

}  // namespace

bool is_mark(const plan::Change& change) { return change.path == plan::pointer("/metadata/annotations", plan::marker); }

std::string plan_headline(const PlanView& view) {
    const auto& plan = view.plan;
    switch (plan.outcome) {
        case plan::Outcome::no_action:
            return view.unconcerned == 0
                       ? "Nothing has to be done."
                       : fmt::format("Nothing has to be done: {} {} only for housekeeping (--min-severity low).",
                                     view.unconcerned, view.unconcerned == 1 ? "finding is" : "findings are");
        case plan::Outcome::manual_only:
            return "No action of the catalog is right here. What a person can do stands below; none of it is ever run "
                   "by salve.";
        default:
            break;
    }
    return fmt::format("Plan{}{}: {} {}, risk {}. Nothing was changed.", view.id.empty() ? "" : " ", view.id,
                       plan.steps.size(), plan.steps.size() == 1 ? "step" : "steps",
                       base::word(plan::risk_names, plan.risk));
}

std::string value_words(const plan::json& value) {
    if (value.is_null()) return "(not there)";
    return base::cut(one_line(value.dump(-1, ' ', false, plan::json::error_handler_t::replace)), max_value);
}

std::string blast_words(const plan::BlastRadius& blast) {
    std::vector<std::string> parts;
    if (blast.pods)
        parts.push_back(fmt::format("{} {}{}", *blast.pods, *blast.pods == 1 ? "pod" : "pods",
                                    blast.ready ? fmt::format(" ({} ready)", *blast.ready) : ""));
    if (!blast.services.empty()) parts.push_back("Services " + base::join(blast.services, ", "));
    if (!blast.budgets.empty()) parts.push_back("disruption budgets " + base::join(blast.budgets, ", "));
    if (blast.single_replica) parts.emplace_back("a single replica");
    parts.insert(parts.end(), blast.notes.begin(), blast.notes.end());
    return one_line(base::join(parts, "; "));
}

std::string dry_run_words(const plan::Step& step) {
    const auto& run = step.dry_run;
    if (run.state == plan::DryRunState::refused) return "the server refuses it: " + one_line(run.message);
    if (run.state == plan::DryRunState::not_possible) return "not possible: " + one_line(run.message);
    if (step.request.verb != kube::WriteVerb::patch) return "the server would do it";
    const auto fields = static_cast<std::size_t>(
        std::count_if(run.diff.begin(), run.diff.end(), [](const auto& change) { return !is_mark(change); }));
    return fmt::format("the server would change {} {}{}", fields, fields == 1 ? "field" : "fields",
                       fields == run.diff.size() ? "" : ", and note the run on the object");
}

std::string verify_words(const std::vector<plan::Check>& checks) {
    std::vector<std::string> words;
    for (const auto& check : checks) words.push_back(check_words(check));
    return base::join(words, "; ");
}

std::string pasted(const std::vector<std::string>& command, const std::string& input) {
    const auto line = base::shell_line(command);
    return input.empty() ? line : fmt::format("printf %s {} | {}", base::shell_quoted(input), line);
}

}  // namespace salve::report
