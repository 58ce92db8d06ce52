// What came of a plan, for people and for programs (CLI.md section 6).
#pragma once
#include <string>
#include <vector>

#include "apply/outcome.hpp"
#include "report/format.hpp"

namespace salve::report {

struct ApplyView {
    std::string plan, run;    // ids; run is empty where there is no record
    std::string record_path;  // empty: none
    apply::Applied applied;
    apply::Judgement judgement;
    bool undoing = false;            // the plan took back what a run had done
    std::string refused, hint;       // why nothing was begun; empty: it was
    std::vector<std::string> undo;   // argv of the way back; empty: none
    std::vector<std::string> fresh;  // what the new findings say, one line each
};

std::string apply_human(const ApplyView& view, const Style& style);
std::string apply_json(const ApplyView& view);

// One line while it goes on: "1/2 rollout.undo on Deployment demo/web: 1 of 2 pods are new".
std::string step_title(const plan::Step& step, std::size_t of);

}  // namespace salve::report
