// `fix --approve` and `fix -i`: from a sealed plan and an approval to what came of it.
#pragma once
#include <string>
#include <vector>

#include "cmd/investigation.hpp"
#include "report/apply.hpp"

namespace salve::cmd {

struct Approving {
    std::string plan;                  // the beginning (12 digits or more) of the plan's id or digest
    std::vector<int> steps;            // the ordinals that are approved; empty: all
    std::vector<std::string> confirm;  // targets that were typed
    std::string method = "digest";     // digest, or typed at a prompt
    std::string reason, override_cooldown;
    std::string context;
    int kubectl_timeout_s = 0;
    int soak_s = -1;  // watch at most so long; negative: as long as the plan says
};

struct Done {
    report::ApplyView view;
    int exit_code = 0;
};

// Approves and applies. Whatever refuses it is an outcome with its exit code; Error is for what keeps it from being
// looked at at all: not_approved (there is no such plan, or the word is too short), invalid_record, audit_unwritable,
// audit_degraded, locked, cluster_unreadable.
Done apply_plan(Context& context, const Approving& approving);

}  // namespace salve::cmd
