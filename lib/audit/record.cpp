#include "audit/record.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;

// Records are read by people in terminals as well: control characters are escaped visibly, not only as JSON does.
json text(std::string_view value) { return base::visible(value); }
json text_or_null(std::string_view value) { return value.empty() ? json() : text(value); }
json time_or_null(const std::optional<base::Time>& time) { return time ? json(base::to_rfc3339(*time)) : json(); }

json texts(const std::vector<std::string>& values) {
    auto list = json::array();
    for (const auto& value : values) list.push_back(text(value));
    return list;
}

json subject(const diagnose::Subject& subject) {
    const auto& object = subject.object;
    return {{"api_version", text(object.api_version)}, {"kind", text(object.kind)},
            {"namespace", text_or_null(object.ns)},    {"name", text(object.name)},
            {"uid", text_or_null(object.uid)},         {"container", text_or_null(subject.container)}};
}

json evidence(const diagnose::Evidence& one) {
    return {{"object", subject({one.object, one.container})},
            {"source", base::word(diagnose::source_names, one.source)},
            {"path", text(one.path)},
            {"text", text(one.text)},
            {"at", time_or_null(one.at)}};
}

json finding(const diagnose::Finding& one) {
    auto affected = json::array(), proofs = json::array();
    for (const auto& object : one.affected) affected.push_back(subject(object));
    for (const auto& proof : one.evidence) proofs.push_back(evidence(proof));
    return {{"id", one.id},
            {"rule", one.mode->id},
            {"category", base::word(diagnose::category_names, one.category_or_mode())},
            {"severity", base::word(diagnose::severity_names, one.severity)},
            {"confidence", base::word(diagnose::confidence_names, one.confidence)},
            {"root", subject(one.root)},
            {"affected", affected},
            {"summary", text(one.summary)},
            {"evidence", proofs},
            {"missing_evidence", texts(one.missing_evidence)},
            {"caused_by", one.caused_by ? json(*one.caused_by) : json()},
            {"consequences", one.consequences}};
}

json read(const kube::Read& one) {
    return {{"what", kube::info(one.what).plural},
            {"namespace", text_or_null(one.ns)},
            {"object", text_or_null(one.object)},
            {"state", base::word(kube::read_state_names, one.state)},
            {"objects", one.objects},
            {"detail", text_or_null(one.detail)}};
}

}  // namespace

std::string to_json(const Record& record) {
    auto reads = json::array(), findings = json::array(), commands = json::array();
    for (const auto& one : record.reads) reads.push_back(read(one));
    for (const auto& one : record.findings) findings.push_back(finding(one));
    for (const auto& argv : record.commands) commands.push_back(texts(argv));
    const json document = {
        {"schema", "salve.run/v1"},
        {"run_id", record.run_id},
        {"kind", record.kind},
        {"status", record.status},
        {"exit_code", record.exit_code},
        {"tool", {{"name", record.tool.name}, {"version", record.tool.version}, {"commit", record.tool.commit}}},
        {"actor",
         {{"os_user", text_or_null(record.actor.os_user)},
          {"host", text_or_null(record.actor.host)},
          {"uid", record.actor.uid},
          {"euid", record.actor.euid}}},
        {"time",
         {{"started_at", base::to_rfc3339(record.started_at)},
          {"ended_at", base::to_rfc3339(record.ended_at)},
          {"mono_us", record.mono_us}}},
        {"argv", texts(record.argv)},
        {"recording_sha256", record.recording_sha256 ? json(*record.recording_sha256) : json()},
        {"kubectl", {{"path", text_or_null(record.kubectl_path)}, {"commands", commands}}},
        {"cluster",
         {{"context", text_or_null(record.cluster.context)},
          {"server_version", text_or_null(record.cluster.server_version)},
          {"kube_system_uid", text_or_null(record.cluster.uid)}}},
        {"scope",
         {{"namespaces", texts(record.scope.namespaces)},
          {"all", record.scope.all},
          {"targets", texts(record.scope.targets)}}},
        {"evidence", {{"reads", reads}}},
        {"findings", findings},
        {"below_min_severity", record.below_min_severity},
        {"redaction", {{"count", record.redactions}}},
        {"warnings", texts(record.warnings)},
        {"error", record.error ? text(*record.error) : json()}};
    return base::canonical(document) + "\n";
}

}  // namespace salve::audit
