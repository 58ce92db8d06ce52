#include "report/triage.hpp"

#include <doctest/doctest.h>

#include "report_builders.hpp"

using namespace salve;
using namespace salve::report;
using builders::now;

namespace {

std::vector<std::string> ids(const Findings& findings) {
    std::vector<std::string> list;
    for (const Finding* finding : findings) list.push_back(finding->id);
    return list;
}

Triage with_severities(std::vector<Severity> severities) {
    auto triage = builders::triage();
    triage.findings.clear();
    for (const auto severity : severities) {
        triage.findings.push_back(builders::oom_finding());
        triage.findings.back().severity = severity;
        triage.findings.back().id = "f" + std::to_string(triage.findings.size());
    }
    return triage;
}

}  // namespace

TEST_CASE("findings below the least severity are left out and counted") {
    const auto triage = with_severities({Severity::critical, Severity::medium, Severity::low, Severity::info});
    CHECK(ids(listed(triage)) == std::vector<std::string>{"f1", "f2"});
    const auto counts = count(triage);
    CHECK(counts.of(Severity::critical) == 1);
    CHECK(counts.of(Severity::medium) == 1);
    CHECK(counts.of(Severity::low) == 0);
    CHECK(counts.suppressed == 2);
    CHECK(has_problems(triage));
    CHECK_FALSE(has_problems(with_severities({Severity::low})));
    CHECK_FALSE(has_problems(with_severities({})));
}

TEST_CASE("a mild cause is listed with what it causes, along the whole chain") {
    auto triage = with_severities({Severity::info, Severity::low, Severity::high, Severity::low});
    triage.findings[1].caused_by = "f1";
    triage.findings[2].caused_by = "f2";
    CHECK(ids(listed(triage)) == std::vector<std::string>{"f1", "f2", "f3"});
    CHECK(count(triage).suppressed == 1);
}

TEST_CASE("causes that go in a circle or are unknown end the search") {
    auto triage = with_severities({Severity::low, Severity::high, Severity::high});
    triage.findings[0].caused_by = "f2";
    triage.findings[1].caused_by = "f1";
    triage.findings[2].caused_by = "gone";
    CHECK(ids(listed(triage)) == std::vector<std::string>{"f1", "f2", "f3"});
}

TEST_CASE("a snoozed finding stays listed, is not counted, and wakes when its time has passed") {
    auto triage = with_severities({Severity::high});
    triage.snoozed["f1"] = now + base::hours(1);
    CHECK(listed(triage).size() == 1);
    CHECK(snoozed_until(triage, triage.findings[0]) == now + base::hours(1));
    CHECK(count(triage).total() == 0);
    CHECK(count(triage).suppressed == 1);
    CHECK_FALSE(has_problems(triage));
    triage.snoozed["f1"] = now;
    CHECK_FALSE(snoozed_until(triage, triage.findings[0]));
    CHECK(has_problems(triage));
}

TEST_CASE("complete: all reads ok; a kind that is not served is known, any other state is not") {
    auto triage = builders::healthy();
    CHECK(complete(triage));
    for (const auto& name : kube::read_state_names) {
        triage.reads.front().state = name.first;
        CAPTURE(name.second);
        CHECK(complete(triage) == (name.first == kube::ReadState::ok || name.first == kube::ReadState::absent));
    }
    triage.reads.clear();
    CHECK_FALSE(complete(triage));
}
