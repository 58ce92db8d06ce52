#include "plan/manual.hpp"

#include "base/json.hpp"
#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

constexpr std::string_view kinds[] = {"Deployment"};
constexpr std::string_view values[] = {"image", "container"};
constexpr Action action{
    .id = "test.set", .summary = "", .risk = Risk::low, .reverses = "", .kinds = kinds, .values = values};

}  // namespace

TEST_CASE("the advice, the reasons and a command, each once") {
    Scene scene;
    auto finding = finding_of(broken_mode, "Deployment", "web", "app");
    finding.advice = {"Mend it.", "Mend it."};
    finding.evidence[0].object = finding.root.object;
    Plan plan;
    const kube::World world(scene.facts);
    for (int i = 0; i < 2; ++i) add_manual(world, finding, {"image.set: no", "image.set: no"}, plan);
    REQUIRE(plan.manual.size() == 3);
    CHECK(plan.manual[0] == "Deployment web, container app: Mend it.");
    CHECK(plan.manual[1] == "Deployment web, container app: image.set: no");
    CHECK(plan.manual[2].starts_with("Deployment web, container app: look closer with:  kubectl --context shop-admin"));
}

TEST_CASE("what is no fault needs nobody") {
    Scene scene;
    auto finding = finding_of(broken_mode, "Deployment", "web");
    finding.severity = Severity::info;
    finding.advice = {"Nothing."};
    Plan plan;
    add_manual(kube::World(scene.facts), finding, {}, plan);
    CHECK(plan.manual.empty());
    // Unless somebody asked for an action: then it is told why it was not taken.
    add_manual(kube::World(scene.facts), finding, {"job.resume: it is not suspended"}, plan);
    CHECK_FALSE(plan.manual.empty());
}

TEST_CASE("the command that gives the value that is wanted") {
    auto finding = finding_of(broken_mode, "Deployment", "web", "app");
    CHECK(value_wanted(finding, action) ==
          "test.set: only you know the right value. Plan it with:  salve plan deploy/web -n shop --action test.set "
          "--set image=IMAGE --set container=app");
    finding.root.container.clear();
    finding.root.object.ns.clear();
    CHECK(value_wanted(finding, action) ==
          "test.set: only you know the right value. Plan it with:  salve plan deploy/web --action test.set "
          "--set image=IMAGE");
    finding.root.object.name = "a b;c";
    CHECK(value_wanted(finding, action).find("'deploy/a b;c'") != std::string::npos);
}

TEST_CASE("a commit holds the change, without its tests and its mark") {
    Draft draft;
    draft.target.object = meta("apps/v1", "Deployment", "shop", "web").ref();
    draft.request.patch = json::parse(R"([
        {"op": "test", "path": "/metadata/uid", "value": "u"},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
        {"op": "add", "path": "/metadata/annotations/salve~1run", "value": "r.1"}])");
    Plan plan;
    add_commit(draft, {"argocd:web", "flux"}, plan);
    add_commit(draft, {"argocd:web", "flux"}, plan);
    REQUIRE(plan.manual.size() == 1);
    const auto& line = plan.manual[0];
    CHECK(line.starts_with("Deployment web: argocd:web and flux keeps it elsewhere"));
    const auto patch = json::parse(line.substr(line.find("{\"target\"")));
    CHECK(patch["target"] == json{{"kind", "Deployment"}, {"name", "web"}});
    CHECK(json::parse(patch["patch"].get<std::string>()) ==
          json::parse(R"([{"op": "replace", "path": "/spec/replicas", "value": 3}])"));

    draft.request.patch[2] = {{"op", "add"}, {"path", "/metadata/annotations"}, {"value", {{"salve/run", "r.1"}}}};
    Plan other;
    add_commit(draft, {"flux"}, other);
    CHECK(other.manual[0].find("salve/run") == std::string::npos);
}
