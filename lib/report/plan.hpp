// A plan for people and for programs.
#pragma once
#include <string>

#include "audit/model_run.hpp"
#include "plan/plan.hpp"
#include "report/format.hpp"

namespace salve::report {

struct PlanView {
    const plan::Plan& plan;
    std::string id;               // of the plan, empty where there is no record: then it cannot be approved
    std::string record_path;      // empty: none
    std::size_t unconcerned = 0;  // findings below the least severity, left alone
    bool show_rollback = false;
    std::vector<std::string> confirm = {};   // names that have to be typed to approve it
    const audit::ModelRun* model = nullptr;  // what a model said of it; null where none was asked
};

std::string plan_human(const PlanView& view, const Style& style);
std::string plan_markdown(const PlanView& view);
std::string plan_json(const PlanView& view);

// Only the commands, one a line, to be pasted: `--commands`.
std::string plan_commands(const plan::Plan& plan, bool with_rollback);

// The catalog (`--list-actions`), from the values that the planner uses.
std::string actions_human(std::span<const plan::Action* const> actions);
std::string actions_json(std::span<const plan::Action* const> actions);

}  // namespace salve::report
