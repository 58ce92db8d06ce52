#include "plan/plan.hpp"

#include "base/json.hpp"
#include "io_fakes.hpp"
#include "plan/patch.hpp"
#include "plan/plan_json.hpp"
#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

std::string bytes(const Plan& plan) { return base::canonical(json(document_of(plan))); }

// The value of the mark that a patch sets.
std::string mark_of(const json& patch) {
    const auto& value = patch.back()["value"];
    return value.is_string() ? value.get<std::string>() : value[std::string(marker)].get<std::string>();
}

}  // namespace

TEST_CASE("one finding, one step, and what would do as well beside it") {
    Scene scene;
    scene.rolling("web");
    scene.finding("web", {"rollout.pause", "scale.set"}, "f1");
    const auto plan = scene.plan();
    CHECK(plan.outcome == Outcome::planned);
    REQUIRE(plan.steps.size() == 1);
    const auto& step = plan.steps[0];
    CHECK(step.ordinal == 1);
    CHECK(step.action_id == "rollout.pause");
    CHECK(step.finding_id == "f1");
    CHECK(step.target.object.name == "web");
    CHECK(step.command[0] == "kubectl");
    CHECK(step.command[1] == "patch");
    CHECK(step.command[2] == "--context=shop-admin");
    CHECK(step.command.back() == "web");
    CHECK(step.input.empty());
    CHECK(step.inverse_command.size() == step.command.size());
    CHECK(step.blast.pods == 4);
    CHECK_FALSE(step.may);
    CHECK(step.dry_run.state == DryRunState::not_possible);
    CHECK(step.verdict.effect == "deny");
    CHECK(mark_of(step.request.patch) == scene.options.run + ".1");
    REQUIRE(plan.alternatives.size() == 1);
    CHECK(plan.alternatives[0].action_id == "scale.set");
    CHECK(plan.alternatives[0].instead_of == "rollout.pause");
    CHECK(plan.findings == std::vector<std::string>{"f1"});
    CHECK(plan.bound.evidence_sha256.size() == 1);
    CHECK(plan.bound.cluster.uid == "uid-cluster");
    CHECK(plan.created_at == now);
    CHECK(plan.expires_at == now + base::seconds(900));
    CHECK(plan.run == scene.options.run);
}

TEST_CASE("the cause is repaired, and what it causes elsewhere is not") {
    Scene scene;
    scene.rolling("web");
    scene.rolling("api");
    scene.finding("api", {"rollout.pause"}, "f2").caused_by = "f1";
    scene.finding("web", {"rollout.pause"}, "f1");
    auto plan = scene.plan();
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0].finding_id == "f1");
    CHECK(plan.findings == std::vector<std::string>{"f1"});
    scene.options.finding = "f2";
    plan = scene.plan();
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0].target.object.name == "api");
}

TEST_CASE("what a cause brings about on the same object has a say in the repair") {
    Scene scene;
    scene.rolling("web");
    scene.finding("web", {}, "f1");
    scene.finding("web", {"scale.set"}, "f2").caused_by = "f1";
    const auto plan = scene.plan();
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0].action_id == "scale.set");
    CHECK(plan.findings == std::vector<std::string>{"f1"});
}

TEST_CASE("one object is changed once") {
    Scene scene;
    scene.rolling("web");
    scene.finding("web", {"rollout.pause"}, "f1");
    scene.finding("web", {"scale.set"}, "f2");
    const auto plan = scene.plan();
    CHECK(plan.steps.size() == 1);
    CHECK(plan.alternatives.empty());
    CHECK(has_text(plan.warnings, "Deployment web needs more than one change"));
}

TEST_CASE("two objects, two steps, each with its own number in its mark") {
    Scene scene;
    scene.rolling("web");
    scene.rolling("api");
    scene.finding("web", {"scale.set"}, "f1").confidence = Confidence::probable;
    scene.finding("api", {"rollout.pause"}, "f2");
    const auto plan = scene.plan();
    REQUIRE(plan.steps.size() == 2);
    for (int i = 0; i < 2; ++i) {
        const auto& step = plan.steps[static_cast<std::size_t>(i)];
        CHECK(step.ordinal == i + 1);
        CHECK(mark_of(step.request.patch) == scene.options.run + "." + std::to_string(i + 1));
        const auto command = command_of(step.request, scene.options.connection).args();
        CHECK(std::equal(command.begin(), command.end(), step.command.begin() + 1, step.command.end()));
    }
    CHECK(plan.confidence == Confidence::probable);
    CHECK(plan.risk == std::max(plan.steps[0].risk, plan.steps[1].risk));
    CHECK(plan.bound.evidence_sha256.size() == 2);
}

TEST_CASE("nothing to do, or nothing that may be done") {
    Scene empty;
    CHECK(empty.plan().outcome == Outcome::no_action);

    Scene mild;
    mild.rolling("web");
    mild.finding("web", {"scale.set"}, "f1").severity = Severity::low;
    CHECK(mild.plan().outcome == Outcome::no_action);
    mild.options.narrow = true;
    CHECK(mild.plan().outcome == Outcome::planned);
    mild.options.narrow = false;
    mild.options.min_severity = Severity::low;
    CHECK(mild.plan().outcome == Outcome::planned);

    Scene by_hand;
    by_hand.finding("web", {}, "f1").advice = {"Mend it."};
    auto plan = by_hand.plan();
    CHECK(plan.outcome == Outcome::manual_only);
    CHECK(has_text(plan.manual, "Mend it."));
    by_hand.findings[0].severity = Severity::info;
    by_hand.options.narrow = true;
    plan = by_hand.plan();
    CHECK(plan.outcome == Outcome::no_action);
    CHECK(plan.findings == std::vector<std::string>{"f1"});
}

TEST_CASE("why each action was not taken is told") {
    Scene scene;
    scene.finding("web", {"scale.set", "image.set", "no.such"}, "f1");
    const auto plan = scene.plan();
    CHECK(plan.outcome == Outcome::manual_only);
    CHECK(has_text(plan.manual, "scale.set: the Deployment could not be read"));
    CHECK(has_text(plan.manual, "image.set: only you know the right value"));
}

TEST_CASE("an object of somebody else's is changed where it is kept") {
    for (const char* manager : {"argocd:shop", "flux:apps/shop", "operator:x"}) {
        CAPTURE(manager);
        Scene scene;
        scene.rolling("web");
        scene.finding("web", {"scale.set"}, "f1").managed_by = {manager};
        const auto plan = scene.plan();
        CHECK(plan.outcome == Outcome::manual_only);
        CHECK(plan.steps.empty());
        CHECK(has_text(plan.manual, "Commit there"));
        CHECK(has_text(plan.manual, "would put the change back"));
    }
}

TEST_CASE("Helm warns once, for the step that is made") {
    Scene scene;
    scene.rolling("api");
    scene.rolling("web");
    scene.finding("api", {"scale.set"}, "f0");
    scene.finding("web", {"rollout.pause", "scale.set"}, "f1").managed_by = {"helm:web"};
    scene.finding("web", {"scale.set"}, "f2").managed_by = {"helm:web"};
    const auto plan = scene.plan();
    REQUIRE(plan.steps.size() == 2);
    CHECK(plan.steps[1].reverted_by == std::vector<std::string>{"helm:web"});
    CHECK(std::count_if(plan.warnings.begin(), plan.warnings.end(),
                        [](const auto& line) { return line.find("the next upgrade by helm:web") == 0; }) == 1);
    CHECK(has_text(plan.warnings, "undoes step 2"));
}

TEST_CASE("nothing is ever changed in the namespaces of the system") {
    Scene scene;
    auto& web = scene.rolling("web");
    web.meta.ns = "kube-system";
    scene.objects.add(web.meta.ref(), Scene::live(web.meta, 4));
    scene.finding("web", {"rollout.pause"}, "f1").root.object.ns = "kube-system";
    for (const char* action : {"", "rollout.pause"}) {
        scene.options.ask.action = action;
        const auto plan = scene.plan();
        CHECK(plan.steps.empty());
        CHECK(has_text(plan.manual, "nothing is ever changed in kube-system"));
    }
}

TEST_CASE("an object that was made anew, or that is not there, is left alone") {
    Scene scene;
    scene.rolling("web");
    scene.finding("web", {"scale.set"}, "f1").root.object.uid = "uid-older";
    // The live object is found by name; that it is another one shows in its uid.
    CHECK(scene.plan().outcome == Outcome::manual_only);
    CHECK(has_text(scene.plan().manual, "was made anew since"));
}

TEST_CASE("a change that cannot be sent takes nothing else with it") {
    Scene scene;
    scene.rolling("web");
    auto& big = scene.rolling("big");
    auto live = Scene::live(big.meta, 4);
    live["spec"]["template"]["spec"]["containers"][0]["image"] = "x/" + std::string(kube::max_body, 'a');
    scene.objects.add(big.meta.ref(), live);
    scene.finding("big", {"image.set"}, "f1");
    scene.finding("web", {"image.set"}, "f2");
    scene.options.ask = {"image.set", {{"image", "web:3"}}};
    const auto plan = scene.plan();
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0].target.object.name == "web");
    CHECK(plan.steps[0].ordinal == 1);
    CHECK(has_text(plan.manual, "more than"));
}

TEST_CASE("the same input gives the same bytes") {
    Scene scene;
    scene.rolling("web");
    scene.rolling("api");
    scene.finding("web", {"rollout.pause", "scale.set"}, "f1");
    scene.finding("api", {"scale.set"}, "f2");
    const auto first = bytes(scene.plan());
    CHECK(bytes(scene.plan()) == first);
    Scene again;
    again.rolling("web");
    again.rolling("api");
    again.finding("web", {"rollout.pause", "scale.set"}, "f1");
    again.finding("api", {"scale.set"}, "f2");
    CHECK(bytes(again.plan()) == first);
    again.findings[0].evidence[0].text += "!";
    CHECK(bytes(again.plan()) != first);
    CHECK(catalog_sha256() == catalog_sha256());
    CHECK(catalog_sha256().size() == 64);
}
