#include "plan/planner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/digest.hpp"
#include "plan/gates.hpp"
#include "plan/interchange.hpp"
#include "plan/manual.hpp"
#include "plan/treated.hpp"

namespace salve::plan {
namespace {

bool is_enabled(const Action& action, const PlanOptions& options) {
    return !action.off || std::find(options.enabled.begin(), options.enabled.end(), action.id) != options.enabled.end();
}

std::string evidence_sha256(const Finding& finding) {
    base::Sha256 digest;
    for (const auto& item : finding.evidence) {
        digest.add(item.path);
        digest.add(std::string_view("\0", 1));
        digest.add(item.text);
        digest.add(std::string_view("\0", 1));
    }
    return digest.hex();
}

}  // namespace

Plan Planner::make() {
    plan_.run = options_.run;
    plan_.created_at = options_.now;
    plan_.expires_at = options_.now + options_.ttl;
    plan_.bound.cluster = world_.facts().cluster;
    plan_.bound.catalog_sha256 = catalog_sha256();
    for (const auto& finding : findings_)
        if (is_treated(options_, finding)) treat(finding);
    finish();
    return std::move(plan_);
}

void Planner::treat(const Finding& root) {
    plan_.findings.push_back(root.id);
    plan_.bound.evidence_sha256.push_back(evidence_sha256(root));
    if (const auto held = options_.held.find(root.id); held != options_.held.end()) {
        warn(fmt::format("{} {} ({}): {}", root.root.object.kind, root.root.object.name, root.mode->id, held->second));
        return;
    }
    Answers answers;
    for (const auto* member : family(findings_, root))
        for (const auto* action : actions_for(*member, options_)) consider(*member, *action, answers);
    auto& [candidates, declined] = answers;
    // What was known to be good before is the smallest step there is.
    std::stable_partition(candidates.begin(), candidates.end(),
                          [](const Candidate& one) { return one.action->restores && one.draft.risk < Risk::high; });
    prefer(candidates);
    choose(root, candidates);
    // Of what is no fault, only whoever asked for an action is told why there is none.
    if (root.severity == diagnose::Severity::info && options_.ask.action.empty()) declined.clear();
    if (candidates.empty()) add_manual(world_, root, declined, plan_);
}

void Planner::consider(const Finding& finding, const Action& action, Answers& answers) {
    auto& [candidates, declined] = answers;
    const bool known =
        std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& one) { return one.action == &action; });
    if (known) return;
    const auto situation = situation_of(world_, findings_, finding, objects_, options_);
    if (!is_enabled(action, options_)) {
        declined.push_back(
            fmt::format("{} is off; 'remediation: {{actions: [{}]}}' in salve.yaml turns it on", action.id, action.id));
        return;
    }
    const auto& elsewhere = finding.actions_elsewhere;
    const bool put_back = std::find(elsewhere.begin(), elsewhere.end(), action.id) != elsewhere.end();
    if (action.asks_value && options_.ask.values.empty()) {
        if (!put_back) declined.push_back(value_wanted(finding, action));
        return;
    }
    auto proposal = action.propose(situation);
    if (const auto* no = std::get_if<Declined>(&proposal)) {
        declined.push_back(fmt::format("{}: {}", action.id, no->reason));
        return;
    }
    if (auto* several = std::get_if<Several>(&proposal)) {
        left_[action.id] += several->left;
        for (auto& draft : several->drafts) admit(situation, action, std::move(draft), answers);
        return;
    }
    admit(situation, action, std::move(std::get<Draft>(proposal)), answers);
}

void Planner::admit(const Situation& situation, const Action& action, Draft draft, Answers& answers) {
    auto& [candidates, declined] = answers;
    const auto& finding = situation.finding;
    if (auto reason = refusal(situation, action, draft)) {
        declined.push_back(fmt::format("{}: {}", action.id, *reason));
        return;
    }
    const auto managers = reverted_by(finding, objects_.find(draft.target.object));
    if (draft.writes_spec && !only_helm(managers)) {
        add_commit(draft, managers, plan_);
        declined.push_back(fmt::format("{}: {} would put the change back", action.id, fmt::join(managers, " and ")));
        return;
    }
    candidates.push_back({&action, &finding, std::move(draft)});
}

void Planner::prefer(std::vector<Candidate>& candidates) const {
    const auto rank = [&](const Candidate& one) {
        return std::find_if(options_.order.begin(), options_.order.end(), [&](const Preferred& wish) {
            return wish.action_id == one.action->id && wish.object.same_name(one.draft.target.object);
        });
    };
    sort_within_groups(
        candidates, [](const Candidate& a, const Candidate& b) { return interchangeable(a.draft, b.draft); },
        [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
}

void Planner::choose(const Finding& root, const std::vector<Candidate>& candidates) {
    for (const auto& candidate : candidates) {
        const auto& target = candidate.draft.target;
        const auto taken = std::find_if(plan_.steps.begin(), plan_.steps.end(),
                                        [&](const Step& step) { return step.target.object.same_name(target.object); });
        if (taken == plan_.steps.end() && is_full(*candidate.action)) {
            ++left_[candidate.action->id];
        } else if (taken == plan_.steps.end()) {
            plan_.steps.push_back(
                make_step(candidate, world_, objects_, options_, static_cast<int>(plan_.steps.size()) + 1));
            plan_.confidence = std::min(plan_.confidence, root.confidence);
            for (const auto& warning : candidate.draft.warnings) warn(warning);
            warn_of_managers(plan_.steps.back(), candidate.draft.writes_spec);
        } else if (taken->finding_id == candidate.finding->id || taken->finding_id == root.id) {
            plan_.alternatives.push_back({std::string(candidate.action->id), candidate.finding->id, target,
                                          candidate.draft.description, candidate.draft.why, candidate.draft.risk,
                                          taken->action_id});
        } else {
            warn(fmt::format(
                "{} {} needs more than one change ({}): plan again after this one, one object is changed once",
                target.object.kind, target.object.name, candidate.draft.description));
        }
    }
}

void Planner::warn_of_managers(const Step& step, bool writes_spec) {
    const auto& managers = step.reverted_by;
    if (managers.empty() || (only_helm(managers) && !writes_spec)) return;
    const auto& object = step.target.object;
    warn(only_helm(managers)
             ? fmt::format("the next upgrade by {} undoes step {}: change it there too", fmt::join(managers, " and "),
                           step.ordinal)
             : fmt::format("{} also writes {} {}", fmt::join(managers, " and "), object.kind, object.name));
}

bool Planner::is_full(const Action& action) const {
    const auto steps = static_cast<std::size_t>(std::count_if(
        plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) { return step.action_id == action.id; }));
    return action.most_steps > 0 && steps >= action.most_steps;
}

void Planner::warn(std::string warning) {
    const auto& known = plan_.warnings;
    if (std::find(known.begin(), known.end(), warning) == known.end()) plan_.warnings.push_back(std::move(warning));
}

void Planner::finish() {
    for (const auto& [id, count] : left_)
        if (count > 0 && find_action(id)->most_steps > 0)
            warn(fmt::format("{} is for at most {} objects in one plan: {} more {} left, plan again after this one", id,
                             find_action(id)->most_steps, count, count == 1 ? "is" : "are"));
    for (const auto& step : plan_.steps) {
        plan_.risk = std::max(plan_.risk, step.risk);
        for (const auto& reason : step.risk_reasons)
            if (std::find(plan_.risk_reasons.begin(), plan_.risk_reasons.end(), reason) == plan_.risk_reasons.end())
                plan_.risk_reasons.push_back(reason);
    }
    plan_.outcome = !plan_.steps.empty()   ? Outcome::planned
                    : plan_.manual.empty() ? Outcome::no_action
                                           : Outcome::manual_only;
}

}  // namespace salve::plan
