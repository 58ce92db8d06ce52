#include "report/runs_stats.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "hostile.hpp"
#include "page_checks.hpp"
#include "run_builders.hpp"

using namespace salve;
using namespace salve::report;
using tests::runs::Records;

namespace {

RunsStats stats_of(const std::vector<nlohmann::json>& records) {
    RunsStats stats;
    for (const auto& sealed : tests::runs::sealed(records))
        stats.add(audit::summarize(*sealed.record, sealed.digest, sealed.file));
    return stats;
}

}  // namespace

TEST_CASE("what eight runs have in common") {
    CHECK(stats_of(Records().incident()).human({}) ==
          R"(8 runs from 2026-11-21T08:00:00Z to 2026-11-21T08:08:20Z
  kinds:     2 plan, 2 triage, 1 apply, 1 approve, 1 recover, 1 reject
  outcomes:  5 completed, 1 failed, 1 recovered, 1 rejected
  findings:  3 critical, 1 high, 3 medium
  triage:    median 1.9s, 95 of 100 within 1.9s (to 4%, of 2 triages)
  steps:     1 applied, of these 1 verified and 0 not as wanted; 1 failed, 0 had
             no effect, 0 unknown

Runs by namespace:
       8  demo

Most frequent findings:
       4  svc.no-endpoints, in 4 runs, first 2026-11-21T08:00:00Z, last
          2026-11-21T08:08:20Z
       3  pod.image.not-found, in 3 runs, first 2026-11-21T08:00:00Z, last
          2026-11-21T08:03:00Z
)");
    CHECK(RunsStats().human({}) == "no runs\n");
}

TEST_CASE("the same for programs") {
    const auto document = tests::check_document(stats_of(Records().incident()).json());
    CHECK(document["schema"] == "salve.runs.stats/v1");
    CHECK(document["runs"] == 8);
    CHECK(document["kinds"]["plan"] == 2);
    CHECK(document["outcomes"]["rejected"] == 1);
    CHECK(document["steps"]["verified"] == 1);
    CHECK(document["steps"]["failed"] == 1);
    CHECK(document["triage"]["count"] == 2);
    CHECK(document["modes"][0]["mode"] == "svc.no-endpoints");
    CHECK(document["modes"][0]["last_seen"] == "2026-11-21T08:08:20.000000Z");
    CHECK(document["time"]["first"] == "2026-11-21T08:00:00.000000Z");
    const auto none = tests::check_document(RunsStats().json());
    CHECK(none["time"]["first"].is_null());
    CHECK(none["triage"]["median_ms"].is_null());
}

TEST_CASE("quantiles are at most 4% off") {
    DurationHistogram durations;
    CHECK_FALSE(durations.quantile(500));
    for (std::int64_t us = 1; us <= 100'000; ++us) durations.add(us * 37);
    for (const int permille : {10, 500, 950, 1000}) {
        const auto wanted = 37 * 100 * std::int64_t{permille};
        const auto off = *durations.quantile(permille) - wanted;
        CAPTURE(permille);
        CHECK(std::abs(off) * 25 <= wanted);
    }
    DurationHistogram extremes;
    for (const auto us : {std::int64_t{0}, std::int64_t{7}, std::int64_t{9007199254740991}, std::int64_t{-1}})
        extremes.add(us);
    CHECK(extremes.count() == 3);
    CHECK(extremes.quantile(1) == 0);
    CHECK(extremes.quantile(500) == 7);
    CHECK(*extremes.quantile(1000) > 8'700'000'000'000'000);
}

TEST_CASE("ten names are shown, the largest first; the rest is bounded") {
    RunsStats stats;
    audit::Summary summary;
    summary.kind = "triage";
    for (int i = 0; i < 10'050; ++i) {
        const auto name = fmt::format("n{:05}", i);
        summary.namespaces = {name};
        summary.modes = {{name, i < 3 ? 5U - static_cast<unsigned>(i) : 1U}};
        stats.add(summary);
    }
    const auto document = tests::check_document(stats.json());
    CHECK(document["namespaces"].size() == 10);
    CHECK(document["modes"][0]["mode"] == "n00000");
    CHECK(document["modes"][2]["findings"] == 3);
    CHECK(document["modes"][9]["mode"] == "n00009");
    CHECK(document["beyond_limit"]["namespaces"] == 50);
    CHECK(document["beyond_limit"]["modes"] == 50);
}

TEST_CASE("hostile names") {
    tests::Hostile hostile(8);
    const Records records([&](const std::string&) { return hostile.text(); });
    for (int round = 0; round < 30; ++round) {
        const auto stats = stats_of(records.incident());
        tests::check_page(stats.human({}));
        tests::check_document(stats.json());
    }
}
