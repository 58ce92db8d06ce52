#include "plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "plan/blast.hpp"
#include "plan/gates.hpp"
#include "plan/manual.hpp"
#include "plan/patch.hpp"

namespace salve::plan {
namespace {

using base::Error;
using base::ErrorKind;

// What a draft came from.
struct Candidate {
    const Action* action = nullptr;
    const Finding* finding = nullptr;
    Draft draft;
};

bool concerns(const PlanOptions& options, const Finding& finding) {
    if (options.finding) return finding.id.starts_with(*options.finding);
    if (finding.caused_by) return false;  // the cause is what is repaired
    return options.narrow || finding.severity >= options.min_severity;
}

// The finding, and those that it causes on the same object: a stalled rollout under the image that stalls it.
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

bool is_enabled(const Action& action, const PlanOptions& options) {
    return !action.off || std::find(options.enabled.begin(), options.enabled.end(), action.id) != options.enabled.end();
}

Situation situation_of(const kube::World& world, const std::vector<Finding>& findings, const Finding& finding,
                       const Objects& objects, const PlanOptions& options) {
    return {world, finding, findings, objects, options.ask, options.now, options.run};
}

// Everything that is raised beyond what the action itself says.
void raise_risk(Draft& draft, const BlastRadius& blast, const kube::World& world) {
    const auto raise = [&](Risk risk, const std::string& reason) {
        if (draft.risk < risk) draft.risk = risk;
        draft.risk_reasons.push_back(reason);
    };
    const auto& target = draft.target.object;
    const auto workload = world.workload(target.kind, target.ns, target.name);
    const bool replaced_first = workload && rollout_room(*workload).unavailable == 0;
    if (draft.ends_pods && blast.single_replica && blast.ready.value_or(1) > 0 && !replaced_first)
        raise(Risk::high, "it has one replica, which is gone while the new one starts");
    const bool unknown = std::any_of(blast.notes.begin(), blast.notes.end(), [](const std::string& note) {
        return note.find("is not known") != std::string::npos;
    });
    if (unknown) raise(Risk::high, "what it touches could not be read whole");
}

Circumstances around(const kube::World& world, const Finding& finding, const kube::ObjectRef& target) {
    Circumstances facts;
    facts.mode = std::string(finding.mode->id);
    facts.confidence = finding.confidence;
    facts.evidence = static_cast<int>(finding.evidence.size());
    if (const auto ns = world.name_space(target.ns)) facts.namespace_labels = ns->meta.labels;
    if (world.seen(kube::Resource::horizontalpodautoscalers, target.ns)) {
        const auto& scalers = world.facts().autoscalers;
        facts.autoscaler = std::any_of(scalers.begin(), scalers.end(), [&](const auto& scaler) {
            return scaler.meta.ns == target.ns && scaler.target_kind == target.kind &&
                   scaler.target_name == target.name;
        });
    }
    return facts;
}

Step step_of(const Candidate& candidate, const kube::World& world, const Objects& objects, const PlanOptions& options,
             const Plan& plan) {
    auto draft = candidate.draft;
    Step step;
    step.ordinal = static_cast<int>(plan.steps.size()) + 1;
    step.action_id = std::string(candidate.action->id);
    step.finding_id = candidate.finding->id;
    step.around = around(world, *candidate.finding, draft.target.object);
    step.blast = blast_radius(world, draft.target.object, pod_change(draft.changes));
    raise_risk(draft, step.blast, world);
    step.target = draft.target;
    step.description = draft.description;
    step.why = draft.why;
    step.changes = draft.changes;
    step.request = draft.request;
    set_ordinal(step.request.patch, options.run, step.ordinal);
    step.preconditions = draft.preconditions;
    step.risk = draft.risk;
    step.risk_reasons = draft.risk_reasons;
    step.destructive = draft.destructive;
    step.reversible = draft.reversible;
    step.inverse = draft.inverse;
    step.verify = draft.verify;
    // A pod that ends and a Job that is made are nobody's to put back.
    if (step.request.verb == kube::WriteVerb::patch)
        step.reverted_by = reverted_by(*candidate.finding, objects.find(draft.target.object));
    const auto argv = [&](const Request& request) {
        const auto command = command_of(request, options.connection);
        std::vector<std::string> words{"kubectl"};
        words.insert(words.end(), command.args().begin(), command.args().end());
        return words;
    };
    step.command = argv(step.request);
    step.input = command_of(step.request, options.connection).input();
    if (step.inverse.request) step.inverse_command = argv(*step.inverse.request);
    return step;
}

class Planner {
public:
    Planner(const kube::World& world, const std::vector<Finding>& findings, const Objects& objects,
            const PlanOptions& options)
        : world_(world), findings_(findings), objects_(objects), options_(options) {}

    Plan make() {
        plan_.run = options_.run;
        plan_.created_at = options_.now;
        plan_.expires_at = options_.now + options_.ttl;
        plan_.bound.cluster = world_.facts().cluster;
        plan_.bound.catalog_sha256 = catalog_sha256();
        for (const auto& finding : findings_)
            if (concerns(options_, finding)) treat(finding);
        finish();
        return std::move(plan_);
    }

private:
    void treat(const Finding& root) {
        plan_.findings.push_back(root.id);
        plan_.bound.evidence_sha256.push_back(evidence_sha256(root));
        std::vector<Candidate> candidates;
        std::vector<std::string> declined;
        for (const auto* member : family(findings_, root))
            for (const auto* action : actions_for(*member, options_)) consider(*member, *action, candidates, declined);
        // What was known to be good before is the smallest step there is.
        std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
            const auto rank = [](const Candidate& one) {
                return one.action->id == "rollout.undo" && one.draft.risk < Risk::high ? 0 : 1;
            };
            return rank(a) < rank(b);
        });
        choose(root, candidates);
        // What is no fault leaves nothing to do, but whoever asked for an action is told why there is none.
        const bool told = root.severity != diagnose::Severity::info || !options_.ask.action.empty();
        if (candidates.empty() && told) add_manual(world_, root, declined, plan_);
    }

    void consider(const Finding& finding, const Action& action, std::vector<Candidate>& candidates,
                  std::vector<std::string>& declined) {
        const bool known = std::any_of(candidates.begin(), candidates.end(),
                                       [&](const Candidate& one) { return one.action == &action; });
        if (known) return;
        const auto situation = situation_of(world_, findings_, finding, objects_, options_);
        if (!is_enabled(action, options_)) {
            declined.push_back(fmt::format("{} is off; 'remediation: {{actions: [{}]}}' in salve.yaml turns it on",
                                           action.id, action.id));
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
            for (auto& draft : several->drafts) admit(situation, action, std::move(draft), candidates, declined);
            return;
        }
        admit(situation, action, std::move(std::get<Draft>(proposal)), candidates, declined);
    }

    // What holds for every action, whatever it proposes.
    void admit(const Situation& situation, const Action& action, Draft draft, std::vector<Candidate>& candidates,
               std::vector<std::string>& declined) {
        const auto& finding = situation.finding;
        if (auto reason = refusal(situation, action, draft)) {
            declined.push_back(fmt::format("{}: {}", action.id, *reason));
            return;
        }
        const auto managers = reverted_by(finding, objects_.find(draft.target.object));
        if (draft.writes_spec && !only_helm(managers)) {
            add_commit(draft, managers, plan_);
            declined.push_back(
                fmt::format("{}: {} would put the change back", action.id, fmt::join(managers, " and ")));
            return;
        }
        candidates.push_back({&action, &finding, std::move(draft)});
    }

    void choose(const Finding& root, const std::vector<Candidate>& candidates) {
        for (const auto& candidate : candidates) {
            const auto& target = candidate.draft.target;
            const auto taken = std::find_if(plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) {
                return step.target.object.same_name(target.object);
            });
            if (taken == plan_.steps.end() && is_full(*candidate.action)) {
                ++left_[candidate.action->id];
            } else if (taken == plan_.steps.end()) {
                plan_.steps.push_back(step_of(candidate, world_, objects_, options_, plan_));
                plan_.confidence = std::min(plan_.confidence, root.confidence);
                for (const auto& warning : candidate.draft.warnings) warn(warning);
                warn_of_managers(plan_.steps.back(), candidate.draft.writes_spec);
            } else if (taken->finding_id == candidate.finding->id || taken->finding_id == root.id) {
                plan_.alternatives.push_back({std::string(candidate.action->id), target, candidate.draft.description,
                                              candidate.draft.why, candidate.draft.risk, taken->action_id});
            } else {
                plan_.warnings.push_back(fmt::format(
                    "{} {} needs more than one change ({}): plan again after this one, one object is changed once",
                    target.object.kind, target.object.name, candidate.draft.description));
            }
        }
    }

    void warn_of_managers(const Step& step, bool writes_spec) {
        const auto& managers = step.reverted_by;
        if (managers.empty() || (only_helm(managers) && !writes_spec)) return;
        const auto& object = step.target.object;
        warn(only_helm(managers)
                 ? fmt::format("the next upgrade by {} undoes step {}: change it there too",
                               fmt::join(managers, " and "), step.ordinal)
                 : fmt::format("{} also writes {} {}", fmt::join(managers, " and "), object.kind, object.name));
    }

    bool is_full(const Action& action) const {
        const auto steps = static_cast<std::size_t>(std::count_if(
            plan_.steps.begin(), plan_.steps.end(), [&](const Step& step) { return step.action_id == action.id; }));
        return action.most_steps > 0 && steps >= action.most_steps;
    }

    void warn(std::string warning) {
        const auto& known = plan_.warnings;
        if (std::find(known.begin(), known.end(), warning) == known.end()) plan_.warnings.push_back(std::move(warning));
    }

    void finish() {
        for (const auto& [id, count] : left_)
            if (count > 0 && find_action(id)->most_steps > 0)
                warn(fmt::format("{} is for at most {} objects in one plan: {} more {} left, plan again after this one",
                                 id, find_action(id)->most_steps, count, count == 1 ? "is" : "are"));
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

    static std::string evidence_sha256(const Finding& finding) {
        base::Sha256 digest;
        for (const auto& item : finding.evidence) {
            digest.add(item.path);
            digest.add(std::string_view("\0", 1));
            digest.add(item.text);
            digest.add(std::string_view("\0", 1));
        }
        return digest.hex();
    }

    const kube::World& world_;
    const std::vector<Finding>& findings_;
    const Objects& objects_;
    const PlanOptions& options_;
    std::map<std::string_view, std::size_t> left_;  // by action: what would do as well and is not in the plan
    Plan plan_;
};

}  // namespace

std::vector<kube::ObjectRef> wanted_objects(const kube::World& world, const std::vector<Finding>& findings,
                                            const PlanOptions& options) {
    check(findings, options);
    const Objects none;
    std::set<kube::ObjectRef> wanted;
    for (const auto& root : findings) {
        if (!concerns(options, root)) continue;
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
