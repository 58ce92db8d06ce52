#include "report/policy_simulate.hpp"

#include <fmt/format.h>

#include "policy/words.hpp"
#include "report/json_values.hpp"
#include "report/page.hpp"
#include "report/words.hpp"

namespace salve::report {

std::string policy_simulate_human(const Simulation& result, const Style& style) {
    Page page(style);
    page.paragraph(
        fmt::format("{} of {} steps in {} {} would get another verdict from {}.", result.flips.size(), result.steps,
                    result.plans, result.plans == 1 ? "plan" : "plans", one_line(result.policy_file)),
        "", "");
    for (const auto& flip : result.flips) {
        page.blank();
        page.paragraph(fmt::format("plan {}, {}: {}", flip.plan, time_words(flip.planned_at), one_line(flip.now.title)),
                       "", "  ");
        page.labelled(2, "then:", fmt::format("{}: {}", one_line(flip.before), one_line(flip.before_reason)));
        page.labelled(2, "now:", one_line(base::join(policy::decision_words(flip.now.decision), " ")));
    }
    return page.take();
}

std::string policy_simulate_json(const Simulation& result) {
    Json flips = Json::array();
    for (const auto& flip : result.flips)
        flips.push_back({{"plan", text(flip.plan)},
                         {"planned_at", base::to_rfc3339(flip.planned_at)},
                         {"step", text(flip.now.title)},
                         {"before", text(flip.before)},
                         {"before_reason", text(flip.before_reason)},
                         {"after", base::word(policy::effect_names, flip.now.decision.effect)},
                         {"after_rule", text_or_null(flip.now.decision.rule_id)},
                         {"after_reason", text(base::join(policy::decision_words(flip.now.decision), " "))}});
    return Json{{"schema", "salve.policy.simulate/v1"},
                {"policy", text(result.policy_file)},
                {"plans", result.plans},
                {"steps", result.steps},
                {"flips", flips}}
               .dump(2) +
           "\n";
}

}  // namespace salve::report
