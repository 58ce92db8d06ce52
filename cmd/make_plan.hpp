// What `plan` and `fix --dry-run` share: from flags to a sealed plan.
#pragma once
#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "cmd/advisor.hpp"
#include "cmd/investigation.hpp"
#include "plan/plan.hpp"
#include "policy/plan_input.hpp"

namespace salve::cmd {

struct Planning {
    Reading reading;
    std::string what;  // a target (deploy/web) or the beginning of a finding's id; empty: everything
    std::string context, min_severity, action;
    std::vector<std::string> set;  // KEY=VALUE
    std::string reason;            // for the record: why it is modified
    std::string required_by;       // as in 30m; empty: as configured
    bool unattended = false, continue_on_error = false;
    Advising advising;
};

void add_planning(CLI::App& app, Planning& planning);

struct MadePlan {
    plan::Plan plan;
    std::string id;           // empty without a record
    std::string record_path;  // likewise
    std::size_t unconcerned = 0;
    std::vector<std::string> confirm;           // names that have to be typed to approve it
    std::optional<audit::ModelRun> model = {};  // what the model said, where one was asked
};

// Reads, diagnoses, plans, rehearses and seals. outcome: what a plan with steps ends as. A runs folder that cannot be
// written is a warning: nothing is changed here, but such a plan has no id and cannot be approved.
MadePlan make_plan(Context& context, const Planning& planning, plan::Outcome outcome);

// What every plan goes through once its steps are known: rehearsed, judged, sealed.
void finish_plan(Context& context, const Source& source, const base::Redactor& redactor, const plan::Objects& objects,
                 plan::Outcome outcome, audit::Record& record, MadePlan& made);

// The plan on stdout, for people or as JSON.
void print_plan(Context& context, const MadePlan& made, bool json, bool show_rollback);

// What a policy is told of the configuration, the records and the clock.
policy::Settings settings_of(Context& context, base::Time now);

}  // namespace salve::cmd
