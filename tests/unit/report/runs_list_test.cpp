#include "report/runs_list.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "page_checks.hpp"
#include "report/page.hpp"
#include "run_builders.hpp"

using namespace salve;
using namespace salve::report;
using tests::runs::Records;

namespace {

std::string runs(ListFormat format, const std::vector<nlohmann::json>& records, const Style& style = {}) {
    RunsList list(format, style);
    auto text = list.head();
    for (const auto& sealed : tests::runs::sealed(records))
        text += list.row(audit::summarize(*sealed.record, sealed.digest, sealed.file));
    return text + list.tail();
}

std::string entries(ListFormat format, const std::vector<nlohmann::json>& records, const Style& style = {}) {
    EntriesList list(format, style);
    auto text = list.head();
    for (const auto& record : records)
        for (const auto& entry : audit::entries(record)) text += list.row(entry);
    return text + list.tail();
}

}  // namespace

TEST_CASE("S4.29: the runs as a table") {
    CHECK(runs(ListFormat::human, Records().incident()) ==
          R"(  SEQ TIME (UTC)          KIND    OUTCOME     NAMESPACE TARGET      RUN
    1 2026-11-21 08:00:00 triage  completed   demo      deploy/web… 000000abc001
    2 2026-11-21 08:01:00 plan    completed   demo      deploy/web… 000000abc002
    3 2026-11-21 08:02:00 reject  rejected    demo      plan bbbbb… 000000abc003
    4 2026-11-21 08:03:00 plan    completed   demo      deploy/web… 000000abc004
    5 2026-11-21 08:04:00 approve completed   demo      plan ccccc… 000000abc005
    6 2026-11-21 08:05:00 apply   failed      demo      deploy/web… 000000abc006
    7 2026-11-21 08:06:40 recover recovered   demo      run 000000… 000000abc007
    8 2026-11-21 08:08:20 triage  completed   demo      svc/shop    000000abc008
)");
    CHECK(runs(ListFormat::human, {}).ends_with("RUN\nno runs\n"));
}

TEST_CASE("a wider terminal shows more of what was cut") {
    const auto text = runs(ListFormat::human, Records().incident(), {.width = 120});
    CHECK(text.find("deploy/web +1") != std::string::npos);
    CHECK(text.find("plan bbbbbbbbbbbbbbbb") != std::string::npos);
    CHECK(runs(ListFormat::human, Records().incident(), {.width = 20}) ==
          runs(ListFormat::human, Records().incident()));
}

TEST_CASE("runs as JSON: one a line") {
    const auto text = runs(ListFormat::json, Records().incident());
    CHECK(base::split_lines(text).size() == 10);
    const auto document = tests::check_document(text);
    CHECK(document["schema"] == "salve.runs/v1");
    REQUIRE(document["runs"].size() == 8);
    const auto& apply = document["runs"][5];
    CHECK(apply["seq"] == 6);
    CHECK(apply["run"] == "000000abc006");
    CHECK(apply["exit_code"] == 79);
    CHECK(apply["targets"] == nlohmann::json{"Deployment/demo/web", "Service/demo/shop"});
    CHECK(apply["steps"]["verified"] == 1);
    CHECK(apply["parents"] == nlohmann::json{"000000abc004", "000000abc005"});
    CHECK(document["runs"][0]["findings"]["critical"] == 1);
    CHECK(tests::check_document(runs(ListFormat::json, {}))["runs"].empty());
}

TEST_CASE("S3.58: entries have these keys and no other") {
    const auto document = tests::check_document(entries(ListFormat::json, Records().incident()));
    CHECK(document["schema"] == "salve.runs.entries/v1");
    REQUIRE(document["entries"].size() == 2);
    CHECK(document["entries"][1] == nlohmann::json::parse(R"({
        "action": "rollout.undo", "actorType": "user", "actorId": "alice@ops-1", "orgId": "kind-demo",
        "targetType": "Service", "targetId": "cccccccccccccccc:2", "outcome": "failed",
        "metadata": {"planId": "cccccccccccccccc", "ordinal": 2, "kind": "kubectl", "verb": "patch",
                     "connectorId": "uid-kube-system",
                     "error": "The request is invalid:\nthe server rejected our request"}})"));
    CHECK(document["entries"][0]["metadata"]["error"].is_null());
    CHECK(entries(ListFormat::human, Records().incident()) ==
          R"(TIME (UTC)          ACTION         TARGET      OUTCOME       PLAN:STEP
2026-11-21 08:05:01 rollout.undo   deploy/web  verified      cccccccccccccccc:1
2026-11-21 08:05:10 rollout.undo   svc/shop    failed        cccccccccccccccc:2
)");
    CHECK(entries(ListFormat::human, {}).ends_with("no steps were sent\n"));
}

TEST_CASE("S3.60: hostile text breaks no row") {
    tests::Hostile hostile(5);
    const Records records([&](const std::string&) { return hostile.text(); });
    for (int round = 0; round < 100; ++round) {
        const auto all = records.incident();
        const auto table = runs(ListFormat::human, all);
        CHECK(base::split_lines(table).size() == 9);
        tests::check_page(table);
        tests::check_page(entries(ListFormat::human, all));
        CHECK(base::split_lines(entries(ListFormat::human, all)).size() == 3);
        CHECK(tests::check_document(runs(ListFormat::json, all))["runs"].size() == 8);
        CHECK(tests::check_document(entries(ListFormat::json, all))["entries"].size() == 2);
    }
}

TEST_CASE("a cell has exactly its columns") {
    CHECK(cell("ab", 4) == "ab  ");
    CHECK(cell("abcd", 4) == "abcd");
    CHECK(cell("abcde", 4) == "abc…");
    CHECK(cell("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 4) == "\xe6\x97\xa5… ");  // two columns each
    CHECK(cell("\xe6\x97\xa5\xe6\x9c\xac", 4) == "\xe6\x97\xa5\xe6\x9c\xac");
    CHECK(cell("", 2) == "  ");
}
