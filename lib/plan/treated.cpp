#include "plan/treated.hpp"

namespace salve::plan {

bool is_treated(const PlanOptions& options, const Finding& finding) {
    if (options.finding) return finding.id.starts_with(*options.finding);
    if (finding.caused_by) return false;  // the cause is what is repaired
    return options.narrow || finding.severity >= options.min_severity;
}

std::vector<const Finding*> family(const std::vector<Finding>& findings, const Finding& root) {
    std::vector<const Finding*> members{&root};
    for (const auto& finding : findings)
        if (finding.caused_by == root.id && finding.root.object.same_name(root.root.object))
            members.push_back(&finding);
    return members;
}

std::vector<const Action*> actions_for(const Finding& finding, const PlanOptions& options) {
    std::vector<const Action*> actions;
    if (!options.ask.action.empty()) return {find_action(options.ask.action)};
    for (const auto* list : {&finding.actions, &finding.actions_elsewhere})
        for (const auto& id : *list)
            if (const auto* action = find_action(id); action && !action->on_request) actions.push_back(action);
    return actions;
}

Situation situation_of(const kube::World& world, const std::vector<Finding>& findings, const Finding& finding,
                       const Objects& objects, const PlanOptions& options) {
    return {world, finding, findings, objects, options.ask, options.now, options.run};
}

}  // namespace salve::plan
