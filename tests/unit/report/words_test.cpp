#include "report/words.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/utf8.hpp"
#include "report_builders.hpp"

using namespace salve;
using namespace salve::report;
using kube::ReadState;
using kube::Resource;

TEST_CASE("the verdict counts what is wrong and what was read") {
    CHECK(verdict(builders::triage()) == "2 problems in demo: 1 critical, 1 high, with 1 consequence; 3 of 5 reads ok");
    CHECK(verdict(builders::healthy()) == "nothing wrong in demo: 12 pods and 3 other objects read; 2 of 2 reads ok");
    auto one = builders::triage();
    one.findings.resize(1);
    CHECK(verdict(one) == "1 problem in demo: 1 critical; 3 of 5 reads ok");
}

TEST_CASE("the verdict never says that all is well when something was not seen") {
    auto triage = builders::triage();
    triage.findings.clear();
    CHECK(verdict(triage) == "nothing wrong in what could be read of demo; 2 kinds not fully seen; 3 of 5 reads ok");
    triage.reads.clear();
    CHECK(verdict(triage) == "nothing was read in demo");
}

TEST_CASE("the verdict says when findings are left out") {
    auto triage = builders::healthy();
    triage.findings = {builders::oom_finding()};
    triage.findings[0].severity = Severity::low;
    CHECK(verdict(triage).starts_with("nothing at or above medium in demo: "));
    CHECK(left_out(triage) ==
          std::vector<std::string>{"1 finding below medium left out; --min-severity info shows it"});
    triage.findings[0].severity = Severity::high;
    triage.snoozed["fedcba987654"] = builders::now + base::hours(4);
    CHECK(verdict(triage).starts_with("nothing that is not snoozed in demo: "));
    CHECK(left_out(triage) == std::vector<std::string>{"snoozed until 2026-11-21T12:00:00Z: Deployment worker, "
                                                       "container main (pod.crashloop.oom)"});
}

TEST_CASE("places") {
    CHECK(place({{"demo"}, false, {}}) == "demo");
    CHECK(place({{"a", "b", "c"}, false, {}}) == "a, b, c");
    CHECK(place({{"a", "b", "c", "d"}, false, {}}) == "4 namespaces");
    CHECK(place({{}, true, {}}) == "all namespaces");
    CHECK(place({{"demo"}, false, {"deploy/web"}}) == "deploy/web in demo");
    CHECK(place({{}, false, {"node/n1"}}) == "node/n1");
    CHECK(place({}) == "the cluster");
}

TEST_CASE("subjects name their namespace when the scope does not") {
    const kube::Scope demo{{"demo"}, false, {}}, all{{}, true, {}};
    CHECK(subject_words(demo, {builders::deployment("web"), "app"}) == "Deployment web, container app");
    CHECK(subject_words(all, {builders::deployment("web"), ""}) == "Deployment demo/web");
    CHECK(subject_words({{"shop"}, false, {}}, {builders::deployment("web"), ""}) == "Deployment demo/web");
    CHECK(subject_words(all, {{"v1", "Node", "", "n1", ""}, ""}) == "Node n1");
    CHECK(subject_words(demo, {builders::deployment("a [id]\n"), ""}) == "Deployment \"a [id]\\x0a\"");
}

TEST_CASE("affected objects are counted by kind, each once, without the root") {
    const kube::Scope demo{{"demo"}, false, {}};
    auto finding = builders::image_finding();
    CHECK(affected_words(demo, finding, 2) == "4 pods: web-7b84-q, web-7b84-x, and 2 more");
    finding.affected = {{builders::deployment("web"), "app"},
                        {builders::pod("p"), "a"},
                        {builders::pod("p"), "b"},
                        {builders::service("s"), ""}};
    CHECK(affected_words(demo, finding, 3) == "1 pod: p; 1 service: s");
    finding.affected = {{builders::deployment("web"), ""}};
    CHECK(affected_words(demo, finding, 3).empty());
    CHECK(count_of(2, "Ingress") == "2 ingresses");
    CHECK(count_of(1, "Ingress") == "1 ingress");
    CHECK(count_of(2, "Rollout") == "2 Rollout objects");
}

TEST_CASE("since when, as far as it is known") {
    const auto triage = builders::triage();
    CHECK(since_words(triage, builders::image_finding()) == "4m, since 2026-11-21T07:56:00Z, last seen 30s ago");
    CHECK(since_words(triage, builders::service_finding()) == "4m, since 2026-11-21T07:56:00Z");
    CHECK(since_words(triage, builders::oom_finding()).empty());
}

TEST_CASE("gaps are grouped by state and kind and name the right that is missing") {
    auto triage = builders::triage();
    triage.reads = {{Resource::pods, "b", ReadState::forbidden, 0, "", "no\nway"},
                    {Resource::pods, "a", ReadState::forbidden, 0, "", "no\nway"},
                    {Resource::pods, "c", ReadState::ok, 3, "", ""},
                    {Resource::logs, "a", ReadState::error, 0, "p/app", "gone"},
                    {Resource::ingresses, "", ReadState::timeout, 0, "", ""}};
    const auto list = gaps(triage);
    REQUIRE(list.size() == 3);
    CHECK(list[0].state == ReadState::forbidden);
    CHECK(list[0].what == "pods (list) in a, b");
    CHECK(list[0].details == std::vector<std::string>{"no way"});
    CHECK(list[1].what == "ingresses.networking.k8s.io (list)");
    CHECK(list[2].what == "pods/log (get) in a");
    CHECK(list[2].details == std::vector<std::string>{"p/app: gone"});
}

TEST_CASE("missing evidence of several findings is told once") {
    auto triage = builders::triage();
    triage.findings[2].missing_evidence = triage.findings[1].missing_evidence;
    const auto list = missing_evidence(triage);
    REQUIRE(list.size() == 1);
    CHECK(list[0].finding == &triage.findings[1]);
}

TEST_CASE("every state of a read and every doubt has its words") {
    for (const auto& [state, word] : kube::read_state_names) CHECK_FALSE(gap_words(state).empty());
    CHECK(doubt_words(diagnose::Confidence::confirmed).empty());
    CHECK(doubt_words(diagnose::Confidence::probable).starts_with("probable"));
    CHECK(doubt_words(diagnose::Confidence::possible).starts_with("possible"));
}

TEST_CASE("a first look has the worst findings, cut to the terminal, and none that are below what counts") {
    std::vector<diagnose::Finding> findings(7);
    for (std::size_t i = 0; i < findings.size(); ++i) {
        findings[i].severity = i == 5 ? diagnose::Severity::critical : diagnose::Severity::medium;
        findings[i].root.object = {"apps/v1", "Deployment", "shop", fmt::format("web-{}", i), ""};
        findings[i].summary = "it\x1b[2J fails \xe4\xbd\xa0\xe5\xa5\xbd " + std::string(200, 'x');
    }
    findings[6].severity = diagnose::Severity::low;
    const kube::Scope scope{{"shop"}, false, {}};
    const auto lines = first_look(scope, findings, diagnose::Severity::medium, 60);
    REQUIRE(lines.size() == 5);
    CHECK(lines[0] == "so far 6 findings, before the logs:");
    CHECK(lines[1].starts_with("  critical Deployment web-5: it"));
    for (const auto& line : lines) {
        CHECK(base::display_width(line) <= 60);
        CHECK(base::is_valid_utf8(line));
        CHECK(line.find('\x1b') == std::string::npos);
    }
    CHECK(first_look(scope, findings, diagnose::Severity::critical, 10)[1].size() == 10);
    findings.resize(1);
    CHECK(first_look(scope, findings, diagnose::Severity::high, 60).empty());
}
