#include "plan/undo.hpp"

#include "plan/step_agrees.hpp"
#include "unit/plan/sample_plans.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

// A plan of one pause, and the Deployment as it is after it was applied.
struct Applied : Scene {
    Plan done;
    json live;

    Applied() {
        const auto meta = rolling("web").meta;
        finding("web", {"rollout.pause"}, "f1");
        done = plan();
        REQUIRE(done.steps.size() == 1);
        live = objects.find(meta.ref())->patch(done.steps[0].request.patch);
        live["metadata"]["generation"] = 2;
        facts.deployments.front().meta.generation = 2;
    }

    Plan undo() {
        Objects now_there;
        if (!live.is_null()) now_there.add(done.steps[0].target.object, live);
        auto how = options;
        how.run = "abcdef012345";
        return make_undo(kube::World(facts), done, {1}, "0123456789ab", now_there, how);
    }
};

}  // namespace

TEST_CASE("what a run set is put back by a plan of its own") {
    Applied applied;
    const auto undo = applied.undo();
    REQUIRE(undo.steps.size() == 1);
    CHECK(undo.outcome == Outcome::planned);
    CHECK(undo.undoes == "0123456789ab");
    const auto& step = undo.steps[0];
    CHECK(step.changes == std::vector<Change>{{"/spec/paused", true, nullptr}});
    CHECK(step.preconditions.generation == 2);
    CHECK(step.risk == Risk::medium);
    CHECK(step.request.patch.back()["value"] == "abcdef012345.1");
    CHECK_FALSE(step.command.empty());
    auto back = applied.live.patch(step.request.patch);
    CHECK_FALSE(back["spec"].contains("paused"));
}

TEST_CASE("the way back is a plan as any other: it reads back, and shows what it does") {
    Applied applied;
    const auto undo = applied.undo();
    const auto read = parsed(document(undo));
    CHECK(document(read) == document(undo));
    CHECK_FALSE(disagreement(undo.steps[0], undo.run));
    REQUIRE(undo.steps[0].inverse.request);
}

TEST_CASE("the way back of the way back sets again what was set") {
    Applied applied;
    auto undo = applied.undo();
    applied.live = applied.live.patch(undo.steps[0].request.patch);
    applied.done = undo;
    const auto again = applied.undo();
    REQUIRE(again.steps.size() == 1);
    CHECK(again.steps[0].changes == std::vector<Change>{{"/spec/paused", nullptr, true}});
}

TEST_CASE("another field may have been changed since") {
    Applied applied;
    applied.live["spec"]["replicas"] = 9;
    CHECK(applied.undo().steps.size() == 1);
}

TEST_CASE("what somebody has changed since is left alone, and told") {
    Applied applied;
    SUBCASE("the field") {
        applied.live["spec"]["paused"] = false;
        CHECK(has_text(applied.undo().manual, "somebody has changed /spec/paused since: it is false"));
    }
    SUBCASE("the field is gone") {
        applied.live["spec"].erase("paused");
        CHECK(has_text(applied.undo().manual, "/spec/paused since: it is not there"));
    }
    SUBCASE("the object") {
        applied.live["metadata"]["uid"] = "another";
        CHECK(has_text(applied.undo().manual, "another object of the same name"));
    }
    SUBCASE("the object is gone") {
        applied.live = nullptr;
        CHECK(has_text(applied.undo().manual, "could not be read, or is gone"));
    }
    const auto undo = applied.undo();
    CHECK(undo.steps.empty());
    CHECK(undo.outcome == Outcome::manual_only);
}

TEST_CASE("what has no way back is told") {
    Applied applied;
    applied.done.steps[0].inverse = {"the pod does not come back", std::nullopt};
    const auto undo = applied.undo();
    CHECK(undo.steps.empty());
    CHECK(has_text(undo.manual, "the pod does not come back"));
}

TEST_CASE("only what was applied is taken back, the last first") {
    Scene scene;
    for (const auto* name : {"web", "api"}) {
        scene.rolling(name);
        scene.finding(name, {"rollout.pause"}, std::string("f-") + name);
    }
    const auto done = scene.plan();
    REQUIRE(done.steps.size() == 2);
    Objects live;
    for (const auto& step : done.steps)
        live.add(step.target.object, scene.objects.find(step.target.object)->patch(step.request.patch));
    const auto both = make_undo(kube::World(scene.facts), done, {1, 2}, "r", live, scene.options);
    REQUIRE(both.steps.size() == 2);
    CHECK(both.steps[0].target.object.name == done.steps[1].target.object.name);
    CHECK(both.steps[0].ordinal == 1);
    const auto one = make_undo(kube::World(scene.facts), done, {2}, "r", live, scene.options);
    REQUIRE(one.steps.size() == 1);
    CHECK(one.steps[0].target.object.name == done.steps[1].target.object.name);
    CHECK(undo_objects(done, {2}).size() == 1);
}
