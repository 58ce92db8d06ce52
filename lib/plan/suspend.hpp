// The switch of Jobs and CronJobs: spec.suspend.
#pragma once
#include "plan/action.hpp"

namespace salve::plan {

// Whether it is suspended now; not there means that it is not.
bool is_suspended(const json& live);

// A draft that sets spec.suspend of the target to that value, with its proof. Words and risk are the caller's.
Draft suspend_draft(const Situation& situation, const json& live, const diagnose::Subject& target, bool suspend);

}  // namespace salve::plan
