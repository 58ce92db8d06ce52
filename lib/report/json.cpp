#include "report/json.hpp"

#include <unordered_set>

#include "report/format.hpp"
#include "report/json_values.hpp"
#include "report/json_writer.hpp"

namespace salve::report {
namespace {

void write_subject(JsonWriter& out, const kube::ObjectRef& object, std::string_view container) {
    out.open('{');
    out.text_or_null("api_version", object.api_version);
    out.text_or_null("kind", object.kind);
    out.text_or_null("namespace", object.ns);
    out.text_or_null("name", object.name);
    out.text_or_null("uid", object.uid);
    out.text_or_null("container", container);
    out.close('}');
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

void write_evidence(JsonWriter& out, const std::vector<diagnose::Evidence>& evidence) {
    out.open('[');
    for (std::size_t i = 0; i < evidence.size(); ++i) {
        const auto& item = evidence[i];
        out.open('{');
        out.text("id", "E" + std::to_string(i + 1));
        out.key("object");
        write_subject(out, item.object, item.container);
        out.text("source", base::word(diagnose::source_names, item.source));
        out.text("path", item.path);
        out.text("text", item.text);
        out.time_or_null("at", item.at);
        out.close('}');
    }
    out.close(']');
}

void write_subjects(JsonWriter& out, const std::vector<diagnose::Subject>& subjects) {
    out.open('[');
    for (const auto& subject : subjects) write_subject(out, subject.object, subject.container);
    out.close(']');
}

using Ids = std::unordered_set<std::string_view>;

void write_causes(JsonWriter& out, const Finding& finding, const Ids& listed) {
    out.key("caused_by");
    if (finding.caused_by && listed.contains(*finding.caused_by))
        out.text(*finding.caused_by);
    else
        out.null();
    out.key("consequences");
    out.open('[');
    for (const auto& id : finding.consequences)
        if (listed.contains(id)) out.text(id);
    out.close(']');
}

void write_what(JsonWriter& out, const Finding& finding) {
    out.text("id", finding.id);
    out.text("mode", finding.mode->id);
    out.text("category", base::word(diagnose::category_names, finding.category_or_mode()));
    out.text("severity", base::word(diagnose::severity_names, finding.severity));
    out.text("confidence", base::word(diagnose::confidence_names, finding.confidence));
    out.key("root");
    write_subject(out, finding.root.object, finding.root.container);
    out.key("affected");
    write_subjects(out, finding.affected);
    out.text("summary", finding.summary);
    out.key("evidence");
    write_evidence(out, finding.evidence);
}

void write_finding(JsonWriter& out, const Triage& triage, const Finding& finding, const Ids& listed) {
    out.open('{');
    write_what(out, finding);
    write_causes(out, finding, listed);
    out.texts("missing_evidence", finding.missing_evidence);
    out.time_or_null("first_seen", finding.first_seen);
    out.time_or_null("last_seen", finding.last_seen);
    out.texts("managed_by", finding.managed_by);
    out.texts("advice", finding.advice);
    out.texts("actions", finding.actions);
    out.time_or_null("snoozed_until", snoozed_until(triage, finding));
    out.close('}');
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

// Machines get every finding, whatever its severity: what they leave out is their choice. People get listed().
void add_findings(std::string& text, const Triage& triage) {
    Ids ids;
    for (const Finding& finding : triage.findings) ids.insert(finding.id);
    JsonWriter out(text, 1);
    out.open('[');
    for (const Finding& finding : triage.findings) write_finding(out, triage, finding, ids);
    out.close(']');
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
    constexpr std::string_view empty = "\n  \"findings\": []", list = "[]";
    const auto at = frame.find(empty) + empty.size();
    std::string text;
    text.reserve(frame.size() + triage.findings.size() * bytes_a_finding);
    text.append(frame, 0, at - list.size());
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
