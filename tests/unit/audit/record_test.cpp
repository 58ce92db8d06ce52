#include "audit/record.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "audit/schema.hpp"
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
    record.tool = {"salve", "0.1.0", "abc1234", std::string(64, 'b'), "", std::string(64, 'c'), ""};
    record.actor.os_user = "kim";
    record.actor.host = "host-1";
    record.actor.uid = record.actor.euid = 1000;
    record.actor.ticket = "INC-7";
    record.started_at = now;
    record.ended_at = now + base::seconds(2);
    record.mono_us = 2'000'000;
    record.argv = {"salve", "triage", "-n", "shop"};
    record.recording_sha256 = std::string(64, 'a');
    record.kubectl.path = "/usr/bin/kubectl";
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
    record.errors = {{83, "it broke", ""}};
    return record;
}

// What the seal adds, so that the schema can be asked.
json sealed(const audit::Record& record) {
    auto document = audit::to_document(record);
    document["chain"] = {{"hash_alg", "sha256"}, {"seq", 1}, {"prev", nullptr}, {"signer", nullptr}};
    document["journal"] = {{"lines", 2}, {"sha256", std::string(64, 'd')}, {"torn_bytes", 0}, {"torn_base64", nullptr}};
    document["time"]["sealed_at"] = base::to_rfc3339(now);
    return document;
}

std::string fault_of(const audit::Record& record) { return audit::record_fault(sealed(record)).value_or(""); }

std::set<std::string> keys_of(const json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
}

// Every text value of the document.
void texts_of(const json& value, std::vector<std::string>& texts) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
    if (value.is_structured())
        for (const auto& child : value) texts_of(child, texts);
}

}  // namespace

TEST_CASE("S2.4 S2.11: the record is what its schema says, full or empty") {
    CHECK(fault_of(full()) == "");
    audit::Record empty;
    empty.run_id = "0123456789ab";
    empty.kind = "triage";
    empty.tool.name = "salve";
    CHECK(fault_of(empty) == "");
    CHECK(keys_of(sealed(empty)) == keys_of(sealed(full())));
    CHECK(base::canonical(sealed(full())) == base::canonical(sealed(full())));
}

TEST_CASE("what was asked, by whom and when stands in the record") {
    const auto record = sealed(full());
    CHECK(record["run_id"] == "0123456789ab");
    CHECK(record["exit_code"] == 3);
    CHECK(record["tool"]["binary_sha256"] == std::string(64, 'b'));
    CHECK(record["tool"]["config_sha256"].is_null());
    CHECK(record["actor"]["os_user"] == "kim");
    CHECK(record["actor"]["ticket"] == "INC-7");
    CHECK(record["time"]["started_at"] == base::to_rfc3339(now));
    CHECK(record["time"]["ended_at"] == base::to_rfc3339(now + base::seconds(2)));
    CHECK(record["argv"] == json{"salve", "triage", "-n", "shop"});
    CHECK(record["recording_sha256"] == std::string(64, 'a'));
    CHECK(record["cluster"]["kubectl"]["path"] == "/usr/bin/kubectl");
    CHECK(record["commands"] == json::array({{"get", "--raw", "/version"}}));
    CHECK(record["cluster"]["kube_system_uid"] == "uid-cluster");
    CHECK(record["redaction"]["count"] == 7);
    CHECK(record["warnings"] == json{"the clock is behind"});
    CHECK(record["errors"][0] == json{{"code", 83}, {"message", "it broke"}, {"where", nullptr}});
}

TEST_CASE("S2.11: what was read and found, each finding with the ids of its evidence") {
    auto made = full();
    made.reads[0].answer = kube::RawAnswer{std::string(64, 'e'), std::string(64, 'f'), 1234, now};
    auto second = made.findings[0];
    second.id = "ddddeeeeffff";
    made.findings.push_back(second);
    const auto record = sealed(made);
    REQUIRE(fault_of(made) == "");
    CHECK(record["reads"][0]["id"] == "R1");
    CHECK(record["reads"][0]["bytes_raw"] == 1234);
    CHECK(record["reads"][0]["sha256_raw"] == std::string(64, 'f'));
    CHECK(record["reads"][1]["object"] == "web-0/app/previous");
    CHECK(record["reads"][1]["sha256_raw"].is_null());
    const auto& finding = record["findings"][0];
    CHECK(finding["rule"] == "test.broken");
    CHECK(finding["root"]["kind"] == "Deployment");
    CHECK(finding["affected"][0]["name"] == "web-0");
    CHECK(finding["affected_count"] == 1);
    CHECK(finding["caused_by"] == "ddddeeeeffff");
    // The same literal is kept once, and both findings name it.
    REQUIRE(record["evidence"].size() == 1);
    CHECK(finding["evidence_ids"] == json{"E1"});
    CHECK(record["findings"][1]["evidence_ids"] == json{"E1"});
    CHECK(record["evidence"][0]["excerpt"] == "web");
    CHECK(record["evidence"][0]["source"] == "status");
    CHECK(record["evidence"][0]["trust"] == "api_server");
    CHECK(record["evidence"][0]["at"] == base::to_rfc3339(now));
}

TEST_CASE("S3.7 S4.27: a step is recorded as the vector that runs, and unknown until it has ended") {
    auto made = full();
    audit::Step step;
    step.action_id = "rollout.restart";
    step.target = made.findings[0].root;
    step.intent_at = now;
    step.argv = {"kubectl", "patch", "--patch-file=/proc/self/fd/3", "--", "deployment", "web"};
    step.patch = R"([{"op":"test","path":"/metadata/uid","value":"uid-web"}])";
    made.steps = {step};
    auto record = sealed(made);
    REQUIRE(fault_of(made) == "");
    CHECK(record["steps"][0]["argv"] == json(step.argv));
    CHECK(record["steps"][0]["effect"] == "unknown");
    CHECK(record["steps"][0]["ended_at"].is_null());
    CHECK(record["steps"][0]["patch"][0]["op"] == "test");
    made.steps[0].ended_at = now;
    made.steps[0].rc = 1;
    made.steps[0].err = audit::Output{std::string(64, 'a'), "Error from server", 17, false};
    made.steps[0].effect = audit::Effect::not_applied;
    record = sealed(made);
    CHECK(fault_of(made) == "");
    CHECK(record["steps"][0]["stderr"]["excerpt"] == "Error from server");
}

TEST_CASE("a record is bounded: excerpts go first, then the least of the findings, and it says so") {
    auto made = full();
    auto& finding = made.findings[0];
    for (int i = 0; i < 3000; ++i) {
        auto one = finding.evidence[0];
        one.text = std::to_string(i) + std::string(3000, 'x');
        finding.evidence.push_back(one);
    }
    const auto record = sealed(made);
    CHECK(base::canonical(record).size() < audit::max_record);
    CHECK(record["limits"]["excerpt_bytes"] < audit::max_excerpt);
    CHECK(audit::record_fault(record).value_or("") == "");
    auto prototype = made.findings[0];
    prototype.evidence.resize(1);
    made.findings.assign(9000, prototype);

    const auto many = sealed(made);
    CHECK(base::canonical(many).size() < audit::max_record);
    CHECK(many["limits"]["findings_dropped"] > 0);
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
    record.errors = {{70, hostile, hostile}};
    auto& finding = record.findings[0];
    finding.summary = hostile;
    finding.root.object.name = finding.root.container = hostile;
    finding.affected[0].object.name = hostile;
    finding.evidence[0].text = finding.evidence[0].path = hostile;
    finding.missing_evidence = {hostile};
    std::vector<std::string> texts;
    texts_of(sealed(record), texts);
    CHECK(texts.size() > 30);
    for (const auto& text : texts) {
        CAPTURE(text);
        for (const char byte : text) CHECK((static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f));
        CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    }
    CHECK(fault_of(record) == "");
    for (const char byte : base::canonical(sealed(record))) CHECK(byte != '\x1b');
}

TEST_CASE("a secret that was redacted when it was read does not come back") {
    const base::Redactor redactor("key");
    auto record = full();
    record.findings[0].evidence[0].text = redactor.text("cannot connect: password=s3cr3tS3cr3tValue");
    record.argv = redactor.args({"salve", "triage", "--token", "s3cr3tS3cr3tValue"});
    const auto text = base::canonical(sealed(record));
    CHECK(text.find("s3cr3tS3cr3tValue") == std::string::npos);
    CHECK(text.find("<redacted:") != std::string::npos);
}
