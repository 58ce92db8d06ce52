#include "audit/record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "audit/plan_fields.hpp"
#include "audit/schema.hpp"
#include "audit/written.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace salve::audit {
namespace {

using nlohmann::json;
using written::digest_or_null;
using written::line;
using written::line_or_null;
using written::text;
using written::word;
using written::word_or_null;

constexpr std::size_t max_argument = 131072, max_output = 65536;  // as run.schema.json has them
constexpr std::size_t max_affected = 100;

// How much of a record is kept where all of it would be too large.
struct Keep {
    std::size_t excerpt = max_excerpt, affected = max_affected, commands = 1000, evidence = 5000, findings = 5000;
};

json time(Time at) { return base::to_rfc3339(at); }
json time_or_null(const std::optional<Time>& at) { return at ? time(*at) : json(); }
template <typename T>
json number_or_null(const std::optional<T>& value) {
    return value ? json(*value) : json();
}

template <typename List, typename To>
json list_of(const List& values, To to) {
    auto list = json::array();
    for (const auto& value : values) list.push_back(to(value));
    return list;
}

json argv(const std::vector<std::string>& values) {
    return list_of(values, [](const auto& value) { return text(value, max_argument); });
}
json words(const std::vector<std::string>& values) {
    return list_of(values, [](const auto& value) { return word(value); });
}
json lines(const std::vector<std::string>& values) {
    return list_of(values, [](const auto& value) { return line(value); });
}

json object(const diagnose::Subject& subject) {
    const auto& one = subject.object;
    return {{"api_version", word(one.api_version)},
            {"kind", word(one.kind)},
            {"namespace", word_or_null(one.ns)},
            {"name", word(one.name)},
            {"uid", word_or_null(one.uid)},
            {"resource_version", nullptr},
            {"generation", nullptr},
            {"container", word_or_null(subject.container)}};
}

json read(const kube::Read& one, std::size_t number) {
    const auto& answer = one.answer;
    return {{"id", "R" + std::to_string(number + 1)},
            {"what", kube::info(one.what).plural},
            {"namespace", word_or_null(one.ns)},
            {"object", one.object.empty() ? json() : text(one.object, 1024)},
            {"state", base::word(kube::read_state_names, one.state)},
            {"objects", one.objects},
            {"detail", line_or_null(one.detail)},
            {"argv_sha256", answer ? json(answer->argv_sha256) : json()},
            {"collected_at", answer ? time(answer->at) : json()},
            {"bytes_raw", answer ? json(answer->bytes) : json()},
            {"sha256_raw", answer ? digest_or_null(answer->sha256) : json()}};
}

// Who wrote the words: the API server its own fields, a kubelet what it reports of pods and nodes, and the workload
// itself its logs and the message that it left when it ended (SAFETY 1.6).
const char* trust(const diagnose::Evidence& one) {
    using diagnose::Source;
    if (one.source == Source::log || one.path.ends_with("terminated.message")) return "workload";
    if (one.source == Source::spec) return "api_server";
    return one.object.kind == "Pod" || one.object.kind == "Node" ? "kubelet" : "api_server";
}

bool is_read_of(const kube::Read& read, const diagnose::Evidence& one) {
    using diagnose::Source;
    if (!read.ns.empty() && read.ns != one.object.ns && read.ns != one.object.name) return false;
    if (one.source == Source::event) return read.what == kube::Resource::events;
    if (one.source != Source::log) return kube::info(read.what).kind == one.object.kind && read.object.empty();
    const auto log = one.object.name + "/" + one.container + (one.path == "log.previous" ? "/previous" : "");
    return read.what == kube::Resource::logs && read.object == log;
}

// The literals of all findings, each once, numbered in the order in which findings name them.
class EvidenceList {
public:
    EvidenceList(const Record& record, const Keep& keep) : record_(record), keep_(keep) {}

    // The ids of the evidence of one finding, each once.
    json add(const diagnose::Finding& finding) {
        auto ids = json::array();
        for (const auto& one : finding.evidence) {
            const auto id = id_of(one);
            if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
        }
        return ids;
    }
    json take() { return std::move(list_); }
    std::size_t dropped() const { return dropped_; }

private:
    using Key = std::tuple<diagnose::Subject, diagnose::Source, std::string, std::string>;

    std::string id_of(const diagnose::Evidence& one) {
        const Key key{{one.object, one.container}, one.source, one.path, one.text};
        if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
        if (list_.size() >= keep_.evidence) {
            ++dropped_;
            return "";
        }
        auto id = "E" + std::to_string(list_.size() + 1);
        ids_.emplace(key, id);
        list_.push_back({{"id", id},
                         {"object", object({one.object, one.container})},
                         {"source", base::word(diagnose::source_names, one.source)},
                         {"path", line(one.path)},
                         {"excerpt", text(one.text, keep_.excerpt)},
                         {"at", time_or_null(one.at)},
                         {"trust", trust(one)},
                         {"read_id", read_of(one)}});
        return id;
    }
    json read_of(const diagnose::Evidence& one) const {
        const auto found = std::find_if(record_.reads.begin(), record_.reads.end(),
                                        [&](const kube::Read& read) { return is_read_of(read, one); });
        if (found == record_.reads.end()) return {};
        return "R" + std::to_string(found - record_.reads.begin() + 1);
    }
    const Record& record_;
    const Keep& keep_;
    std::map<Key, std::string> ids_;
    json list_ = json::array();
    std::size_t dropped_ = 0;
};

json finding(const diagnose::Finding& one, const Keep& keep, json evidence_ids) {
    auto affected = json::array();
    for (std::size_t i = 0; i < std::min(one.affected.size(), keep.affected); ++i)
        affected.push_back(object(one.affected[i]));
    return {{"id", one.id},
            {"rule", one.mode->id},
            {"category", base::word(diagnose::category_names, one.category_or_mode())},
            {"severity", base::word(diagnose::severity_names, one.severity)},
            {"confidence", base::word(diagnose::confidence_names, one.confidence)},
            {"root", object(one.root)},
            {"affected", affected},
            {"affected_count", one.affected.size()},
            {"summary", line(one.summary)},
            {"evidence_ids", std::move(evidence_ids)},
            {"missing_evidence", lines(one.missing_evidence)},
            {"caused_by", one.caused_by ? word(*one.caused_by) : json()},
            {"consequences", words(one.consequences)},
            {"change", line_or_null(one.change)},
            {"first_seen", time_or_null(one.first_seen)},
            {"last_seen", time_or_null(one.last_seen)},
            {"advice", lines(one.advice)},
            {"actions", words(one.actions)}};
}

json state_or_null(const std::optional<ObjectState>& state) {
    if (!state) return {};
    return {{"uid", word_or_null(state->uid)},
            {"generation", number_or_null(state->generation)},
            {"resource_version", word_or_null(state->resource_version)},
            {"sha256", digest_or_null(state->sha256)}};
}

json output_or_null(const std::optional<Output>& output) {
    if (!output) return {};
    return {{"sha256", output->sha256},
            {"bytes", output->bytes},
            {"truncated", output->truncated},
            {"excerpt", text(output->excerpt, max_output)}};
}

json step(const Step& one) {
    return {{"ordinal", one.ordinal},
            {"action_id", word(one.action_id)},
            {"target", object(one.target)},
            {"plan_sha256", digest_or_null(one.plan_sha256)},
            {"intent_at", time(one.intent_at)},
            {"argv", argv(one.argv)},
            {"env_names", words(one.env_names)},
            {"stdin_sha256", digest_or_null(one.stdin_sha256)},
            {"patch", one.patch.empty() ? json() : base::parse_json(one.patch, "patch", base::ErrorKind::internal)},
            {"timeout_ms", one.timeout_ms},
            {"preconditions",
             {{"uid", word_or_null(one.preconditions.uid)},
              {"generation", number_or_null(one.preconditions.generation)},
              {"resource_version", word_or_null(one.preconditions.resource_version)},
              {"tests", json::array()}}},
            {"marker", word_or_null(one.marker)},
            {"started_at", time_or_null(one.started_at)},
            {"ended_at", time_or_null(one.ended_at)},
            {"rc", number_or_null(one.rc)},
            {"signal", number_or_null(one.signal)},
            {"timed_out", one.timed_out},
            {"stdout", output_or_null(one.out)},
            {"stderr", output_or_null(one.err)},
            {"effect", base::word(effect_names, one.effect)},
            {"before", state_or_null(one.before)},
            {"after", state_or_null(one.after)}};
}

json approval(const Approval& one) {
    return {{"decision", one.decision},
            {"plan_sha256", digest_or_null(one.plan_sha256)},
            {"finding_id", word_or_null(one.finding_id)},
            {"steps", one.steps},
            {"method", one.method},
            {"approver", word_or_null(one.approver)},
            {"at", time(one.at)},
            {"expires_at", time_or_null(one.expires_at)},
            {"reason", line_or_null(one.reason)},
            {"keyid", word_or_null(one.keyid)},
            {"sig", line_or_null(one.sig)}};
}

json verification(const Verification& one) {
    return {{"ordinal", number_or_null(one.ordinal)},
            {"check", word(one.check)},
            {"expected", line(one.expected)},
            {"observed", line(one.observed)},
            {"passed", number_or_null(one.passed)},
            {"samples", one.samples},
            {"window_ms", one.window_ms},
            {"at", time(one.at)}};
}

json transition(const Transition& one) {
    return {{"at", time(one.at)},
            {"plan_sha256", digest_or_null(one.plan_sha256)},
            {"from", word_or_null(one.from)},
            {"ordinal", number_or_null(one.ordinal)},
            {"to", word(one.to)},
            {"reason", line_or_null(one.reason)}};
}

json reconciliation(const Reconciliation& one) {
    const auto settled = [](const ReconciledStep& at) {
        return json{{"ordinal", at.ordinal},
                    {"effect", base::word(settled_names, at.effect)},
                    {"reason", line(at.reason)},
                    {"observed", state_or_null(at.observed)}};
    };
    return {{"run_id", one.run_id},
            {"kind", word(one.kind)},
            {"class", one.dead_class},
            {"sealed_seq", number_or_null(one.sealed_seq)},
            {"steps", list_of(one.steps, settled)}};
}

json tool(const Tool& one) {
    return {{"name", one.name},
            {"version", word(one.version)},
            {"commit", word(one.commit)},
            {"binary_sha256", digest_or_null(one.binary_sha256)},
            {"catalog_sha256", digest_or_null(one.catalog_sha256)},
            {"rules_sha256", digest_or_null(one.rules_sha256)},
            {"config_sha256", digest_or_null(one.config_sha256)}};
}

json actor(const Actor& one) {
    return {{"os_user", word_or_null(one.os_user)},
            {"uid", one.uid},
            {"euid", one.euid},
            {"sudo_user", word_or_null(one.sudo_user)},
            {"host", word_or_null(one.host)},
            {"tty", word_or_null(one.tty)},
            {"ssh_client_hmac", word_or_null(one.ssh_client_hmac)},
            {"kube_user", word_or_null(one.kube_user)},
            {"kube_groups_sha256", digest_or_null(one.kube_groups_sha256)},
            {"reason", line_or_null(one.reason)},
            {"ticket", word_or_null(one.ticket)}};
}

json cluster(const Record& record) {
    return {{"context", line_or_null(record.cluster.context)},
            {"server", line_or_null(record.server)},
            {"ca_sha256", digest_or_null(record.ca_sha256)},
            {"kube_system_uid", word_or_null(record.cluster.uid)},
            {"server_version", word_or_null(record.cluster.server_version)},
            {"kubectl",
             {{"path", line_or_null(record.kubectl.path)},
              {"sha256", digest_or_null(record.kubectl.sha256)},
              {"version", word_or_null(record.kubectl.version)}}},
            {"namespace", word_or_null(record.ns)},
            {"trust_level", word_or_null(record.trust_level)}};
}

// What the run is about and who started it.
json head(const Record& record) {
    return {{"schema", record_schema},
            {"schema_minor", schema_minor},
            {"run_id", record.run_id},
            {"kind", record.kind},
            {"status", record.status},
            {"exit_code", number_or_null(record.exit_code)},
            {"parent_run_ids", record.parent_run_ids},
            {"initiator", record.automatic ? "automatic" : "user"},
            {"trigger", word_or_null(record.trigger)},
            {"tool", tool(record.tool)},
            {"time",
             {{"started_at", time(record.started_at)},
              {"ended_at", time_or_null(record.ended_at)},
              {"mono_us", number_or_null(record.mono_us)},
              {"boot_id", word_or_null(record.clock.boot_id)},
              {"clock_synced", number_or_null(record.clock.synced)},
              {"clock_went_back", record.clock.went_back}}},
            {"actor", actor(record.actor)},
            {"argv", argv(record.argv)},
            {"cluster", cluster(record)},
            {"scope",
             {{"namespaces", words(record.scope.namespaces)},
              {"all", record.scope.all},
              {"targets", lines(record.scope.targets)}}},
            {"recording_sha256", record.recording_sha256 ? json(*record.recording_sha256) : json()}};
}

json document_of(const Record& record, const Keep& keep) {
    auto document = head(record);
    std::vector<std::vector<std::string>> commands(
        record.commands.begin(),
        record.commands.begin() + static_cast<std::ptrdiff_t>(std::min(record.commands.size(), keep.commands)));
    document["commands"] = list_of(commands, argv);
    auto reads = json::array(), findings = json::array();
    for (const auto& one : record.reads) reads.push_back(read(one, reads.size()));
    EvidenceList evidence(record, keep);
    for (const auto& one : record.findings) {
        if (findings.size() == keep.findings) break;
        findings.push_back(finding(one, keep, evidence.add(one)));
    }
    document["limits"] = {{"record_bytes", max_record},
                          {"excerpt_bytes", keep.excerpt},
                          {"evidence_dropped", evidence.dropped()},
                          {"findings_dropped", record.findings.size() - findings.size()},
                          {"commands_dropped", record.commands.size() - commands.size()}};
    document["reads"] = std::move(reads);
    document["evidence"] = evidence.take();
    document["findings"] = std::move(findings);
    document["below_min_severity"] = record.below_min_severity;
    document["llm"] = record.llm ? model_fields(*record.llm) : json();
    document["cooldown"] = record.policy ? cooldown_fields(*record.policy) : json();
    document["policy"] = record.policy ? policy_fields(*record.policy) : json();
    document["plan"] = record.plan ? plan_fields(*record.plan) : json();
    document["candidates"] = record.plan ? candidate_fields(*record.plan, document["findings"]) : json::array();
    document["approvals"] = list_of(record.approvals, approval);
    document["steps"] = list_of(record.steps, step);
    document["verification"] = list_of(record.verification, verification);
    document["transitions"] = list_of(record.transitions, transition);
    document["reconciliations"] = list_of(record.reconciliations, reconciliation);
    document["redaction"] = {{"rules_version", redaction_rules_version},
                             {"hmac_key_id", word_or_null(record.hmac_key_id)},
                             {"count", record.redactions}};
    document["warnings"] = lines(record.warnings);
    document["errors"] = list_of(record.errors, [](const Problem& one) {
        return json{{"code", one.code}, {"message", line(one.message)}, {"where", line_or_null(one.where)}};
    });
    return document;
}

}  // namespace

json to_document(const Record& record) {
    // From the whole to the least; the chain and the journal's digest need some hundred bytes more.
    constexpr Keep levels[] = {{}, {512, 50, 300, 2000, 2000}, {128, 10, 50, 1000, 800}, {64, 3, 10, 300, 200}};
    json document;
    for (const auto& keep : levels) {
        document = document_of(record, keep);
        if (base::canonical_size(document) <= max_record - 131072) break;
    }
    return document;
}

}  // namespace salve::audit
