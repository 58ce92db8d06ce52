#include "plan/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "plan/planner.hpp"
#include "plan/treated.hpp"

namespace salve::plan {
namespace {

using base::Error;
using base::ErrorKind;

void check(const std::vector<Finding>& findings, const PlanOptions& options) {
    const auto& ask = options.ask;
    if (options.finding && std::none_of(findings.begin(), findings.end(),
                                        [&](const Finding& one) { return one.id.starts_with(*options.finding); }))
        throw Error(ErrorKind::usage, fmt::format("there is no finding {}", base::quoted(*options.finding)),
                    "'salve triage' prints the ids with -o json");
    if (ask.action.empty()) {
        if (!ask.values.empty()) throw Error(ErrorKind::usage, "--set needs an action", "name it with --action");
        return;
    }
    const auto* action = find_action(ask.action);
    if (!action) {
        std::vector<std::string_view> known;
        for (const auto* one : all_actions()) known.push_back(one->id);
        const auto near = base::nearest(ask.action, known);
        throw Error(ErrorKind::usage, fmt::format("there is no action {}", base::quoted(ask.action)),
                    near ? fmt::format("did you mean {}?", *near) : "'salve plan --list-actions' prints them");
    }
    for (const auto& [key, value] : ask.values)
        if (std::find(action->values.begin(), action->values.end(), key) == action->values.end())
            throw Error(
                ErrorKind::usage, fmt::format("{} has no value {}", action->id, base::quoted(key)),
                action->values.empty() ? "it takes none" : fmt::format("it takes {}", fmt::join(action->values, ", ")));
}

}  // namespace

std::vector<kube::ObjectRef> wanted_objects(const kube::World& world, const std::vector<Finding>& findings,
                                            const PlanOptions& options) {
    check(findings, options);
    const Objects none;
    std::set<kube::ObjectRef> wanted;
    for (const auto& root : findings) {
        if (!is_treated(options, root)) continue;
        for (const auto* member : family(findings, root))
            for (const auto* action : actions_for(*member, options)) {
                const auto& object = member->root.object;
                const bool fits =
                    std::find(action->kinds.begin(), action->kinds.end(), object.kind) != action->kinds.end();
                if (fits) wanted.insert(object);
                if (!action->reads) continue;
                for (auto& ref : action->reads(situation_of(world, findings, *member, none, options)))
                    wanted.insert(std::move(ref));
            }
    }
    return {wanted.begin(), wanted.end()};
}

Plan make_plan(const kube::World& world, const std::vector<Finding>& findings, const Objects& objects,
               const PlanOptions& options) {
    check(findings, options);
    return Planner(world, findings, objects, options).make();
}

}  // namespace salve::plan
