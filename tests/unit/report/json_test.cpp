#include "report/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "report_builders.hpp"

using namespace salve;
using namespace salve::report;
using Json = nlohmann::ordered_json;

namespace {

// The example of CLI.md section 3; "as root" stands for the keys of a root.
constexpr auto contract = R"({"schema": "salve.triage/v1", "run": "id of the record",
 "cluster": {"context": "kind-demo", "server_version": "v1.32.2", "uid": "kube-system uid or null"},
 "scope": {"namespaces": ["demo"], "all": false, "targets": []},
 "time": {"started_at": "2026-11-21T08:00:00.000000Z", "mono_us": 412345},
 "evidence": {"complete": false,
   "reads": [{"what": "pods", "namespace": "demo", "state": "ok", "objects": 12, "detail": null}]},
 "findings": [{
   "id": "12 hex", "mode": "pod.image.not-found", "category": "image-pull", "severity": "high", "confidence": "confirmed",
   "root": {"api_version": "apps/v1", "kind": "Deployment", "namespace": "demo", "name": "web", "uid": "...", "container": "app"},
   "affected": [{"api_version": "v1", "kind": "Pod", "namespace": "demo", "name": "web-7b84-x", "uid": "...", "container": "app"}],
   "summary": "one sentence",
   "evidence": [{"id": "E1", "object": {"api_version": "", "kind": "", "namespace": "", "name": "", "uid": "", "container": ""},
                 "source": "status", "path": "status", "text": "literal", "at": null}],
   "caused_by": null, "consequences": ["ids"], "missing_evidence": [""],
   "first_seen": null, "last_seen": null,
   "managed_by": ["helm:web", "argocd"], "advice": [""], "actions": [""], "snoozed_until": null}],
 "summary": {"critical": 0, "high": 1, "medium": 0, "low": 0, "info": 0, "suppressed": 0}})";

std::vector<std::string> keys(const Json& object) {
    std::vector<std::string> list;
    for (const auto& item : object.items()) list.push_back(item.key());
    return list;
}

// Every object of the document has the keys of the contract, in its order; returns how many objects were compared.
int compare(const Json& document, const Json& wanted, const std::string& where) {
    CAPTURE(where);
    int compared = 0;
    if (wanted.is_object()) {
        REQUIRE(document.is_object());
        CHECK(keys(document) == keys(wanted));
        ++compared;
        for (const auto& item : wanted.items())
            compared += compare(document.at(item.key()), item.value(), where + "." + item.key());
    } else if (wanted.is_array()) {
        REQUIRE(document.is_array());
        for (const auto& item : document)
            if (!wanted.empty()) compared += compare(item, wanted.front(), where + "[]");
    }
    return compared;
}

Json document(const Triage& triage) { return Json::parse(triage_json(triage)); }

}  // namespace

TEST_CASE("every field of the contract is there, in its order, and no other") {
    CHECK(compare(document(builders::triage()), Json::parse(contract), "") == 30);
    CHECK(compare(document(Triage{}), Json::parse(contract), "") == 6);
}

TEST_CASE("the document, byte by byte") {
    auto triage = builders::healthy();
    triage.reads.resize(1);
    triage.scope.targets = {"deploy/web"};
    CHECK(triage_json(triage) == R"({
  "schema": "salve.triage/v1",
  "run": "20261121T080000Z-1f2e",
  "cluster": {
    "context": "kind-demo",
    "server_version": "v1.32.2",
    "uid": null
  },
  "scope": {
    "namespaces": [
      "demo"
    ],
    "all": false,
    "targets": [
      "deploy/web"
    ]
  },
  "time": {
    "started_at": "2026-11-21T08:00:00.000000Z",
    "mono_us": 412345
  },
  "evidence": {
    "complete": true,
    "reads": [
      {
        "what": "pods",
        "namespace": "demo",
        "state": "ok",
        "objects": 12,
        "detail": null
      }
    ]
  },
  "findings": [],
  "summary": {
    "critical": 0,
    "high": 0,
    "medium": 0,
    "low": 0,
    "info": 0,
    "suppressed": 0
  }
}
)");
}

TEST_CASE("a finding, and null for what is unknown") {
    auto triage = builders::triage();
    triage.findings[2].root = {{"v1", "Node", "", "n1", ""}, ""};
    const auto json = document(triage);
    const auto& image = json["findings"][0];
    CHECK(image["mode"] == "pod.image.not-found");
    CHECK(image["category"] == "image-pull");
    CHECK(image["severity"] == "critical");
    CHECK(image["confidence"] == "confirmed");
    CHECK(image["root"]["container"] == "app");
    CHECK(image["affected"].size() == 4);
    CHECK(image["evidence"][1]["id"] == "E2");
    CHECK(image["evidence"][0]["at"] == "2026-11-21T07:59:30.000000Z");
    CHECK(image["evidence"][1]["at"].is_null());
    CHECK(image["caused_by"].is_null());
    CHECK(image["consequences"] == Json({"0123456789ab"}));
    CHECK(image["first_seen"] == "2026-11-21T07:56:00.000000Z");
    CHECK(image["managed_by"] == Json({"helm:web"}));
    CHECK(image["actions"] == Json({"rollout.undo"}));
    CHECK(image["snoozed_until"].is_null());
    CHECK(json["findings"][1]["caused_by"] == "a1b2c3d4e5f6");
    CHECK(json["findings"][1]["root"]["container"].is_null());
    CHECK(json["findings"][2]["root"]["namespace"].is_null());
    CHECK(json["findings"][2]["root"]["uid"].is_null());
    CHECK(json["findings"][2]["first_seen"].is_null());
    CHECK(json["summary"]["critical"] == 1);
    CHECK(json["evidence"]["complete"] == false);
    CHECK(json["evidence"]["reads"][3]["namespace"].is_null());
    CHECK(json["evidence"]["reads"][4]["state"] == "absent");
}

TEST_CASE("the category that the facts give goes before the mode's") {
    auto triage = builders::triage();
    triage.findings[2].category = diagnose::Category::init;
    CHECK(document(triage)["findings"][2]["category"] == "init");
}

TEST_CASE("machines get every finding; those below the least severity count as suppressed") {
    auto triage = builders::triage();
    triage.min_severity = Severity::high;
    const auto json = document(triage);
    CHECK(json["findings"].size() == 3);
    CHECK(json["summary"]["suppressed"] == 1);
    CHECK(json["summary"]["medium"] == 0);
}

TEST_CASE("a snoozed finding is in the list, with its date, and counts as suppressed") {
    auto triage = builders::triage();
    triage.snoozed["fedcba987654"] = builders::now + base::hours(4);
    const auto json = document(triage);
    CHECK(json["findings"][2]["snoozed_until"] == "2026-11-21T12:00:00.000000Z");
    CHECK(json["summary"]["high"] == 0);
    CHECK(json["summary"]["suppressed"] == 1);
}

TEST_CASE("the log that was read stands in the detail") {
    auto triage = builders::triage();
    triage.reads = {{kube::Resource::logs, "demo", kube::ReadState::ok, 20, "web-1/app", ""},
                    {kube::Resource::logs, "demo", kube::ReadState::error, 0, "web-1/app/previous", "not found"}};
    const auto reads = document(triage)["evidence"]["reads"];
    CHECK(reads[0]["what"] == "pods/log");
    CHECK(reads[0]["detail"] == "web-1/app");
    CHECK(reads[1]["detail"] == "web-1/app/previous: not found");
}

TEST_CASE("several contexts make one list") {
    const std::vector<Triage> two{builders::triage(), builders::healthy()};
    const auto json = Json::parse(triages_json(two));
    CHECK(keys(json) == std::vector<std::string>{"schema", "triages"});
    CHECK(json["schema"] == "salve.triage-list/v1");
    CHECK(json["triages"][0] == document(two[0]));
    CHECK(json["triages"][1] == document(two[1]));
}
