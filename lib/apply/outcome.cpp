#include "apply/outcome.hpp"

#include <algorithm>
#include <set>

#include "apply/rollout.hpp"
#include "plan/patch.hpp"

namespace salve::apply {
namespace {

const Known* find(const std::vector<Known>& list, const std::string& id) {
    const auto at = std::find_if(list.begin(), list.end(), [&](const Known& one) { return one.id == id; });
    return at == list.end() ? nullptr : &*at;
}

bool was_applied(const StepResult& result) { return result.sent && result.sent->effect == Effect::applied; }

std::vector<const StepResult*> applied_steps(const Applied& applied) {
    std::vector<const StepResult*> steps;
    for (const auto& one : applied.steps)
        if (was_applied(one)) steps.push_back(&one);
    return steps;
}

// Ready pods of the targets, where they tell.
std::optional<int> ready(const std::vector<const StepResult*>& steps, Live StepResult::*which, std::optional<int>* of) {
    std::optional<int> sum;
    for (const auto* one : steps) {
        const auto& live = one->*which;
        if (!live.read || live.object.is_null()) continue;
        const auto rollout = rollout_of(live.object);
        if (!rollout.ready) continue;
        sum = sum.value_or(0) + *rollout.ready;
        if (of) *of = of->value_or(0) + rollout.desired.value_or(0);
    }
    return sum;
}

bool is_target(const std::vector<const StepResult*>& steps, const kube::ObjectRef& object) {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const StepResult* one) { return one->step.target.object.same_name(object); });
}

std::optional<int> share(std::int64_t part, std::int64_t whole) {
    if (whole <= 0) return std::nullopt;
    return static_cast<int>(std::clamp<std::int64_t>(part * 1000 / whole, 0, 1000));
}

Effectiveness effectiveness(const std::vector<const StepResult*>& steps, const std::optional<std::vector<Known>>& after,
                            std::optional<int> ready_after, std::optional<int> desired_after) {
    Effectiveness result;
    if (ready_after && desired_after) result.health = share(*ready_after, *desired_after);
    std::int64_t fields = 0, ours = 0, gone = 0;
    for (const auto* one : steps) {
        if (after && !find(*after, one->step.finding_id)) ++gone;
        if (one->step.request.verb != kube::WriteVerb::patch || !one->after.read || one->after.object.is_null())
            continue;
        const auto count = static_cast<std::int64_t>(one->step.changes.size());
        fields += count;
        ours += count - static_cast<std::int64_t>(not_ours(one->step, one->after.object).size());
    }
    if (after) result.findings = share(gone, static_cast<std::int64_t>(steps.size()));
    result.spec = share(ours, fields);
    int sum = 0, count = 0;
    for (const auto& part : {result.health, result.findings, result.spec})
        if (part) {
            sum += *part;
            ++count;
        }
    if (count > 0) result.score = sum / count;
    return result;
}

Outcome not_applied(const Applied& applied) {
    switch (applied.end) {
        case End::expired:
            return Outcome::expired;
        case End::stale:
        case End::wrong_cluster:
            return Outcome::stale;
        case End::unknown:
            return Outcome::unknown;
        default:
            return Outcome::failed;
    }
}

bool is_reverted(const std::vector<const StepResult*>& steps) {
    return std::any_of(steps.begin(), steps.end(), [](const StepResult* one) {
        return one->after.read && !one->after.object.is_null() && !not_ours(one->step, one->after.object).empty();
    });
}

}  // namespace

Known known(const diagnose::Finding& finding) {
    return {finding.id, finding.severity, finding.root.object, finding.caused_by};
}

Comparison compare(const std::vector<Known>& before, const std::vector<Known>& after, diagnose::Severity least,
                   const std::set<std::string>& treated) {
    Comparison result;
    for (const auto& one : before)
        if (one.severity >= least || treated.count(one.id))
            (find(after, one.id) ? result.remaining : result.resolved).push_back(one.id);
    for (const auto& one : after)
        if (one.severity >= least && !find(before, one.id)) result.fresh.push_back(one.id);
    for (auto* list : {&result.resolved, &result.remaining, &result.fresh}) std::sort(list->begin(), list->end());
    return result;
}

Judgement judge(const std::vector<Known>& before, const std::optional<std::vector<Known>>& after,
                const Applied& applied, diagnose::Severity least, bool undoing) {
    Judgement result;
    const auto steps = applied_steps(applied);
    std::optional<int> desired_after;
    result.ready_before = ready(steps, &StepResult::before, nullptr);
    result.ready_after = ready(steps, &StepResult::after, &desired_after);
    std::set<std::string> treated;
    for (const auto* one : steps) treated.insert(one->step.finding_id);
    if (after) result.findings = compare(before, *after, least, treated);
    result.effectiveness = effectiveness(steps, after, result.ready_after, desired_after);
    if (steps.empty() || applied.end == End::unknown) {
        result.outcome = not_applied(applied);
        return result;
    }
    if (undoing && applied.end == End::verified) {
        result.outcome = Outcome::fixed;
        return result;
    }
    if (!after) return result;

    const auto worst_before = [&](const kube::ObjectRef& target) {
        auto worst = diagnose::Severity::info;
        for (const auto& one : before)
            if (one.root.same_name(target)) worst = std::max(worst, one.severity);
        return worst;
    };
    bool news = false, worse_news = false;
    for (const auto& one : *after) {
        if (one.severity < least || find(before, one.id) || !is_target(steps, one.root)) continue;
        news = true;
        worse_news = worse_news || one.severity > worst_before(one.root);
    }
    const bool fewer = result.ready_before && result.ready_after && *result.ready_after < *result.ready_before;
    const bool more = result.ready_before && result.ready_after && *result.ready_after > *result.ready_before;
    const auto gone = std::count_if(steps.begin(), steps.end(),
                                    [&](const StepResult* one) { return !find(*after, one->step.finding_id); });
    const bool all_gone = gone == static_cast<std::ptrdiff_t>(steps.size());
    if (is_reverted(steps))
        result.outcome = Outcome::reverted_by_other;
    else if (fewer || worse_news)
        result.outcome = Outcome::worse;
    else if (all_gone && applied.end == End::verified && !news)
        result.outcome = Outcome::fixed;
    else if ((gone > 0 && !news) || more)
        result.outcome = Outcome::improved;
    else
        result.outcome = Outcome::unchanged;
    return result;
}

}  // namespace salve::apply
