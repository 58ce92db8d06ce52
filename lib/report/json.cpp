#include "report/json.hpp"

#include <set>

#include "report/format.hpp"
#include "report/json_values.hpp"

namespace salve::report {
namespace {

Json subject_json(const kube::ObjectRef& object, std::string_view container) {
    return {{"api_version", text_or_null(object.api_version)},
            {"kind", text_or_null(object.kind)},
            {"namespace", text_or_null(object.ns)},
            {"name", text_or_null(object.name)},
            {"uid", text_or_null(object.uid)},
            {"container", text_or_null(container)}};
}

// The document has no field for the container whose log was read: the detail names it.
Json read_json(const kube::Read& read) {
    const std::string_view between = read.object.empty() || read.detail.empty() ? "" : ": ";
    return {{"what", text(kube::info(read.what).plural)},
            {"namespace", text_or_null(read.ns)},
            {"state", base::word(kube::read_state_names, read.state)},
            {"objects", read.objects},
            {"detail", text_or_null(read.object + std::string(between) + read.detail)}};
}

Json reads_json(const std::vector<kube::Read>& reads) {
    Json list = Json::array();
    for (const auto& read : reads) list.push_back(read_json(read));
    return list;
}

Json evidence_json(const std::vector<diagnose::Evidence>& evidence) {
    Json list = Json::array();
    for (const auto& item : evidence)
        list.push_back({{"id", "E" + std::to_string(list.size() + 1)},
                        {"object", subject_json(item.object, item.container)},
                        {"source", base::word(diagnose::source_names, item.source)},
                        {"path", text(item.path)},
                        {"text", text(item.text)},
                        {"at", time_or_null(item.at)}});
    return list;
}

Json subjects_json(const std::vector<diagnose::Subject>& subjects) {
    Json list = Json::array();
    for (const auto& subject : subjects) list.push_back(subject_json(subject.object, subject.container));
    return list;
}

Json finding_json(const Triage& triage, const Finding& finding, const std::set<std::string_view>& ids) {
    Json consequences = Json::array();
    for (const auto& id : finding.consequences)
        if (ids.count(id) != 0) consequences.push_back(text(id));
    const bool cause_listed = finding.caused_by && ids.count(*finding.caused_by) != 0;
    return {{"id", text(finding.id)},
            {"mode", text(finding.mode->id)},
            {"category", base::word(diagnose::category_names, finding.category_or_mode())},
            {"severity", base::word(diagnose::severity_names, finding.severity)},
            {"confidence", base::word(diagnose::confidence_names, finding.confidence)},
            {"root", subject_json(finding.root.object, finding.root.container)},
            {"affected", subjects_json(finding.affected)},
            {"summary", text(finding.summary)},
            {"evidence", evidence_json(finding.evidence)},
            {"caused_by", cause_listed ? text(*finding.caused_by) : Json(nullptr)},
            {"consequences", consequences},
            {"missing_evidence", texts(finding.missing_evidence)},
            {"first_seen", time_or_null(finding.first_seen)},
            {"last_seen", time_or_null(finding.last_seen)},
            {"managed_by", texts(finding.managed_by)},
            {"advice", texts(finding.advice)},
            {"actions", texts(finding.actions)},
            {"snoozed_until", time_or_null(snoozed_until(triage, finding))}};
}

constexpr std::size_t bytes_a_finding = 5000;  // a guess that saves the buffer from being copied as it grows

// Every line but the first moved right. Strings hold no line ends: dump() escapes them.
std::string indented(const std::string& text, std::size_t columns) {
    std::string result;
    result.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        result += c;
        if (c == '\n') result.append(columns, ' ');
    }
    return result;
}

// Machines get every finding, whatever its severity: what they leave out is their choice. People get listed(). Written
// one by one: the tree of thousands of findings would cost ten times their text.
void add_findings(std::string& text, const Triage& triage) {
    std::set<std::string_view> ids;
    for (const Finding& finding : triage.findings) ids.insert(finding.id);
    for (const Finding& finding : triage.findings) {
        text += &finding == triage.findings.data() ? "\n    " : ",\n    ";
        text += indented(finding_json(triage, finding, ids).dump(2), 4);
    }
    if (!triage.findings.empty()) text += "\n  ";
}

Json summary_json(const Counts& counts) {
    return {{"critical", counts.of(Severity::critical)}, {"high", counts.of(Severity::high)},
            {"medium", counts.of(Severity::medium)},     {"low", counts.of(Severity::low)},
            {"info", counts.of(Severity::info)},         {"suppressed", counts.suppressed}};
}

Json document(const Triage& triage) {
    Json cluster = {{"context", text_or_null(triage.cluster.context)},
                    {"server_version", text_or_null(triage.cluster.server_version)},
                    {"uid", text_or_null(triage.cluster.uid)}};
    Json scope = {{"namespaces", texts(triage.scope.namespaces)},
                  {"all", triage.scope.all},
                  {"targets", texts(triage.scope.targets)}};
    Json time = {{"started_at", base::to_rfc3339(triage.started_at)}, {"mono_us", triage.mono_us}};
    Json evidence = {{"complete", complete(triage)}, {"reads", reads_json(triage.reads)}};
    return {{"schema", "salve.triage/v1"},   {"run", text_or_null(triage.run)},
            {"cluster", std::move(cluster)}, {"scope", std::move(scope)},
            {"time", std::move(time)},       {"evidence", std::move(evidence)},
            {"findings", Json::array()},     {"summary", summary_json(count(triage))}};
}

std::string write(std::span<const Triage> triages, const Style&) {
    return triages.size() == 1 ? triage_json(triages.front()) : triages_json(triages);
}

}  // namespace

std::string triage_json(const Triage& triage) {
    const auto frame = document(triage).dump(2) + "\n";
    // A field of the outermost object: no string of the document holds a line end, so this stands there once.
    constexpr std::string_view empty = "\n  \"findings\": []";
    const auto at = frame.find(empty) + empty.size() - 1;
    std::string text;
    text.reserve(frame.size() + triage.findings.size() * bytes_a_finding);
    text.append(frame, 0, at);
    add_findings(text, triage);
    text.append(frame, at);
    return text;
}

std::string triages_json(std::span<const Triage> triages) {
    std::string text = "{\n  \"schema\": \"salve.triage-list/v1\",\n  \"triages\": [";
    for (const auto& triage : triages) {
        auto one = triage_json(triage);
        one.pop_back();  // its line feed
        text += (&triage == triages.data() ? "\n    " : ",\n    ") + indented(one, 4);
    }
    return text + (triages.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

extern const Format json;
const Format json{"json", "one document for programs", write};

}  // namespace salve::report
