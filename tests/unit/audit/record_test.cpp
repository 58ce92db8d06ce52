#include "audit/record.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/json.hpp"
#include "base/redact.hpp"
#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;
using nlohmann::json;

namespace {

audit::Record full() {
    audit::Record record;
    record.run_id = "0123456789ab";
    record.kind = "triage";
    record.status = "completed";
    record.exit_code = 3;
    record.tool = {"salve", "0.1.0", "abc1234"};
    record.actor = {"kim", "host-1", 1000, 1000};
    record.started_at = now;
    record.ended_at = now + base::seconds(2);
    record.mono_us = 2'000'000;
    record.argv = {"salve", "triage", "-n", "shop"};
    record.recording_sha256 = std::string(64, 'a');
    record.kubectl_path = "/usr/bin/kubectl";
    record.commands = {{"get", "--raw", "/version"}};
    record.cluster = {"kind-demo", "v1.32.2", "uid-cluster"};
    record.scope = {{"shop"}, false, {"deployment/web"}};
    record.reads = {{kube::Resource::pods, "shop", kube::ReadState::ok, 3, "", ""},
                    {kube::Resource::logs, "shop", kube::ReadState::absent, 0, "web-0/app/previous", "not found"}};
    auto finding = finding_of(broken_mode, "Deployment", "web", "app");
    finding.id = "aaaabbbbcccc";
    finding.affected = {pod_subject("web-0", "app")};
    finding.evidence[0].at = now;
    finding.missing_evidence = {"the events"};
    finding.caused_by = "ddddeeeeffff";
    finding.consequences = {"111122223333"};
    record.findings = {finding};
    record.redactions = 7;
    record.warnings = {"the clock is behind"};
    record.error = "it broke";
    return record;
}

json parsed(const audit::Record& record) { return base::parse_json(audit::to_json(record), "record"); }

std::set<std::string> keys_of(const json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
}

using Keys = std::set<std::string>;

// Every text value of the document.
void texts_of(const json& value, std::vector<std::string>& texts) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
    if (value.is_structured())
        for (const auto& child : value) texts_of(child, texts);
}

}  // namespace

TEST_CASE("a record is canonical JSON and one line feed") {
    const auto text = audit::to_json(full());
    CHECK(text.back() == '\n');
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(base::canonical(parsed(full())) + "\n" == text);
    CHECK(audit::to_json(full()) == text);
}

TEST_CASE("S2.4 S2.11: every field stands in the record") {
    const auto record = parsed(full());
    CHECK(keys_of(record) == Keys{"schema", "run_id", "kind", "status", "exit_code", "tool", "actor", "time", "argv",
                                  "recording_sha256", "kubectl", "cluster", "scope", "evidence", "findings",
                                  "below_min_severity", "redaction", "warnings", "error"});
    CHECK(record["schema"] == "salve.run/v1");
    CHECK(record["run_id"] == "0123456789ab");
    CHECK(record["exit_code"] == 3);
    CHECK(record["tool"] == json{{"name", "salve"}, {"version", "0.1.0"}, {"commit", "abc1234"}});
    CHECK(record["actor"] == json{{"os_user", "kim"}, {"host", "host-1"}, {"uid", 1000}, {"euid", 1000}});
    CHECK(record["time"]["started_at"] == base::to_rfc3339(now));
    CHECK(record["time"]["ended_at"] == base::to_rfc3339(now + base::seconds(2)));
    CHECK(record["time"]["mono_us"] == 2'000'000);
    CHECK(record["argv"] == json{"salve", "triage", "-n", "shop"});
    CHECK(record["recording_sha256"] == std::string(64, 'a'));
    CHECK(record["kubectl"]["path"] == "/usr/bin/kubectl");
    CHECK(record["kubectl"]["commands"] == json::array({{"get", "--raw", "/version"}}));
    CHECK(record["cluster"]["kube_system_uid"] == "uid-cluster");
    CHECK(record["scope"] == json{{"namespaces", {"shop"}}, {"all", false}, {"targets", {"deployment/web"}}});
    CHECK(record["evidence"]["reads"][1] == json{{"what", "pods/log"},
                                                 {"namespace", "shop"},
                                                 {"object", "web-0/app/previous"},
                                                 {"state", "absent"},
                                                 {"objects", 0},
                                                 {"detail", "not found"}});
    CHECK(record["redaction"]["count"] == 7);
    CHECK(record["warnings"] == json{"the clock is behind"});
    CHECK(record["error"] == "it broke");
    const auto& finding = record["findings"][0];
    CHECK(keys_of(finding) == Keys{"id", "rule", "category", "severity", "confidence", "root", "affected", "summary",
                                   "evidence", "missing_evidence", "caused_by", "consequences"});
    CHECK(finding["rule"] == "test.broken");
    CHECK(finding["category"] == "other");
    CHECK(finding["severity"] == "high");
    CHECK(finding["confidence"] == "confirmed");
    CHECK(finding["root"]["kind"] == "Deployment");
    CHECK(finding["root"]["uid"] == "uid-web");
    CHECK(finding["affected"][0]["name"] == "web-0");
    CHECK(finding["evidence"][0]["text"] == "web");
    CHECK(finding["evidence"][0]["source"] == "status");
    CHECK(finding["evidence"][0]["at"] == base::to_rfc3339(now));
    CHECK(finding["caused_by"] == "ddddeeeeffff");
    CHECK(finding["consequences"] == json{"111122223333"});
}

TEST_CASE("what there is none of is null, not left out") {
    audit::Record record;
    const auto empty = parsed(record);
    CHECK(keys_of(empty) == keys_of(parsed(full())));
    CHECK(empty["error"].is_null());
    CHECK(empty["recording_sha256"].is_null());
    CHECK(empty["cluster"]["context"].is_null());
    CHECK(empty["kubectl"]["path"].is_null());
    CHECK(empty["findings"].empty());
}

TEST_CASE("hostile text cannot drive a terminal that shows the record, and no byte breaks it") {
    const std::string hostile =
        "\x1b[2J\x1b]0;owned\x07 \xe2\x80\xae"
        "gpj.exe \xff\xfe\xc0\xaf \r\n";
    auto record = full();
    record.argv.push_back(hostile);
    record.actor.os_user = record.actor.host = hostile;
    record.cluster.context = hostile;
    record.scope.targets = {hostile};
    record.reads[0].detail = hostile;
    record.commands[0].push_back(hostile);
    record.warnings = {hostile};
    record.error = hostile;
    auto& finding = record.findings[0];
    finding.summary = hostile;
    finding.root.object.name = finding.root.container = hostile;
    finding.affected[0].object.name = hostile;
    finding.evidence[0].text = finding.evidence[0].path = hostile;
    finding.missing_evidence = {hostile};
    std::vector<std::string> texts;
    texts_of(parsed(record), texts);
    CHECK(texts.size() > 30);
    for (const auto& text : texts) {
        CAPTURE(text);
        for (const char byte : text) CHECK((static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f));
        CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    }
    for (const char byte : audit::to_json(record)) CHECK(byte != '\x1b');
}

TEST_CASE("a secret that was redacted when it was read does not come back") {
    const base::Redactor redactor("key");
    auto record = full();
    record.findings[0].evidence[0].text = redactor.text("cannot connect: password=s3cr3tS3cr3tValue");
    record.argv = redactor.args({"salve", "triage", "--token", "s3cr3tS3cr3tValue"});
    const auto text = audit::to_json(record);
    CHECK(text.find("s3cr3tS3cr3tValue") == std::string::npos);
    CHECK(text.find("<redacted:") != std::string::npos);
}
