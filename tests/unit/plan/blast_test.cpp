#include "plan/blast.hpp"

#include <limits>

#include "unit/plan/plan_builders.hpp"

using namespace salve;
using namespace salve::plan_test;

namespace {

Workload rolls(const std::string& unavailable, const std::string& surge, int desired,
               const std::string& kind = "Deployment") {
    Workload one;
    one.meta = meta("apps/v1", kind, "shop", "web");
    one.strategy = "RollingUpdate";
    one.max_unavailable = unavailable;
    one.max_surge = surge;
    one.desired = desired;
    return one;
}

std::string room(const Workload& workload) {
    const auto one = rollout_room(workload);
    return std::to_string(one.unavailable) + "/" + std::to_string(one.surge);
}

}  // namespace

TEST_CASE("percentages are rounded as Kubernetes does: unavailable down, surge up") {
    CHECK(room(rolls("25%", "25%", 10)) == "2/3");
    CHECK(room(rolls("25%", "25%", 4)) == "1/1");
    CHECK(room(rolls("25%", "25%", 3)) == "0/1");
    CHECK(room(rolls("25%", "25%", 1)) == "0/1");
    CHECK(room(rolls("33%", "33%", 100)) == "33/33");
    CHECK(room(rolls("99%", "1%", 10)) == "9/1");
    CHECK(room(rolls("100%", "100%", 7)) == "7/7");
    CHECK(room(rolls("1", "2", 10)) == "1/2");
    CHECK(room(rolls("0", "1", 10)) == "0/1");
    CHECK(room(rolls("0%", "200%", 3)) == "0/6");
}

TEST_CASE("what was not written is a quarter") {
    CHECK(room(rolls("", "", 10)) == "2/3");
    CHECK(room(rolls("", "0", 3)) == "1/0");  // rounds to none, and none of both would block
}

TEST_CASE("no room at all is one unavailable pod") {
    CHECK(room(rolls("0", "0", 5)) == "1/0");
    CHECK(room(rolls("10%", "0%", 5)) == "1/0");
}

TEST_CASE("more pods than there are cannot be missing") {
    CHECK(room(rolls("5", "5", 3)) == "3/5");
    CHECK(room(rolls("1", "1", 0)) == "0/1");
    CHECK(room(rolls("0", "0", 0)) == "0/0");
}

TEST_CASE("numbers beyond everything stay numbers") {
    constexpr int most = std::numeric_limits<int>::max();
    CHECK(room(rolls("25%", "25%", most)) == "536870911/536870912");
    CHECK(room(rolls("100%", "999999999%", most)) == std::to_string(most) + "/" + std::to_string(most));
    CHECK(room(rolls("99999999999", "x", 5)) == "1/0");
}

TEST_CASE("the other kinds and strategies") {
    auto recreate = rolls("25%", "25%", 4);
    recreate.strategy = "Recreate";
    CHECK(room(recreate) == "4/0");
    CHECK(room(rolls("", "", 9, "StatefulSet")) == "1/0");
    CHECK(room(rolls("", "", 9, "DaemonSet")) == "1/0");
    CHECK(room(rolls("3", "", 9, "DaemonSet")) == "3/0");
    CHECK(room(rolls("10%", "0", 9, "DaemonSet")) == "1/0");  // of a DaemonSet both round up
    CHECK(room(rolls("0", "10%", 9, "DaemonSet")) == "0/1");
}

TEST_CASE("pods, Services and budgets of a workload") {
    Scene scene;
    auto& web = scene.deployment("web", 3);
    web.max_surge = "1";
    for (const char* name : {"web-a", "web-b"}) {
        auto& pod = scene.ready_pod(scene.replica_set(web, name[4] == 'a' ? "1" : "2", 1, 1), name);
        pod.meta.labels = {{"app", "web"}};
    }
    scene.pod(web, "web-c").meta.labels = {{"app", "web"}};
    scene.service("web");
    scene.service("other");
    kube::PodDisruptionBudget budget;
    budget.meta = meta("policy/v1", "PodDisruptionBudget", "shop", "keep");
    budget.selector.emplace().match_labels = {{"app", "web"}};
    budget.disruptions_allowed = 1;
    auto elsewhere = budget, without = budget;
    elsewhere.meta.ns = "other";
    without.selector.reset();
    scene.facts.budgets = {budget, elsewhere, without};
    const kube::World world(scene.facts);
    const auto blast = blast_radius(world, web.meta.ref(), PodChange::replaced);
    CHECK(blast.pods == 3);
    CHECK(blast.ready == 2);
    CHECK_FALSE(blast.single_replica);
    CHECK(blast.services == std::vector<std::string>{"web"});
    CHECK(blast.budgets == std::vector<std::string>{"keep (1 may go)"});
    CHECK(has_text(blast.notes, "Service web is served by these pods alone"));
    CHECK(has_text(blast.notes, "at most 0 of 3 pods at a time and adds at most 1"));
    CHECK_FALSE(has_text(blast.notes, "not known"));
    CHECK_FALSE(blast.unknown);

    const auto one = blast_radius(world, scene.facts.pods[0].meta.ref(), PodChange::none);
    CHECK(one.pods == 1);
    CHECK(one.ready == 1);
    CHECK_FALSE(has_text(one.notes, "alone"));
}

TEST_CASE("what could not be read is said, and is not nothing") {
    Scene scene;
    auto& web = scene.deployment("web", 1);
    scene.facts.reads.clear();
    const auto blast = blast_radius(kube::World(scene.facts), web.meta.ref(), PodChange::replaced);
    CHECK_FALSE(blast.ready);
    CHECK(blast.unknown);
    CHECK(blast.single_replica);
    for (const char* what : {"pods", "Services", "disruption budgets"})
        CHECK(has_text(blast.notes, std::string("which ") + what + " are touched is not known"));
    const auto unknown = blast_radius(kube::World(scene.facts), meta("v1", "Pod", "shop", "x").ref(), PodChange::none);
    CHECK_FALSE(unknown.pods);
}

TEST_CASE("claims of one node, host ports and Recreate are told") {
    Scene scene;
    auto& web = scene.deployment("web", 2);
    kube::Volume volume;
    volume.source = kube::Volume::Source::claim;
    volume.object = "data";
    web.pod_template.spec.volumes = {volume};
    web.pod_template.spec.containers = {Scene::container("web", "web:1")};
    web.pod_template.spec.containers[0].ports.emplace_back().host_port = 80;
    kube::PersistentVolumeClaim claim;
    claim.meta = meta("v1", "PersistentVolumeClaim", "shop", "data");
    claim.access_modes = {"ReadWriteOnce"};
    scene.facts.claims = {claim};
    auto notes = blast_radius(kube::World(scene.facts), web.meta.ref(), PodChange::replaced).notes;
    CHECK(has_text(notes, "claim data may be used by one node at a time"));
    CHECK(has_text(notes, "container web holds a host port"));
    web.strategy = "Recreate";
    notes = blast_radius(kube::World(scene.facts), web.meta.ref(), PodChange::replaced).notes;
    CHECK(has_text(notes, "all pods end before new ones start"));
    CHECK_FALSE(has_text(notes, "claim data"));
}

TEST_CASE("only a rollout takes pods away; pods that are added need a place of their own") {
    Scene scene;
    auto& web = scene.deployment("web", 4);
    web.pod_template.spec.containers = {Scene::container("web", "web:1")};
    web.pod_template.spec.containers[0].ports.emplace_back().host_port = 80;
    const auto notes = [&](PodChange change) {
        return blast_radius(kube::World(scene.facts), web.meta.ref(), change).notes;
    };
    CHECK(has_text(notes(PodChange::replaced), "a rollout takes away"));
    CHECK(has_text(notes(PodChange::replaced), "holds a host port"));
    CHECK_FALSE(has_text(notes(PodChange::added), "a rollout takes away"));
    CHECK(has_text(notes(PodChange::added), "holds a host port"));
    CHECK_FALSE(has_text(notes(PodChange::none), "a rollout takes away"));
    CHECK_FALSE(has_text(notes(PodChange::none), "holds a host port"));
    CHECK(blast_radius(kube::World(scene.facts), web.meta.ref(), PodChange::none).pods == 4);
}

TEST_CASE("what becomes of the pods is read off the change") {
    CHECK(pod_change({{"/spec/template/spec/containers/0/image", "a", "b"}}) == PodChange::replaced);
    CHECK(pod_change({{"/spec/template", nullptr, json::object()}}) == PodChange::replaced);
    CHECK(pod_change({{"/spec/paused", true, false}}) == PodChange::replaced);
    CHECK(pod_change({{"/spec/paused", false, true}}) == PodChange::none);
    CHECK(pod_change({{"/spec/replicas", 2, 3}}) == PodChange::added);
    CHECK(pod_change({{"/spec/replicas", 3, 2}}) == PodChange::none);
    CHECK(pod_change({{"/spec/maxReplicas", 3, 5}}) == PodChange::added);
    CHECK(pod_change({{"/metadata/annotations/salve~1incident", nullptr, "x"}}) == PodChange::none);
    CHECK(pod_change({{"", "pod web-1", nullptr}}) == PodChange::none);
    CHECK(pod_change({}) == PodChange::none);
}
