#include <algorithm>
#include <charconv>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "kube/names.hpp"
#include "plan/gates.hpp"
#include "plan/plan_json.hpp"
#include "plan/request_json.hpp"
#include "plan/step_agrees.hpp"

namespace salve::plan {
namespace {

using base::ErrorKind;
using base::JsonView;

std::string text_or_empty(const JsonView& view, std::string_view key) {
    const auto found = view.find(key);
    return found ? found->text() : "";
}

base::Time time_of(const JsonView& view) {
    const auto time = base::parse_time(view.text());
    if (!time) view.fail("no time");
    return *time;
}

template <typename Enum, std::size_t Count>
Enum word_of(const base::Names<Enum, Count>& names, const JsonView& view) {
    const auto value = base::parse(names, view.text());
    if (!value) view.fail("no word that is known here");
    return *value;
}

diagnose::Subject subject(const JsonView& view) {
    diagnose::Subject one;
    one.object = {text_or_empty(view, "api_version"), text_or_empty(view, "kind"), text_or_empty(view, "namespace"),
                  text_or_empty(view, "name"), text_or_empty(view, "uid")};
    one.container = text_or_empty(view, "container");
    return one;
}

std::vector<Change> changes(const JsonView& view) {
    std::vector<Change> list;
    for (const auto& item : view.items()) {
        const auto& value = item.value();
        if (!value.contains("from") || !value.contains("to")) item.fail("not a change");
        list.push_back({item.at("path").text(), value["from"], value["to"]});
    }
    return list;
}

Preconditions preconditions(const JsonView& view) {
    Preconditions one;
    one.uid = text_or_empty(view, "uid");
    if (const auto generation = view.find("generation")) one.generation = generation->integer();
    for (const auto& test : view.at("tests").items()) {
        if (!test.value().contains("value")) test.fail("not a test");
        one.tests.push_back({test.at("path").text(), test.value()["value"], nullptr});
    }
    return one;
}

Circumstances around(const JsonView& view) {
    Circumstances one;
    one.mode = view.at("mode").text();
    one.confidence = word_of(diagnose::confidence_names, view.at("confidence"));
    one.evidence = static_cast<int>(view.at("evidence").integer(0, 1'000'000));
    if (const auto labels = view.find("namespace_labels")) {
        one.namespace_labels.emplace();
        for (const auto& key : labels->keys()) one.namespace_labels->emplace(key, labels->at(key).text());
    }
    if (const auto autoscaler = view.find("autoscaler")) one.autoscaler = autoscaler->boolean();
    return one;
}

BlastRadius blast(const JsonView& view) {
    BlastRadius one;
    if (const auto pods = view.find("pods")) one.pods = static_cast<int>(pods->integer(0, 1'000'000));
    if (const auto ready = view.find("ready")) one.ready = static_cast<int>(ready->integer(0, 1'000'000));
    one.services = view.at("services").texts();
    one.budgets = view.at("pdbs").texts();
    one.single_replica = view.at("single_replica").boolean();
    one.notes = view.at("notes").texts();
    return one;
}

// The connection stands in the command itself: without it, what is left must be what the request gives.
void check_command(const Request& request, const std::vector<std::string>& command, const std::string& context,
                   const JsonView& view) {
    kube::Target target;
    if (!context.empty()) target.context = context;
    for (const auto& word : command) {
        if (word.starts_with("--kubeconfig=")) target.kubeconfig = word.substr(13);
        if (word.starts_with("--request-timeout="))
            std::from_chars(word.data() + 18, word.data() + word.size(), target.request_timeout_seconds);
    }
    std::vector<std::string> expected;
    try {
        expected = command_of(request, target).args();
    } catch (const base::Error& error) {
        view.fail(error.what());
    }
    const bool same = command.size() == expected.size() + 1 && command.front() == "kubectl" &&
                      std::equal(expected.begin(), expected.end(), command.begin() + 1);
    if (!same) view.fail("is not the command that its request gives");
}

// What the step says that it is about is what its request is about; and no plan may do what no planner proposes.
void check_step(const Step& step, const std::string& run, const JsonView& view) {
    const auto& action = *find_action(step.action_id);
    const auto& target = step.target.object;
    const auto& request = step.request;
    const bool fits = std::find(action.kinds.begin(), action.kinds.end(), target.kind) != action.kinds.end();
    if (!fits || action.verb != request.verb) view.at("action_id").fail("is not for that");
    bool same = request.ns == target.ns;
    if (request.verb == kube::WriteVerb::patch)
        same = same && kube::info(request.resource).kind == target.kind && request.name == target.name;
    else if (target.kind == "Pod")
        same = same && request.name == target.name && request.uid == target.uid;
    else if (request.verb == kube::WriteVerb::create_job)
        same = same && request.from == target.name;
    if (!same) view.at("request").fail("is not about the target");
    const auto& back = step.inverse.request;
    if (kube::is_system_namespace(request.ns) || (back && kube::is_system_namespace(back->ns)))
        view.at("request").fail("nothing is ever changed there");
    if (const auto part = disagreement(step, run)) view.at(*part).fail("is not what its request does");
}

Step step_of(const JsonView& view, const std::string& run, const std::string& context) {
    Step step;
    step.ordinal = static_cast<int>(view.at("ordinal").integer(1, 1000));
    step.action_id = view.at("action_id").text();
    if (!find_action(step.action_id)) view.at("action_id").fail("no action of the catalog");
    step.finding_id = view.at("finding").text();
    step.around = around(view.at("around"));
    step.target = subject(view.at("target"));
    step.description = view.at("description").text();
    step.why = view.at("why").text();
    step.changes = changes(view.at("changes"));
    step.command = view.at("command").texts();
    step.input = text_or_empty(view, "input");
    step.request = parse_request(view.at("request"));
    check_command(step.request, step.command, context, view.at("command"));
    if (step.input != command_of(step.request, {}).input()) view.fail("its input is not that of its request");
    step.preconditions = preconditions(view.at("preconditions"));
    step.risk = word_of(risk_names, view.at("risk"));
    step.risk_reasons = view.at("risk_reasons").texts();
    step.destructive = view.at("destructive").boolean();
    step.reversible = view.at("reversible").boolean();
    step.blast = blast(view.at("blast_radius"));
    if (const auto may = view.find("may")) step.may = may->boolean();
    const auto dry_run = view.at("dry_run");
    step.dry_run = {word_of(dry_run_state_names, dry_run.at("state")), text_or_empty(dry_run, "message"),
                    changes(dry_run.at("diff"))};
    step.reverted_by = view.at("reverted_by").texts();
    const auto inverse = view.at("inverse");
    step.inverse.description = inverse.at("description").text();
    if (const auto request = inverse.find("request")) {
        step.inverse.request = parse_request(*request);
        step.inverse_command = inverse.at("command").texts();
        check_command(*step.inverse.request, step.inverse_command, context, inverse.at("command"));
    }
    for (const auto& check : view.at("verify").items())
        step.verify.push_back({check.at("check").text(), check.at("window_ms").integer(0, 86'400'000),
                               static_cast<int>(check.at("samples").integer(0, 10'000))});
    step.continue_on_error = view.at("continue_on_error").boolean();
    if (step.continue_on_error && step.risk != Risk::low) view.at("continue_on_error").fail("is for low risk only");
    check_step(step, run, view);
    const auto verdict = view.at("verdict");
    const auto effect = verdict.at("effect").text();
    if (effect != "allow" && effect != "require_approval" && effect != "deny")
        verdict.at("effect").fail("no effect that a policy has");
    step.verdict = {effect, verdict.at("rules").texts(), verdict.at("reason").text()};
    return step;
}

Bound bound_of(const JsonView& view) {
    Bound bound;
    bound.cluster = {text_or_empty(view, "context"), text_or_empty(view, "server_version"),
                     text_or_empty(view, "cluster_uid")};
    bound.server = text_or_empty(view, "server");
    bound.recorded = view.at("recorded").boolean();
    bound.catalog_sha256 = text_or_empty(view, "catalog_sha256");
    bound.policy_sha256 = text_or_empty(view, "policy_sha256");
    bound.evidence_sha256 = view.at("evidence_sha256").texts();
    return bound;
}

// What has no canonical spelling has no digest.
bool is_digest_of(const json& document, const std::string& sha256) try {
    return base::sha256_hex(base::canonical(document)) == sha256;
} catch (const base::Error&) {
    return false;
}

}  // namespace

Plan parse_plan(const json& document, const std::string& sha256, const std::string& where) {
    const JsonView view(document, where, ErrorKind::invalid_record);
    if (!is_digest_of(document, sha256)) view.fail("its digest is not the plan's: it was changed");
    if (view.at("schema").text() != "salve.plan/v1") view.at("schema").fail("no plan of a version that salve knows");
    Plan plan;
    plan.run = view.at("run").text();
    plan.undoes = text_or_empty(view, "undoes");
    plan.outcome = word_of(outcome_names, view.at("outcome"));
    plan.created_at = time_of(view.at("created_at"));
    plan.expires_at = time_of(view.at("expires_at"));
    plan.findings = view.at("findings").texts();
    plan.confidence = word_of(diagnose::confidence_names, view.at("confidence"));
    plan.risk = word_of(risk_names, view.at("risk"));
    plan.risk_reasons = view.at("risk_reasons").texts();
    plan.bound = bound_of(view.at("bound"));
    for (const auto& step : view.at("steps").items()) {
        plan.steps.push_back(step_of(step, plan.run, plan.bound.cluster.context));
        if (plan.steps.back().ordinal != static_cast<int>(plan.steps.size()))
            step.at("ordinal").fail("is not the place of the step");
    }
    for (const auto& item : view.at("alternatives").items())
        plan.alternatives.push_back({item.at("action_id").text(), item.at("finding").text(), subject(item.at("target")),
                                     item.at("description").text(), item.at("why").text(),
                                     word_of(risk_names, item.at("risk")), item.at("instead_of").text()});
    if (const auto judgement = view.find("judgement"))
        plan.judgement = {judgement->at("used").boolean(), judgement->at("warnings").texts(),
                          judgement->at("actionable").boolean(), judgement->at("unstable").boolean()};
    plan.manual = view.at("manual").texts();
    plan.warnings = view.at("warnings").texts();
    // Nothing beside what was read: the plan that is judged is the plan that is hashed.
    if (json(document_of(plan)) != document) view.fail("holds something that is no part of a plan");
    return plan;
}

}  // namespace salve::plan
