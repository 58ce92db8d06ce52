// What a policy is told of a step: the step as the plan has it, and the settings of the moment.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "plan/plan.hpp"
#include "policy/evaluate.hpp"
#include "policy/history.hpp"
#include "policy/input.hpp"

namespace salve::policy {

// salve.yaml's remediation, policy and trust, and the clock.
struct Settings {
    bool enabled = false, allow_high_risk = false;
    std::vector<std::string> allowed_namespaces, enabled_actions;
    std::int64_t confidence_threshold = 800;  // thousandths
    Trust trust_level = Trust::approve;
    // What the records tell; nothing where they could not be read.
    Maybe<History> history;
    bool override_cooldown = false;  // a person said so, and why stands in the record
    Maybe<bool> unsettled;  // what became of an earlier run is not known; nothing where the records could not be read
    base::Time now;
};

// Whatever could not be read stays missing, which can only make a verdict stricter. `llm` is the plan's own judgement.
Input input_of(const plan::Plan& plan, const plan::Step& step, const Settings& settings);

// Sets the step's verdict from the decision.
void give_verdict(plan::Step& step, const Decision& decision);

}  // namespace salve::policy
