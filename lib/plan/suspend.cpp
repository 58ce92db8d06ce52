#include "plan/suspend.hpp"

#include "plan/draft.hpp"

namespace salve::plan {

bool is_suspended(const json& live) {
    const auto* now = value_at(live, "/spec/suspend");
    return now && *now == true;
}

Draft suspend_draft(const Situation& situation, const json& live, const diagnose::Subject& target, bool suspend) {
    Patch patch(live);
    patch.put("/spec/suspend", suspend);
    auto draft = patch_draft(situation, patch, target);
    draft.why = sentence(situation.finding.summary);
    draft.verify = {{"field_is", 10'000, 1}};
    return draft;
}

}  // namespace salve::plan
