// What the planner does with what the actions propose.
#include "action_builders.hpp"
#include "plan/patch.hpp"

using namespace salve;
using namespace salve::test;

TEST_CASE("whoever asks for an action is told why there is none, also where nothing is at fault") {
    Shop shop;
    auto& web = shop.running("web");
    shop.found("deploy.rollout-in-progress", web.meta.ref());
    CHECK(shop.plan().manual.empty());
    CHECK(has(shop.plan("rollout.restart").manual, "a fresh start does not help"));
}

TEST_CASE("the mark of the run does not replace annotations that the patch itself makes") {
    const json live = {{"metadata", {{"uid", "u"}}}};
    plan::Patch patch(live);
    patch.make("/metadata/annotations").make("/metadata/annotations").put("/metadata/annotations/a", "1").mark("r", 2);
    CHECK(live.patch(patch.body())["metadata"] ==
          json({{"uid", "u"}, {"annotations", {{"a", "1"}, {"salve/run", "r.2"}}}}));
    const json annotated = {{"metadata", {{"uid", "u"}, {"annotations", {{"b", "2"}}}}}};
    plan::Patch other(annotated);
    other.make("/metadata/annotations").put("/metadata/annotations/a", "1").mark("r", 2);
    CHECK(annotated.patch(other.body())["metadata"]["annotations"] ==
          json({{"a", "1"}, {"b", "2"}, {"salve/run", "r.2"}}));
}

TEST_CASE("a plan may hold several steps of one action for one finding, each for its own object") {
    Shop shop;
    auto& web = shop.running("web", 1);
    auto& finding = shop.found("pod.failed.leftover", web.meta.ref());
    for (const char* name : {"b", "a"}) {
        auto& pod = shop.ready_pod("web", name);
        pod.phase = "Failed";
        shop.live(pod.meta, live_pod(name, "Failed"));
        finding.affected.push_back({pod.meta.ref(), ""});
        finding.affected.push_back({pod.meta.ref(), "web"});  // in two of its containers: still one pod
    }
    const auto made = shop.plan();
    REQUIRE(made.steps.size() == 2);
    CHECK(made.steps[0].request.name == "a");
    CHECK(made.steps[1].request.name == "b");
    CHECK(made.alternatives.empty());
    CHECK(made.findings.size() == 1);
}
