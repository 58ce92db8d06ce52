#include "report/runs_diff.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "page_checks.hpp"
#include "run_builders.hpp"

using namespace salve;
using namespace salve::report;
using tests::runs::Records;

TEST_CASE("S4.28: findings before and after") {
    const auto diff = runs_diff(Records().triage(), Records().triage_after());
    CHECK(diff_human(diff, {}) == R"(1 resolved, 0 new, 1 remaining, 0 gone but not proven
  before:    run 000000abc001 of 2026-11-21T08:00:00Z: 1 critical, 1 medium
  after:     run 000000abc008 of 2026-11-21T08:08:20Z: 1 high

Remaining (1):
  high, was medium: Service demo/shop [0123456789ab]
      no pod behind Service shop is ready, so calls to it fail

Resolved (1):
  critical: Deployment demo/web, container app [a1b2c3d4e5f6]
      the registry does not have the image registry.example.com/shop/web:1.2.4
)");
    const auto document = tests::check_document(diff_json(diff));
    CHECK(document["schema"] == "salve.runs.diff/v1");
    CHECK(document["before"]["findings"]["critical"] == 1);
    CHECK(document["after"]["findings"]["high"] == 1);
    CHECK(document["resolved"][0]["id"] == "a1b2c3d4e5f6");
    CHECK(document["resolved"][0]["severity_after"].is_null());
    CHECK(document["remaining"][0]["severity_before"] == "medium");
    CHECK(document["remaining"][0]["severity_after"] == "high");
    CHECK(document["new"].empty());
}

TEST_CASE("a finding that is missing is not resolved where the later run did not look as far") {
    const auto before = Records().triage();
    const auto doubt = [&](const nlohmann::json& after) {
        const auto diff = runs_diff(before, after);
        CHECK(diff.resolved.empty());
        REQUIRE(diff.unproven.size() == 1);
        return diff.unproven[0].doubt;
    };
    auto after = Records().triage_after();
    after["reads"][0]["state"] = "forbidden";
    CHECK(doubt(after) == "pods could not be read");
    CHECK(runs_diff(before, after).reads.at(0).after == "forbidden");
    after["reads"] = nlohmann::json::array();
    CHECK(doubt(after) == "nothing was read");
    after = Records().triage_after();
    after["reads"].erase(0);
    CHECK(doubt(after) == "pods could not be read");
    after = Records().triage_after();
    after["scope"]["namespaces"] = {"other"};
    CHECK(doubt(after) == "namespace demo was not asked for");
    after["scope"]["all"] = true;
    CHECK(runs_diff(before, after).resolved.size() == 1);
    after = Records().triage_after();
    after["scope"]["targets"] = {"svc/shop"};
    CHECK(doubt(after) == "only other targets were asked for");
    after = Records().triage_after();
    after["below_min_severity"] = {{"pod.image.not-found", 1}};
    CHECK(doubt(after) == "findings of this kind were left out as not severe enough");
    after = Records().triage_after();
    after["cluster"]["kube_system_uid"] = "another";
    CHECK(doubt(after) == "another cluster was read");
    CHECK(diff_human(runs_diff(before, after), {}).find("  warning:   the runs read different clusters\n") !=
          std::string::npos);
}

TEST_CASE("a finding may be old although the earlier run does not have it") {
    auto before = Records().triage_after();
    CHECK(runs_diff(before, Records().triage()).added.at(0).doubt.empty());
    before["reads"][1]["state"] = "timeout";
    const auto diff = runs_diff(before, Records().triage());
    CHECK(diff.added.at(0).doubt == "services could not be read");
    const auto text = diff_human(diff, {});
    CHECK(text.find("New (1):\n  critical: Deployment demo/web") != std::string::npos);
    CHECK(text.find("      not certain: services could not be read\n") != std::string::npos);
    CHECK(text.find("Read in one run only:\n  services in demo: before timeout, after ok\n") != std::string::npos);
}

TEST_CASE("a read of all namespaces covers each") {
    auto after = Records().triage_after();
    for (auto& read : after["reads"]) read["namespace"] = nullptr;
    CHECK(runs_diff(Records().triage(), after).resolved.size() == 1);
}

TEST_CASE("hostile records") {
    tests::Hostile hostile(9);
    const Records records([&](const std::string& text) { return hostile.below(2) == 0 ? text : hostile.text(); });
    for (int round = 0; round < 60; ++round) {
        const auto diff = runs_diff(records.triage(), records.triage_after());
        tests::check_page(diff_human(diff, {}));
        tests::check_document(diff_json(diff));
    }
    tests::check_page(diff_human(runs_diff(nullptr, nullptr), {}));
}
