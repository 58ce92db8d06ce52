#include "plan/make_step.hpp"

#include "plan/blast.hpp"
#include "plan/gates.hpp"
#include "plan/patch.hpp"

namespace salve::plan {
namespace {

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
    if (blast.unknown) raise(Risk::high, "what it touches could not be read whole");
}

Circumstances around(const kube::World& world, const Finding& finding, const kube::ObjectRef& target) {
    Circumstances facts;
    facts.mode = std::string(finding.mode->id);
    facts.confidence = finding.confidence;
    facts.evidence = static_cast<int>(finding.evidence.size());
    if (const auto ns = world.name_space(target.ns))
        facts.namespace_labels.emplace(ns->meta.labels.begin(), ns->meta.labels.end());
    if (world.seen(kube::Resource::horizontalpodautoscalers, target.ns))
        facts.autoscaler = !world.autoscalers_of(target).empty();
    return facts;
}

std::vector<std::string> argv_of(const kube::WriteCommand& command) {
    std::vector<std::string> words{"kubectl"};
    words.insert(words.end(), command.args().begin(), command.args().end());
    return words;
}

}  // namespace

Step make_step(const Candidate& candidate, const kube::World& world, const Objects& objects, const PlanOptions& options,
               int ordinal) {
    auto draft = candidate.draft;
    Step step;
    step.ordinal = ordinal;
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
    step.continue_on_error = options.continue_on_error && draft.risk == Risk::low;
    // A pod that ends and a Job that is made are nobody's to put back.
    if (step.request.verb == kube::WriteVerb::patch)
        step.reverted_by = reverted_by(*candidate.finding, objects.find(draft.target.object));
    add_commands(step, options.connection);
    return step;
}

void add_commands(Step& step, const kube::Target& connection) {
    const auto command = command_of(step.request, connection);
    step.command = argv_of(command);
    step.input = command.input();
    if (step.inverse.request) step.inverse_command = argv_of(command_of(*step.inverse.request, connection));
}

}  // namespace salve::plan
