#include "plan/undo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "plan/blast.hpp"
#include "plan/make_step.hpp"
#include "plan/patch.hpp"

namespace salve::plan {
namespace {

std::vector<const Step*> steps_of(const Plan& plan, const std::vector<int>& applied) {
    std::vector<const Step*> steps;
    for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step)
        if (std::find(applied.begin(), applied.end(), step->ordinal) != applied.end()) steps.push_back(&*step);
    return steps;
}

std::string title(const Step& step) {
    const auto& target = step.target.object;
    return fmt::format("Step {} ({} on {} {}/{})", step.ordinal, step.action_id, target.kind, target.ns, target.name);
}

// What was set is not any more what is there; nothing: it is.
std::optional<std::string> changed_since(const json& inverse, const json& live) {
    for (const auto& one : inverse) {
        if (one["op"] != "test") continue;
        const auto path = one["path"].get<std::string>();
        const auto* now = value_at(live, path);
        if (now && *now == one["value"]) continue;
        if (path == "/metadata/uid") return "it is another object of the same name now";
        return fmt::format("somebody has changed {} since: it is {}, and the run had set {}", path, words_of(now),
                           words_of(&one["value"]));
    }
    return std::nullopt;
}

// The inverse as a patch for the object as it is now: so it has the tests, and the way back again, of any other patch.
Patch patch_for(const json& inverse, const json& live, const std::string& run, int ordinal) {
    Patch patch(live);
    for (const auto& one : inverse) {
        const auto path = one["path"].get<std::string>();
        if (one["op"] == "test")
            patch.hold(path);
        else if (one["op"] == "remove")
            patch.remove(path);
        else
            patch.put(path, one["value"]);
    }
    patch.mark(run, ordinal);
    return patch;
}

class Undoer {
public:
    Undoer(const kube::World& world, const std::string& run, const Objects& objects, const PlanOptions& options)
        : world_(world), run_(run), objects_(objects), options_(options) {}

    std::variant<Step, std::string> undo(const Step& done, int ordinal) const {
        if (!done.inverse.request) return title(done) + ": " + done.inverse.description;
        const auto& inverse = done.inverse.request->patch;
        const auto* live = objects_.find(done.target.object);
        if (!live) return title(done) + ": the object could not be read, or is gone";
        if (auto reason = changed_since(inverse, *live)) return title(done) + ": " + *reason;
        const auto patch = patch_for(inverse, *live, options_.run, ordinal);
        if (patch.changes().empty()) return title(done) + ": there is nothing left to take back";
        if (patch.touches_redacted())
            return title(done) + ": a value that was taken out of the records would be needed";
        return step_for(done, patch, ordinal);
    }

private:
    Step step_for(const Step& done, const Patch& patch, int ordinal) const {
        Step step;
        step.ordinal = ordinal;
        step.action_id = done.action_id;
        step.finding_id = done.finding_id;
        step.around = done.around;
        step.target = done.target;
        step.description =
            fmt::format("Take back step {} of run {}: {}.", done.ordinal, run_, done.inverse.description);
        step.why = fmt::format("The fields are still what that run has set: {}", done.description);
        step.changes = patch.changes();
        step.request = done.request;
        step.request.patch = patch.body();
        step.preconditions = patch.preconditions();
        step.risk = std::max(done.risk, Risk::medium);
        step.risk_reasons = {"what was wrong before may be wrong again"};
        step.blast = blast_radius(world_, step.target.object, pod_change(step.changes));
        if (step.blast.unknown) {
            step.risk = Risk::high;
            step.risk_reasons.emplace_back("what it touches could not be read whole");
        }
        step.reverted_by = done.reverted_by;
        step.inverse.description = "sets again what that run had set";
        auto again = step.request;
        again.patch = patch.inverse_body();
        step.inverse.request = std::move(again);
        step.verify = {{"field_is", 10'000, 1}};
        add_commands(step, options_.connection);
        return step;
    }

    const kube::World& world_;
    const std::string& run_;
    const Objects& objects_;
    const PlanOptions& options_;
};

}  // namespace

std::vector<kube::ObjectRef> undo_objects(const Plan& plan, const std::vector<int>& applied) {
    std::vector<kube::ObjectRef> wanted;
    for (const auto* step : steps_of(plan, applied))
        if (step->inverse.request) wanted.push_back(step->target.object);
    return wanted;
}

Plan make_undo(const kube::World& world, const Plan& plan, const std::vector<int>& applied, const std::string& run,
               const Objects& objects, const PlanOptions& options) {
    Plan undo;
    undo.run = options.run;
    undo.undoes = run;
    undo.created_at = options.now;
    undo.expires_at = options.now + options.ttl;
    undo.bound.cluster = world.facts().cluster;
    undo.bound.catalog_sha256 = catalog_sha256();
    undo.confidence = plan.confidence;
    const Undoer undoer(world, run, objects, options);
    for (const auto* done : steps_of(plan, applied)) {
        auto result = undoer.undo(*done, static_cast<int>(undo.steps.size()) + 1);
        if (auto* step = std::get_if<Step>(&result))
            undo.steps.push_back(std::move(*step));
        else
            undo.manual.push_back(std::get<std::string>(result));
    }
    for (const auto& step : undo.steps) {
        undo.risk = std::max(undo.risk, step.risk);
        for (const auto& reason : step.risk_reasons)
            if (std::find(undo.risk_reasons.begin(), undo.risk_reasons.end(), reason) == undo.risk_reasons.end())
                undo.risk_reasons.push_back(reason);
    }
    undo.outcome = !undo.steps.empty()   ? Outcome::planned
                   : undo.manual.empty() ? Outcome::no_action
                                         : Outcome::manual_only;
    return undo;
}

}  // namespace salve::plan
