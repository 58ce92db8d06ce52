#include "plan/plan_json.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/json_values.hpp"
#include "plan/request_json.hpp"

namespace salve::plan {
namespace {

using base::Json;
using base::list_of;
using base::or_null;
using base::text;
using base::text_or_null;
using base::texts;

Json subject(const diagnose::Subject& one) {
    return {{"api_version", text_or_null(one.object.api_version)},
            {"kind", text_or_null(one.object.kind)},
            {"namespace", text_or_null(one.object.ns)},
            {"name", text_or_null(one.object.name)},
            {"uid", text_or_null(one.object.uid)},
            {"container", text_or_null(one.container)}};
}

Json changes(const std::vector<Change>& list) {
    return list_of(list, [](const Change& one) {
        return Json{{"path", text(one.path)}, {"from", Json(one.from)}, {"to", Json(one.to)}};
    });
}

Json preconditions(const Preconditions& one) {
    const auto tests = list_of(one.tests, [](const Change& test) {
        return Json{{"path", test.path}, {"value", Json(test.from)}};
    });
    return {{"uid", text_or_null(one.uid)}, {"generation", or_null(one.generation)}, {"tests", tests}};
}

Json blast(const BlastRadius& one) {
    return {{"pods", or_null(one.pods)},  {"ready", or_null(one.ready)},          {"services", texts(one.services)},
            {"pdbs", texts(one.budgets)}, {"single_replica", one.single_replica}, {"notes", texts(one.notes)}};
}

Json checks(const std::vector<Check>& list) {
    return list_of(list, [](const Check& one) {
        return Json{{"check", one.check}, {"window_ms", one.window_ms}, {"samples", one.samples}};
    });
}

Json around(const Circumstances& one) {
    Json labels = nullptr;
    if (one.namespace_labels) {
        labels = Json::object();
        for (const auto& [key, value] : *one.namespace_labels) labels[key] = value;
    }
    return {{"mode", one.mode},
            {"confidence", base::word(diagnose::confidence_names, one.confidence)},
            {"evidence", one.evidence},
            {"namespace_labels", labels},
            {"autoscaler", or_null(one.autoscaler)}};
}

Json step_json(const Step& step) {
    return {{"ordinal", step.ordinal},
            {"action_id", step.action_id},
            {"finding", step.finding_id},
            {"around", around(step.around)},
            {"target", subject(step.target)},
            {"description", text(step.description)},
            {"why", text(step.why)},
            {"changes", changes(step.changes)},
            {"command", step.command},
            {"input", text_or_null(step.input)},
            {"request", request_json(step.request)},
            {"preconditions", preconditions(step.preconditions)},
            {"risk", base::word(risk_names, step.risk)},
            {"risk_reasons", texts(step.risk_reasons)},
            {"destructive", step.destructive},
            {"reversible", step.reversible},
            {"blast_radius", blast(step.blast)},
            {"may", or_null(step.may)},
            {"dry_run",
             {{"state", base::word(dry_run_state_names, step.dry_run.state)},
              {"message", text_or_null(step.dry_run.message)},
              {"diff", changes(step.dry_run.diff)}}},
            {"reverted_by", texts(step.reverted_by)},
            {"inverse",
             {{"description", text(step.inverse.description)},
              {"request", step.inverse.request ? request_json(*step.inverse.request) : Json(nullptr)},
              {"command", step.inverse_command.empty() ? Json(nullptr) : Json(step.inverse_command)}}},
            {"verify", checks(step.verify)},
            {"continue_on_error", step.continue_on_error},
            {"verdict",
             {{"effect", step.verdict.effect},
              {"rules", texts(step.verdict.rules)},
              {"reason", text(step.verdict.reason)}}}};
}

Json judgement_json(const Judgement& one) {
    return {{"used", one.used},
            {"warnings", texts(one.warnings)},
            {"actionable", one.actionable},
            {"unstable", one.unstable}};
}

Json alternative(const Alternative& one) {
    return {{"action_id", one.action_id},
            {"finding", one.finding_id},
            {"instead_of", one.instead_of},
            {"target", subject(one.target)},
            {"description", text(one.description)},
            {"why", text(one.why)},
            {"risk", base::word(risk_names, one.risk)}};
}

}  // namespace

Json document_of(const Plan& plan) {
    const auto& bound = plan.bound;
    Json document{{"schema", "salve.plan/v1"},
                  {"run", text(plan.run)},
                  {"undoes", text_or_null(plan.undoes)},
                  {"outcome", base::word(outcome_names, plan.outcome)},
                  {"created_at", base::to_rfc3339(plan.created_at)},
                  {"expires_at", base::to_rfc3339(plan.expires_at)},
                  {"findings", texts(plan.findings)},
                  {"confidence", base::word(diagnose::confidence_names, plan.confidence)},
                  {"risk", base::word(risk_names, plan.risk)},
                  {"risk_reasons", texts(plan.risk_reasons)},
                  {"steps", list_of(plan.steps, step_json)},
                  {"alternatives", list_of(plan.alternatives, alternative)},
                  {"manual", texts(plan.manual)},
                  {"warnings", texts(plan.warnings)},
                  {"bound",
                   {{"context", text_or_null(bound.cluster.context)},
                    {"cluster_uid", text_or_null(bound.cluster.uid)},
                    {"server_version", text_or_null(bound.cluster.server_version)},
                    {"server", text_or_null(bound.server)},
                    {"recorded", bound.recorded},
                    {"catalog_sha256", text_or_null(bound.catalog_sha256)},
                    {"policy_sha256", text_or_null(bound.policy_sha256)},
                    {"evidence_sha256", texts(bound.evidence_sha256)}}}};
    // Without a model the document is what it always was, to the byte.
    if (plan.judgement != Judgement()) document["judgement"] = judgement_json(plan.judgement);
    return document;
}

std::string digest_of(const Json& document) { return base::sha256_hex(base::canonical(json(document))); }

Json printed(const Plan& plan) {
    const auto document = document_of(plan);
    Json result{{"schema", document["schema"]}, {"plan", digest_of(document).substr(0, id_digits)}};
    for (const auto& [key, value] : document.items())
        if (key != "schema") result[key] = value;
    return result;
}

}  // namespace salve::plan
