// All that a model can tell a policy.
#pragma once
#include <string>
#include <vector>

namespace salve::plan {

// It can only tighten: no verdict is looser with a judgement than without (a default one is "no model spoke"). An
// abstaining model is no judgement. Part of the plan, so that whoever approves it later approves under the same one.
struct Judgement {
    bool used = false;
    std::vector<std::string> warnings;
    bool actionable = true;
    bool unstable = false;
    bool operator==(const Judgement&) const = default;
};

}  // namespace salve::plan
