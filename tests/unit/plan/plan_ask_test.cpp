// What the operator may ask of the planner, and what it refuses.
#include "base/error.hpp"
#include "io_fakes.hpp"
#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

Scene scene_of_one() {
    Scene scene;
    scene.rolling("web");
    scene.finding("web", {"rollout.pause", "scale.set"}, "f1abcdef0123");
    return scene;
}

void check_refused(const Scene& scene, std::string_view what, std::string_view hint) {
    const kube::World world(scene.facts);
    for (const auto& error :
         {error_of([&] { scene.plan(); }), error_of([&] { wanted_objects(world, scene.findings, scene.options); })}) {
        CHECK(error.kind() == base::ErrorKind::usage);
        CHECK(contains(error.what(), what));
        CHECK(contains(error.hint(), hint));
    }
}

}  // namespace

TEST_CASE("an action that is asked for is the only one") {
    auto scene = scene_of_one();
    scene.options.ask = {"scale.set", {{"replicas", "5"}}};
    const auto plan = scene.plan();
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0].action_id == "scale.set");
    CHECK(plan.steps[0].changes == std::vector<Change>{{"/spec/replicas", 4, 5}});
    CHECK(plan.alternatives.empty());
    // Also one that no finding names, and one that asks for a value.
    scene.options.ask = {"image.set", {{"image", "web:3"}}};
    CHECK(scene.plan().steps.at(0).action_id == "image.set");
    scene.options.ask = {"image.set", {}};
    CHECK(scene.plan().steps.empty());
}

TEST_CASE("an action that there is not, or a value that it does not take") {
    auto scene = scene_of_one();
    scene.options.ask = {"scale.sets", {}};
    check_refused(scene, "there is no action \"scale.sets\"", "did you mean scale.set?");
    scene.options.ask = {"exec", {}};
    check_refused(scene, "there is no action \"exec\"", "--list-actions");
    scene.options.ask = {"scale.set", {{"image", "x"}}};
    check_refused(scene, "scale.set has no value \"image\"", "it takes replicas");
    scene.options.ask = {"rollout.pause", {{"x", "y"}}};
    check_refused(scene, "rollout.pause has no value \"x\"", "it takes none");
    scene.options.ask = {"", {{"replicas", "5"}}};
    check_refused(scene, "--set needs an action", "--action");
}

TEST_CASE("a value that is none is refused, with its key") {
    auto scene = scene_of_one();
    for (const char* value :
         {"", "0", "-1", "+5", " 5", "5 ", "5x", "1e1", "0x5", "101", "99999999999999999999", "5.0"}) {
        CAPTURE(value);
        scene.options.ask = {"scale.set", {{"replicas", value}}};
        const auto error = error_of([&] { scene.plan(); });
        CHECK(error.kind() == base::ErrorKind::usage);
        CHECK(contains(error.what(), "--set replicas="));
    }
}

TEST_CASE("a finding by the beginning of its id") {
    auto scene = scene_of_one();
    scene.findings[0].severity = Severity::low;
    scene.options.finding = "f1ab";
    CHECK(scene.plan().steps.size() == 1);
    scene.options.finding = "f2";
    check_refused(scene, "there is no finding \"f2\"", "salve triage");
}

TEST_CASE("actions that are off, and actions that are never proposed by themselves") {
    for (const auto* action : all_actions()) {
        CAPTURE(action->id);
        auto scene = scene_of_one();
        scene.findings[0].actions = {std::string(action->id)};
        scene.findings[0].advice = {"Mend it."};
        const auto off = "Deployment web: " + std::string(action->id) + " is off; 'remediation: {actions: [";
        auto plan = scene.plan();
        CHECK(has_text(plan.manual, off) == (action->off && !action->on_request));
        if (action->off || action->on_request) CHECK(plan.steps.empty());
        scene.options.ask.action = std::string(action->id);
        CHECK(has_text(scene.plan().manual, off) == action->off);
        scene.options.enabled = {std::string(action->id)};
        CHECK_FALSE(has_text(scene.plan().manual, off));
    }
}

TEST_CASE("the objects to read: each once, sorted, and only of kinds that an action is for") {
    Scene scene;
    scene.rolling("web");
    scene.rolling("api");
    scene.finding("web", {"rollout.pause", "scale.set"}, "f1");
    scene.finding("web", {"scale.set"}, "f2");
    scene.finding("api", {"scale.set"}, "f3");
    scene.finding("low", {"scale.set"}, "f4").severity = Severity::low;
    scene.finding("caused", {"scale.set"}, "f5").caused_by = "f1";
    scene.finding("node", {"scale.set"}, "f6").root.object.kind = "Node";
    const auto wanted = wanted_objects(kube::World(scene.facts), scene.findings, scene.options);
    REQUIRE(wanted.size() == 2);
    CHECK(wanted[0].name == "api");
    CHECK(wanted[1].name == "web");
}

TEST_CASE("a rollout back reads the ReplicaSet that it goes back to") {
    Scene scene;
    auto& web = scene.rolling("web");
    scene.replica_set(web, "2", 1, 0);
    scene.replica_set(web, "1", 2, 2);
    scene.finding("web", {"rollout.undo"}, "f1");
    const auto wanted = wanted_objects(kube::World(scene.facts), scene.findings, scene.options);
    REQUIRE(wanted.size() == 2);
    CHECK(wanted[1].kind == "ReplicaSet");
    CHECK(wanted[1].name == "web-r1");
}

TEST_CASE("what ends the only pod, or touches what could not be read, is of high risk") {
    Scene scene;
    auto& web = scene.rolling("web", 5);
    scene.finding("web", {"scale.set"}, "f1");
    CHECK(scene.plan().risk == Risk::low);
    std::erase_if(scene.facts.reads, [](const auto& read) { return read.what == kube::Resource::services; });
    auto plan = scene.plan();
    CHECK(plan.risk == Risk::high);
    CHECK(has_text(plan.risk_reasons, "what it touches could not be read whole"));
    CHECK(web.desired == 5);
}
