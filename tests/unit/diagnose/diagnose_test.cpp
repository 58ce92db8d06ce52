#include "diagnose/diagnose.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "diagnose_builders.hpp"

using namespace salve;
using namespace salve::test;
using diagnose::Diagnosis;
using diagnose::Link;
using diagnose::LogWanted;
using diagnose::Rule;
using kube::World;

namespace {

// Rules and links are plain functions: what they answer stands here, set by each test.
std::vector<Finding> answer;
std::vector<std::pair<std::string, std::string>> edges, more_edges;  // names of the roots: cause, consequence
Source edge_source = Source::condition;
std::vector<LogWanted> wanted, more_wanted;

std::vector<Finding> match(const World&) { return answer; }
std::vector<Finding> match_nothing(const World&) { return {}; }
std::vector<LogWanted> wants(const World&) { return wanted; }
std::vector<LogWanted> wants_more(const World&) { return more_wanted; }

std::vector<Edge> edges_of(std::span<const Finding> findings,
                           const std::vector<std::pair<std::string, std::string>>& named, Source source) {
    const auto at = [&](const std::string& name) {
        for (std::size_t i = 0; i < findings.size(); ++i)
            if (findings[i].root.object.name == name) return i;
        FAIL("no finding of that name");
        return std::size_t{0};
    };
    std::vector<Edge> found;
    for (const auto& [cause, consequence] : named)
        found.push_back({at(cause), at(consequence), evidence_of(cause + " causes " + consequence, source)});
    return found;
}
std::vector<Edge> link(const World&, std::span<const Finding> findings) {
    return edges_of(findings, edges, edge_source);
}
std::vector<Edge> link_more(const World&, std::span<const Finding> findings) {
    return edges_of(findings, more_edges, Source::log);
}

constexpr Rule rule{"rule", {}, match, wants};
constexpr Rule other_rule{"other", {}, match_nothing, wants_more};
constexpr Rule silent_rule{"silent", {}, match_nothing};
constexpr const Rule* rules[] = {&rule, &other_rule, &silent_rule};
constexpr Link one_link{"link", link}, other_link{"more", link_more};
constexpr const Link* links[] = {&one_link, &other_link};

Diagnosis run(const kube::Snapshot& facts) {
    auto diagnosis = diagnose::diagnose(World(facts), rules, links);
    edges.clear();
    more_edges.clear();
    edge_source = Source::condition;
    return diagnosis;
}
Diagnosis run() { return run(Cluster().facts); }

std::vector<std::string> names_of(const Diagnosis& diagnosis) {
    std::vector<std::string> names;
    for (const auto& finding : diagnosis.findings) names.push_back(finding.root.object.name);
    return names;
}

const Finding& named(const Diagnosis& diagnosis, const std::string& name) {
    for (const auto& finding : diagnosis.findings)
        if (finding.root.object.name == name) return finding;
    FAIL("no finding of that name");
    return diagnosis.findings[0];
}

Finding about(const std::string& name, Severity severity = Severity::high) {
    auto finding = finding_of(broken_mode, "Thing", name);
    finding.severity = severity;
    return finding;
}

}  // namespace

TEST_CASE("a cause is named on both sides, with the evidence of the link") {
    answer = {about("node"), about("pod"), about("service")};
    edges = {{"node", "pod"}, {"pod", "service"}};
    const auto diagnosis = run();
    CHECK_FALSE(named(diagnosis, "node").caused_by.has_value());
    CHECK(named(diagnosis, "pod").caused_by == named(diagnosis, "node").id);
    CHECK(named(diagnosis, "service").caused_by == named(diagnosis, "pod").id);
    CHECK(named(diagnosis, "node").consequences == std::vector<std::string>{named(diagnosis, "pod").id});
    CHECK(has_evidence(named(diagnosis, "pod"), "node causes pod"));
    CHECK_FALSE(has_evidence(named(diagnosis, "node"), "causes"));
}

TEST_CASE("causes never run in a circle") {
    answer = {about("a"), about("b"), about("c")};
    edges = {{"a", "b"}, {"b", "c"}, {"c", "a"}};
    const auto diagnosis = run();
    CHECK(diagnosis.findings.size() == 3);
    CHECK(std::count_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                        [](const auto& finding) { return finding.caused_by.has_value(); }) == 2);
    answer = {about("a")};
    edges = {{"a", "a"}};
    CHECK_FALSE(run().findings.at(0).caused_by.has_value());
}

TEST_CASE("a consequence has one cause: the one with the better evidence") {
    answer = {about("a"), about("b"), about("c")};
    edges = {{"a", "c"}};
    more_edges = {{"b", "c"}};
    const auto diagnosis = run();
    CHECK(named(diagnosis, "c").caused_by == named(diagnosis, "a").id);
    CHECK(named(diagnosis, "b").consequences.empty());
    edge_source = Source::log;  // the same rank: the order of the links must not decide
    edges = {{"a", "c"}};
    more_edges = {{"b", "c"}};
    const auto first = *named(run(), "c").caused_by;
    edge_source = Source::log;
    edges = {{"b", "c"}};
    more_edges = {{"a", "c"}};
    CHECK(*named(run(), "c").caused_by == first);
}

TEST_CASE("two links that say the same thing in other words: the words do not depend on the table") {
    answer = {about("a"), about("b")};
    const auto words = [](bool turned) {
        constexpr static Link first{"first", [](const World&, std::span<const Finding> findings) {
                                        auto found = edges_of(findings, {{"a", "b"}}, Source::log);
                                        found[0].evidence.text = "first";
                                        return found;
                                    }};
        constexpr static Link second{"second", [](const World&, std::span<const Finding> findings) {
                                         auto found = edges_of(findings, {{"a", "b"}}, Source::log);
                                         found[0].evidence.text = "second";
                                         return found;
                                     }};
        const Link* table[] = {turned ? &second : &first, turned ? &first : &second};
        const auto cluster = Cluster();
        return named(diagnose::diagnose(World(cluster.facts), rules, table), "b").evidence.back().text;
    };
    CHECK(words(false) == words(true));
}

TEST_CASE("roots come by severity, confidence, reach and name, each followed by what it causes") {
    auto unsure = about("unsure");
    unsure.confidence = Confidence::possible;
    auto wide = about("wide");
    wide.affected = {pod_subject("a"), pod_subject("b")};
    answer = {
        about("minor", Severity::medium), unsure, about("b"), about("a"), wide, about("result", Severity::critical),
        about("second", Severity::low)};
    edges = {{"minor", "result"}, {"result", "second"}};
    CHECK(names_of(run()) == std::vector<std::string>{"minor", "result", "second", "wide", "a", "b", "unsure"});
}

TEST_CASE("an id outlives pods and evidence, and differs by cluster, mode, object and container") {
    const auto id_of = [](const Finding& finding, const std::string& cluster = "c1") {
        auto facts = Cluster().facts;
        facts.cluster.uid = cluster;
        answer = {finding};
        return run(facts).findings.at(0).id;
    };
    auto finding = finding_of(broken_mode, "Deployment", "web", "app");
    finding.affected = {pod_subject("web-abc12")};
    const auto id = id_of(finding);
    CHECK(id.size() == 12);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    auto later = finding;
    later.affected = {pod_subject("web-zzz99"), pod_subject("web-yyy88")};
    later.evidence = {evidence_of("other words")};
    later.summary = "other words";
    later.severity = Severity::low;
    later.root.object.uid = "recreated";
    CHECK(id_of(later) == id);
    std::vector<std::string> ids = {id, id_of(finding, "c2")};
    auto other = finding;
    other.mode = &slow_mode;
    ids.push_back(id_of(other));
    const auto with = [&](std::string& (*part)(Finding&)) {
        auto changed = finding;
        part(changed) += "x";
        ids.push_back(id_of(changed));
    };
    with([](Finding& one) -> std::string& { return one.root.container; });
    with([](Finding& one) -> std::string& { return one.root.object.name; });
    with([](Finding& one) -> std::string& { return one.root.object.ns; });
    with([](Finding& one) -> std::string& { return one.root.object.kind; });
    std::sort(ids.begin(), ids.end());
    CHECK(std::unique(ids.begin(), ids.end()) == ids.end());
    // Parts cannot run together.
    auto left = finding, right = finding;
    left.root.object.ns = "ab";
    left.root.object.name = "c";
    right.root.object.ns = "a";
    right.root.object.name = "bc";
    CHECK(id_of(left) != id_of(right));
}

TEST_CASE("the engine fills in severity, managers and the last time that was seen") {
    Cluster cluster;
    auto& web = cluster.deployment("web", "web:1");
    web.meta.labels["argocd.argoproj.io/instance"] = "web";
    cluster.pod_of("web", "web-0", "web:1", "");
    auto finding = finding_of(broken_mode, "Deployment", "web");
    finding.affected = {pod_subject("web-0")};
    finding.evidence[0].at = now - base::minutes(3);
    finding.evidence.push_back(evidence_of("later"));
    finding.evidence[1].at = now - base::minutes(1);
    answer = {finding};
    const auto done = run(cluster.facts).findings.at(0);
    CHECK(done.severity == Severity::critical);
    CHECK(done.managed_by == std::vector<std::string>{"argocd"});
    CHECK(done.last_seen == now - base::minutes(1));
}

TEST_CASE("nothing found is nothing said") {
    answer = {};
    CHECK(run().findings.empty());
    auto unproved = about("a");
    unproved.evidence.clear();
    answer = {unproved};
    CHECK(run().findings.empty());
}

TEST_CASE("logs are asked for by rank, once each, and no more than the limit") {
    wanted = {{"shop", "web-2", "app", true, 5}, {"shop", "web-1", "app", false, 1}, {"shop", "web-1", "app", true, 0}};
    more_wanted = {{"shop", "web-2", "app", true, 0}, {"a", "web-1", "app", false, 1}};
    const Cluster cluster;
    const World world(cluster.facts);
    const auto all = diagnose::wanted_logs(world, rules);
    REQUIRE(all.size() == 4);
    CHECK(all[0] == LogWanted{"shop", "web-1", "app", true, 0});
    CHECK(all[1] == LogWanted{"shop", "web-2", "app", true, 0});  // the better rank of the two
    CHECK(all[2] == LogWanted{"a", "web-1", "app", false, 1});
    CHECK(all[3] == LogWanted{"shop", "web-1", "app", false, 1});
    const auto two = diagnose::wanted_logs(world, rules, 2);
    CHECK(two == std::vector<LogWanted>{all[0], all[1]});
    CHECK(diagnose::wanted_logs(world, rules, 0).empty());
    wanted.clear();
    more_wanted.clear();
    for (int i = 0; i < 30; ++i) wanted.push_back({"shop", "p" + std::to_string(i), "app", false, 0});
    CHECK(diagnose::wanted_logs(world, rules).size() == 20);
    wanted.clear();
}
