#include "report/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/shell.hpp"
#include "base/text.hpp"
#include "plan/interchange.hpp"
#include "plan/plan_json.hpp"
#include "report/advisor.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/plan_words.hpp"
#include "report/words.hpp"

namespace salve::report {
namespace {

// low, medium and high are words of both.
diagnose::Severity badge_of(plan::Risk risk) {
    return *base::parse(diagnose::severity_names, std::string(base::word(plan::risk_names, risk)));
}

std::string subject(const diagnose::Subject& target) {
    auto words =
        fmt::format("{} {}/{}", target.object.kind, name_words(target.object.ns), name_words(target.object.name));
    if (!target.container.empty()) words += fmt::format(", container {}", name_words(target.container));
    return words;
}

class PlanPrinter {
public:
    PlanPrinter(const PlanView& view, const Style& style) : view_(view), style_(style), page_(style, 10) {}

    std::string print() {
        page_.paragraph(plan_headline(view_), "", "");
        for (const auto& step : view_.plan.steps) print_step(step);
        print_alternatives();
        print_advisor();
        print_numbered("What a person has to do:", view_.plan.manual);
        print_warnings();
        print_end();
        return page_.take();
    }

private:
    void print_step(const plan::Step& step) {
        page_.blank();
        page_.badged(0, badge_of(step.risk),
                     fmt::format("{}. {} on {}", step.ordinal, step.action_id, subject(step.target)));
        page_.labelled(2, "does:", one_line(step.description));
        page_.labelled(2, "why:", one_line(step.why));
        print_notes(static_cast<std::size_t>(step.ordinal) - 1);
        print_beside(step);
        print_changes(step.dry_run.diff.empty() ? step.changes : step.dry_run.diff);
        page_.labelled(2, "risk:",
                       fmt::format("{}: {}", base::word(plan::risk_names, step.risk),
                                   one_line(base::join(step.risk_reasons, "; "))));
        if (const auto words = blast_words(step.blast); !words.empty()) page_.labelled(2, "touches:", words);
        page_.labelled(2, "dry run:", dry_run_words(step));
        page_.labelled(2, "policy:", one_line(step.verdict.reason));
        page_.labelled(2, "proof:", verify_words(step.verify));
        page_.labelled(2, "way back:", one_line(step.inverse.description));
        if (view_.show_rollback && !step.inverse_command.empty()) page_.unbroken(4, pasted(step.inverse_command, ""));
        page_.labelled(2, "command:", "what would run, to be copied:");
        page_.unbroken(4, pasted(step.command, step.input));
    }

    void print_changes(std::vector<plan::Change> changes) {
        constexpr std::size_t most = 12;
        std::erase_if(changes, is_mark);
        for (std::size_t i = 0; i < std::min(changes.size(), most); ++i) {
            const auto& change = changes[i];
            if (change.path.empty()) continue;
            page_.labelled(2, i == 0 ? "changes:" : "", one_line(change.path));
            page_.labelled(4, "", "- " + value_words(change.from));
            page_.labelled(4, "", "+ " + value_words(change.to));
        }
        if (changes.size() > most && style_.verbosity == 0)
            page_.labelled(2, "", fmt::format("and {} more fields (-o json)", changes.size() - most));
    }

    // What the model says of one action, in its own words and marked as such.
    void print_notes(std::size_t candidate) {
        if (!view_.model) return;
        for (const auto& note : view_.model->notes)
            if (note.candidate == advise::candidate_name(candidate)) page_.labelled(2, "model:", note_words(note));
    }

    // What fits nearly as well stands beside the step: a person chooses (S1.36).
    void print_beside(const plan::Step& step) {
        const auto& others = view_.plan.alternatives;
        for (std::size_t i = 0; i < others.size(); ++i) {
            if (!plan::interchangeable(step, others[i])) continue;
            page_.labelled(2, "or:",
                           fmt::format("{}: {} {}", others[i].action_id, one_line(others[i].description),
                                       one_line(others[i].why)));
            print_notes(view_.plan.steps.size() + i);
            page_.labelled(2, "",
                           fmt::format("as close, at the same risk; to see it: salve plan {} --action {}",
                                       others[i].finding_id, others[i].action_id));
        }
    }

    void print_advisor() {
        if (!view_.model) return;
        page_.blank();
        for (const auto& line : advisor_words(*view_.model)) page_.paragraph(line, "", "  ");
    }

    void print_alternatives() {
        std::vector<plan::Alternative> others;
        for (const auto& one : view_.plan.alternatives)
            if (std::none_of(view_.plan.steps.begin(), view_.plan.steps.end(),
                             [&](const plan::Step& step) { return plan::interchangeable(step, one); }))
                others.push_back(one);
        if (others.empty()) return;
        page_.blank();
        page_.paragraph("Instead, for the same object:", "", "");
        for (const auto& one : others)
            page_.paragraph(
                fmt::format("{} (risk {}) instead of {}: {} {}", one.action_id, base::word(plan::risk_names, one.risk),
                            one.instead_of, one_line(one.description), one_line(one.why)),
                "  - ", "    ");
    }

    void print_numbered(std::string_view title, const std::vector<std::string>& lines) {
        if (lines.empty()) return;
        page_.blank();
        page_.paragraph(title, "", "");
        for (std::size_t i = 0; i < lines.size(); ++i)
            page_.paragraph(one_line(lines[i]), fmt::format("{:3}. ", i + 1), "     ");
    }

    void print_warnings() {
        if (view_.plan.warnings.empty()) return;
        page_.blank();
        for (const auto& warning : view_.plan.warnings) page_.paragraph(one_line(warning), "warning: ", "         ");
    }

    void print_end() {
        page_.blank();
        if (!view_.plan.steps.empty())
            page_.paragraph(fmt::format("The plan holds until {}, and only while the objects are what they are now.",
                                        time_words(view_.plan.expires_at)),
                            "", "");
        print_approval();
        if (!view_.record_path.empty() && !style_.quiet) page_.unbroken(0, "record: " + one_line(view_.record_path));
    }

    // How it is approved, where the policy lets it.
    void print_approval() {
        const auto& plan = view_.plan;
        const bool denied = std::any_of(plan.steps.begin(), plan.steps.end(),
                                        [](const plan::Step& step) { return step.verdict.effect == "deny"; });
        if (plan.steps.empty() || view_.id.empty() || denied || plan.bound.recorded) return;
        std::vector<std::string> command{"salve", "fix", "--approve", view_.id};
        for (const auto& name : view_.confirm) command.insert(command.end(), {"--confirm", name});
        page_.labelled(0, "do it:", "this changes the cluster:");
        page_.unbroken(4, base::shell_line(command));
    }

    const PlanView& view_;
    const Style& style_;
    Page page_;
};

Json action_json(const plan::Action& action) {
    return {{"id", action.id},
            {"summary", action.summary},
            {"risk", base::word(plan::risk_names, action.risk)},
            {"kinds", texts(action.kinds)},
            {"verb", base::word(kube::write_verb_names, action.verb)},
            {"values", texts(action.values)},
            {"asks_value", action.asks_value},
            {"on_request", action.on_request},
            {"enabled_by_default", !action.off},
            {"reverses", action.reverses}};
}

}  // namespace

std::string plan_human(const PlanView& view, const Style& style) { return PlanPrinter(view, style).print(); }

std::string plan_json(const PlanView& view) {
    auto document = plan::printed(view.plan);
    if (view.id.empty()) document["plan"] = nullptr;
    if (view.record_path.empty()) document["run"] = nullptr;
    document["advisor"] = view.model ? advisor_json(*view.model) : Json();
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string plan_commands(const plan::Plan& plan, bool with_rollback) {
    std::string lines;
    for (const auto& step : plan.steps) {
        lines += pasted(step.command, step.input) + "\n";
        if (with_rollback && !step.inverse_command.empty())
            lines += "# way back: " + pasted(step.inverse_command, "") + "\n";
    }
    return lines;
}

std::string actions_human(std::span<const plan::Action* const> actions) {
    std::string lines = fmt::format("{:22} {:7} {:9} {}\n", "ACTION", "RISK", "DEFAULT", "WHAT IT DOES");
    for (const auto* action : actions)
        lines += fmt::format("{:22} {:7} {:9} {}\n", action->id, base::word(plan::risk_names, action->risk),
                             action->off          ? "off"
                             : action->asks_value ? "--set"
                             : action->on_request ? "--action"
                                                  : "offered",
                             action->summary);
    return lines;
}

std::string actions_json(std::span<const plan::Action* const> actions) {
    Json list = Json::array();
    for (const auto* action : actions) list.push_back(action_json(*action));
    return Json{{"schema", "salve.actions/v1"}, {"actions", list}}.dump(2) + "\n";
}

}  // namespace salve::report
