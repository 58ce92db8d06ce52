#include "diagnose/fold.hpp"

#include <doctest/doctest.h>

#include <random>

#include "diagnose_builders.hpp"
#include "finding_words.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::fold;

namespace {

// Fifty pods of one Deployment, each with its own words.
std::vector<Finding> fifty() {
    std::vector<Finding> findings;
    for (int i = 0; i < 50; ++i) {
        auto finding = finding_of(broken_mode, "Deployment", "web", "app");
        const auto name = fmt::format("web-{:02}", i);
        finding.affected = {pod_subject(name, "app")};
        finding.summary = name + " exits with " + std::to_string(i % 3);
        finding.evidence = {evidence_of("exit code " + std::to_string(i % 3)), evidence_of("restarts " + name)};
        finding.confidence = i % 5 == 0 ? Confidence::probable : Confidence::possible;
        finding.advice = {"look at " + std::to_string(i % 4)};
        finding.first_seen = now - base::seconds(i);
        finding.last_seen = now + base::seconds(i);
        findings.push_back(finding);
    }
    return findings;
}

}  // namespace

TEST_CASE("fifty pods of one owner are one finding that names them all") {
    const auto folded = fold(fifty());
    REQUIRE(folded.size() == 1);
    const auto& one = folded[0];
    CHECK(one.instances == 50);
    CHECK(one.affected.size() == 50);
    CHECK(std::is_sorted(one.affected.begin(), one.affected.end()));
    CHECK(one.confidence == Confidence::probable);
    CHECK(one.summary == "web-00 exits with 0");  // the strongest, then the first by name
    CHECK(one.evidence.front().text == "exit code 0");
    CHECK(one.evidence.size() == diagnose::max_evidence);
    CHECK(one.advice.size() == 4);
    CHECK(one.first_seen == now - base::seconds(49));
    CHECK(one.last_seen == now + base::seconds(49));
}

TEST_CASE("the order of the findings does not show") {
    auto findings = fifty();
    for (const auto* name : {"db", "cache"}) findings.push_back(finding_of(slow_mode, "StatefulSet", name));
    findings.push_back(finding_of(slow_mode, "Deployment", "web", "app"));
    const auto expected = words_of(fold(findings));
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
        std::shuffle(findings.begin(), findings.end(), random);
        CHECK(words_of(fold(findings)) == expected);
    }
}

TEST_CASE("findings that differ only in their evidence or advice fold the same in any order") {
    std::vector<Finding> findings;
    for (int i = 0; i < 6; ++i) {
        auto finding = finding_of(broken_mode, "Deployment", "web");
        finding.affected = {pod_subject("web-1")};
        finding.evidence = {evidence_of("literal " + std::to_string(i / 2))};
        finding.advice = {"advice " + std::to_string(i)};
        findings.push_back(finding);
    }
    const auto expected = words_of(fold(findings));
    std::mt19937 random(2);
    for (int round = 0; round < 50; ++round) {
        std::shuffle(findings.begin(), findings.end(), random);
        CHECK(words_of(fold(findings)) == expected);
    }
}

TEST_CASE("two containers, two modes, two kinds, two namespaces stay apart") {
    auto other_ns = finding_of(broken_mode, "Deployment", "web", "app");
    other_ns.root.object.ns = "prod";
    CHECK(fold({finding_of(broken_mode, "Deployment", "web", "app"),
                finding_of(broken_mode, "Deployment", "web", "side"), finding_of(slow_mode, "Deployment", "web", "app"),
                finding_of(broken_mode, "StatefulSet", "web", "app"), other_ns})
              .size() == 5);
}

TEST_CASE("S2.10: without evidence there is no finding") {
    auto empty = finding_of(broken_mode, "Deployment", "web");
    empty.evidence.clear();
    CHECK(fold({empty}).empty());
    const auto folded = fold({empty, finding_of(broken_mode, "Deployment", "web")});
    REQUIRE(folded.size() == 1);
    CHECK(folded[0].instances == 1);
}

TEST_CASE("the evidence of one finding is bounded, and repeats are not kept") {
    auto finding = finding_of(broken_mode, "Deployment", "web");
    for (int i = 0; i < 40; ++i) finding.evidence.push_back(evidence_of("line " + std::to_string(i)));
    CHECK(fold({finding})[0].evidence.size() == diagnose::max_evidence);
    CHECK(fold({finding})[0].evidence[0].text == "web");
    const auto twice =
        fold({finding_of(broken_mode, "Deployment", "web"), finding_of(broken_mode, "Deployment", "web")});
    CHECK(twice[0].evidence.size() == 1);
}

TEST_CASE("the highest severity and the known uid win") {
    auto low = finding_of(broken_mode, "ConfigMap", "settings");
    low.severity = Severity::low;
    low.confidence = Confidence::confirmed;
    auto high = finding_of(broken_mode, "ConfigMap", "settings");
    high.confidence = Confidence::possible;
    low.root.object.uid.clear();
    const auto folded = fold({high, low});
    REQUIRE(folded.size() == 1);
    CHECK(folded[0].severity == Severity::high);
    CHECK(folded[0].confidence == Confidence::confirmed);
    CHECK(folded[0].root.object.uid == "uid-settings");
}

TEST_CASE("instances count pods: two containers of one pod that miss the same object are one") {
    std::vector<Finding> findings;
    for (const auto* container : {"app", "side"}) {
        auto finding = finding_of(broken_mode, "ConfigMap", "settings");
        finding.affected = {{meta("apps/v1", "Deployment", "shop", "web").ref(), container},
                            pod_subject("web-1", container)};
        findings.push_back(finding);
    }
    const auto folded = fold(findings);
    REQUIRE(folded.size() == 1);
    CHECK(folded[0].instances == 1);
    CHECK(folded[0].affected.size() == 4);
    findings[1].affected[1] = pod_subject("web-2", "side");
    CHECK(fold(findings)[0].instances == 2);
    // Without a pod among the affected it is the number of findings folded, at least one.
    CHECK(fold({finding_of(broken_mode, "Node", "n")})[0].instances == 1);
}
