#include "apply/outcome.hpp"

#include "action_builders.hpp"
#include "apply/apply.hpp"

using namespace salve;
using namespace salve::test;
using apply::Effect;
using apply::End;
using apply::Known;
using diagnose::Severity;
using Ids = std::vector<std::string>;

namespace {

const kube::ObjectRef web{"apps/v1", "Deployment", "shop", "web", "uid-web"},
    api{"apps/v1", "Deployment", "shop", "api", ""};

Known finding(const std::string& id, Severity severity = Severity::high, const kube::ObjectRef& root = web) {
    return {id, severity, root, std::nullopt};
}

json deployment(int ready, int replicas = 3) {
    auto object = live_deployment("web", {{"replicas", replicas}});
    object["status"] = {{"readyReplicas", ready}};
    return object;
}

// One step for finding f1, which set the replicas of "web" to 3: 1 of 3 pods was ready before, all are now.
struct Case {
    std::vector<Known> before{finding("f1")};
    std::optional<std::vector<Known>> after{std::vector<Known>{}};
    apply::Applied applied;

    Case() {
        auto& step = applied.steps.emplace_back();
        step.step.finding_id = "f1";
        step.step.target.object = web;
        step.step.changes = {{"/spec/replicas", 1, 3}};
        step.sent.emplace().effect = Effect::applied;
        step.before = {true, "", deployment(1)};
        step.after = {true, "", deployment(3)};
    }
    apply::StepResult& step() { return applied.steps[0]; }
    void ends(End end) { applied.end = step().end = end; }
    apply::Judgement judge() const { return apply::judge(before, after, applied, Severity::medium); }
    std::string outcome() const { return std::string(base::word(apply::outcome_names, judge().outcome)); }
};

}  // namespace

TEST_CASE("fixed: verified, what was found is gone, and nothing new is there") {
    Case one;
    const auto judged = one.judge();
    CHECK(judged.outcome == apply::Outcome::fixed);
    CHECK(judged.findings.resolved == Ids{"f1"});
    CHECK(judged.ready_before == 1);
    CHECK(judged.ready_after == 3);
    CHECK(judged.effectiveness.health == 1000);
    CHECK(judged.effectiveness.findings == 1000);
    CHECK(judged.effectiveness.spec == 1000);
    CHECK(judged.effectiveness.score == 1000);
    // What is new elsewhere, or below what is reported, does not touch it.
    one.after = {finding("f2", Severity::critical, api), finding("f3", Severity::low)};
    CHECK(one.outcome() == "fixed");
}

TEST_CASE("improved: less than fixed, and better than before") {
    Case one;
    one.ends(End::unverified);
    CHECK(one.outcome() == "improved");
    Case two;
    two.after = {finding("f1")};
    CHECK(two.outcome() == "improved");  // more pods are ready
    Case fresh;
    fresh.after = {finding("f2", Severity::medium)};
    CHECK(fresh.outcome() == "improved");
    fresh.step().before = {true, "", deployment(3)};
    CHECK(fresh.outcome() == "unchanged");
}

TEST_CASE("worse: fewer pods, or something new that is worse than what was there") {
    Case one;
    one.step().after = {true, "", deployment(0)};
    CHECK(one.outcome() == "worse");
    Case two;
    two.after = {finding("f2", Severity::critical)};
    CHECK(two.outcome() == "worse");
    two.before.push_back(finding("f3", Severity::critical));
    CHECK(two.outcome() != "worse");
    Case clean;  // nothing was found at the target before
    clean.before = {finding("f1", Severity::high, api)};
    clean.after = {finding("f2", Severity::medium)};
    CHECK(clean.outcome() == "worse");
}

TEST_CASE("reverted: somebody put a field back") {
    Case one;
    one.step().after = {true, "", deployment(1, 1)};
    one.ends(End::unverified);
    CHECK(one.outcome() == "reverted_by_other");
    CHECK(one.judge().effectiveness.spec == 0);
    one.step().after.object = nullptr;
    CHECK(one.outcome() != "reverted_by_other");
}

TEST_CASE("unchanged: nothing is gone, and as many pods are ready") {
    Case one;
    one.ends(End::unverified);
    one.after = {finding("f1")};
    one.step().before = one.step().after;
    CHECK(one.outcome() == "unchanged");
    CHECK(one.judge().findings.remaining == Ids{"f1"});
    CHECK(one.judge().effectiveness.findings == 0);
    CHECK(one.judge().effectiveness.score == 666);
}

TEST_CASE("unknown: the cluster could not be read, or a step's effect is not known") {
    Case one;
    one.after.reset();
    CHECK(one.outcome() == "unknown");
    CHECK_FALSE(one.judge().effectiveness.findings);
    CHECK(one.judge().findings.resolved.empty());
    Case lost;
    lost.ends(End::unknown);
    CHECK(lost.outcome() == "unknown");
    lost.step().sent->effect = Effect::unknown;
    CHECK(lost.outcome() == "unknown");
}

TEST_CASE("where nothing was changed it is told why") {
    const auto of = [](End end) {
        Case one;
        one.ends(end);
        one.step().sent.reset();
        CHECK_FALSE(one.judge().effectiveness.score);
        return one.outcome();
    };
    CHECK(of(End::expired) == "expired");
    CHECK(of(End::stale) == "stale");
    CHECK(of(End::wrong_cluster) == "stale");
    CHECK(of(End::no_right) == "failed");
    CHECK(of(End::failed) == "failed");
    CHECK(of(End::interrupted) == "failed");
    Case refused;
    refused.ends(End::failed);
    refused.step().sent->effect = Effect::not_applied;
    CHECK(refused.outcome() == "failed");
}

TEST_CASE("several steps: all of their findings have to be gone, and all of their pods count") {
    Case one;
    one.applied.steps.push_back(one.step());
    one.applied.steps[1].step.finding_id = "f2";
    one.applied.steps[1].step.target.object = api;
    one.before.push_back(finding("f2", Severity::high, api));
    auto judged = one.judge();
    CHECK(judged.outcome == apply::Outcome::fixed);
    CHECK(judged.ready_before == 2);
    CHECK(judged.ready_after == 6);
    one.after = {finding("f2", Severity::high, api)};
    judged = one.judge();
    CHECK(judged.outcome == apply::Outcome::improved);
    CHECK(judged.effectiveness.findings == 500);
    // A step that was refused does not count, but it is no fix either.
    one.after->clear();
    one.applied.steps[1].sent->effect = Effect::not_applied;
    one.applied.end = End::failed;
    CHECK(one.outcome() == "improved");
}

TEST_CASE("findings are compared by their ids, above the least severity") {
    const auto found =
        apply::compare({finding("b"), finding("a"), finding("l", Severity::low), finding("c")},
                       {finding("z"), finding("c"), finding("y"), finding("k", Severity::low)}, Severity::medium);
    CHECK(found.resolved == Ids{"a", "b"});
    CHECK(found.remaining == Ids{"c"});
    CHECK(found.fresh == Ids{"y", "z"});
    CHECK(apply::compare({}, {}, Severity::info).fresh.empty());
    // What was treated is told of, however small it is.
    CHECK(apply::compare({finding("l", Severity::low)}, {}, Severity::medium, {"l"}).resolved ==
          std::vector<std::string>{"l"});
    CHECK(apply::compare({finding("l", Severity::low)}, {}, Severity::medium).resolved.empty());
}

TEST_CASE("what is kept of a finding is what is compared") {
    auto one = finding_of(broken_mode, "Deployment", "web");
    one.id = "f1";
    one.caused_by = "f0";
    const auto kept = apply::known(one);
    CHECK(kept.id == "f1");
    CHECK(kept.severity == one.severity);
    CHECK(kept.root == one.root.object);
    CHECK(kept.caused_by == "f0");
}

TEST_CASE("an object without pods has no health") {
    Case one;
    one.step().before = one.step().after = {true, "", live_json("batch/v1", "CronJob", "web", {{"replicas", 3}})};
    const auto judged = one.judge();
    CHECK_FALSE(judged.ready_after);
    CHECK_FALSE(judged.effectiveness.health);
    CHECK(judged.effectiveness.score == 1000);
    CHECK(judged.outcome == apply::Outcome::fixed);
}
