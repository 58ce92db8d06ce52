// The checks that follow a change (TAXONOMY 2.4, V1 to V3): none trusts the verb's own answer, each reads the cluster
// until it is satisfied or its time is over. All of them read only.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apply/cluster.hpp"
#include "plan/step.hpp"

namespace salve::apply {

struct CheckResult {
    std::string check, expected, observed;  // words, not escaped
    std::optional<bool> passed;             // nothing: it could not be told, or was not looked at any more
    int samples = 0;
    std::int64_t window_ms = 0;  // how long was looked
    base::Time at;
    bool interrupted = false;  // whoever runs this wanted it to end before it could be told
};

struct CheckOptions {
    // Soaking (restarts_flat, replicas_held, field_is) lasts as long as the plan says, or this if it is shorter. What
    // waits for something to come about, new pods of replicas_held too, waits as long as the plan says.
    std::optional<base::Duration> soak;
    // What is looked at now, for the reader who waits: "rollout_complete: 1 of 2 pods are new, ...".
    std::function<void(const std::string&)> tell = [](const std::string&) {};
};

// Runs the step's checks in their order and stops after the first that fails. before: the object as it was when the
// step was sent. An interrupted check, and those after it, have no `passed`.
std::vector<CheckResult> run_checks(const plan::Step& step, const json& before, base::Time sent, Cluster& cluster,
                                    const CheckOptions& options);

// Whether every check passed.
bool all_passed(const std::vector<CheckResult>& results);

// The fields of the change that do not hold what the change set, as "/spec/paused is false"; somebody put them back.
std::vector<std::string> not_ours(const plan::Step& step, const json& object);

}  // namespace salve::apply
